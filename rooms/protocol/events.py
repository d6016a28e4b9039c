"""What the server sends without being asked."""

from datetime import datetime
from typing import ClassVar, TypeAlias, get_args

import msgspec
from msgspec import UNSET, UnsetType

from rooms.protocol.codes import Ending, Removed
from rooms.protocol.shapes import (
    Appearance,
    Attendant,
    Ignored,
    Inbox,
    Member,
    Message,
    Muted,
    Notify,
    Person,
    Quiet,
    Reading,
    Room,
    RoomSummary,
    Sidebar,
    Site,
    Web,
)
from rooms.protocol.values import Addressed, MentionBy, ToldReason


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """Something that happened."""

    sent_to: ClassVar[str] = "sockets that have the room open"


class Welcome(Event, frozen=True, kw_only=True, tag="welcome"):
    """The first frame. If `epoch` has changed, discard every `since`. `rooms` holds favourites
    first, then rooms with unread messages, then others, at most 200; the command `rooms`, with
    `rooms_next` as its `after`, lists the rest. `unread_total` covers all rooms. `muted` is a mute
    on the whole site, `waiting` is for people who moderate the site. `emoji` is the revision of the
    site's own emoji; 0: there are none. `quiet` is whether you are not to be disturbed now."""

    sent_to = "the new socket"

    protocol: str
    epoch: str
    user: Person
    server_time: datetime
    heartbeat: int
    limits: dict[str, int]
    rooms: list[RoomSummary]
    rooms_next: str | None
    unread_total: int
    sidebar: Sidebar
    appearance: Appearance
    muted: Muted | None
    ignored: Ignored
    waiting: int | None
    site: Site
    emoji: int = 0
    quiet: Quiet = Quiet(None)
    inbox: Inbox = Inbox()


class MessageEvent(Event, frozen=True, kw_only=True):
    """A durable change; each one in a room increases `revision` by one. `people` are those whom the
    message names, if any."""

    room: str
    revision: int
    message: Message
    people: list[Person] | UnsetType = UNSET


class MessagePosted(MessageEvent, frozen=True, kw_only=True, tag="message.posted"):
    """A new message. Its author has read the room up to here, unless the message was held for
    review and has only now been `approved`."""

    approved: bool | UnsetType = UNSET


class MessageEdited(MessageEvent, frozen=True, kw_only=True, tag="message.edited"):
    """A message's body changed, or a deletion was undone."""


class MessageUpdated(MessageEvent, frozen=True, kw_only=True, tag="message.updated"):
    """A message changed without being edited: a file of it is ready, or the preview of a link came
    or went."""


class MessageDeleted(MessageEvent, frozen=True, kw_only=True, tag="message.deleted"):
    """A message is now a tombstone."""


class MessageReacted(MessageEvent, frozen=True, kw_only=True, tag="message.reacted"):
    """A message's reactions changed: `actor` added or removed `emoji`."""

    actor: Person
    emoji: str
    added: bool


class PresenceChanged(Event, frozen=True, kw_only=True, tag="presence.changed"):
    """People came online or left; `online` counts people, not sockets. One event names at most
    1,000 of each; further events name the rest."""

    room: str
    online: int
    joined: list[Person]
    left: list[Person]


class TypingStarted(Event, frozen=True, kw_only=True, tag="typing.started"):
    """Someone is typing. It expires after 6 s."""

    sent_to = "members who have the room open, never the author"

    room: str
    user: Person


class TypingStopped(Event, frozen=True, kw_only=True, tag="typing.stopped"):
    """Someone stopped typing."""

    sent_to = "members who have the room open, never the author"

    room: str
    user: Person


class RoomUpdated(Event, frozen=True, kw_only=True, tag="room.updated"):
    """A room's name, topic or state changed. The `name` of a direct room is empty."""

    sent_to = "sockets that have the room open, and all sockets of its members"

    room: str
    name: str
    topic: str
    archived: bool
    slow_mode: int
    announcement: bool
    web: Web | None = None
    room_mention_by: MentionBy = "everyone"


class LobbyChanged(Event, frozen=True, kw_only=True, tag="lobby.changed"):
    """A public room was created, renamed, archived or reopened, or someone joined or left it."""

    sent_to = "sockets that have the lobby open"

    room: str
    name: str
    topic: str
    archived: bool
    members: int


class MemberJoined(Event, frozen=True, kw_only=True, tag="member.joined"):
    """Someone joined; `members` is the number of members now."""

    sent_to = "members who have the room open"

    room: str
    member: Member
    members: int


class MemberLeft(Event, frozen=True, kw_only=True, tag="member.left"):
    """Someone is no longer a member."""

    sent_to = "members who have the room open"

    room: str
    member: Member
    members: int


class MemberUpdated(Event, frozen=True, kw_only=True, tag="member.updated"):
    """A member's role changed."""

    sent_to = "members who have the room open"

    room: str
    member: Member


class PersonChanged(Event, frozen=True, kw_only=True, tag="person.changed"):
    """Someone changed their name or avatar, or their account was closed or reopened. `room` is
    null: it applies in every room."""

    sent_to = (
        "sockets that have one of their rooms open, and those of people in direct rooms with them"
    )

    room: str | None
    person: Person


class PeopleChanged(Event, frozen=True, kw_only=True, tag="people.changed"):
    """People whom this page watches came, went, fell idle, or have another status or quiet. Changes
    are gathered for a quarter of a second."""

    sent_to = "sockets that watch any of these people"

    people: list[Attendant]


class RoomAdded(Event, frozen=True, kw_only=True, tag="room.added"):
    """You are now a member of a room, or one that was hidden from your list is back."""

    sent_to = "all sockets of that person"

    room: Room


class RoomRemoved(Event, frozen=True, kw_only=True, tag="room.removed"):
    """You are no longer a member of a room. `code` says why; `reason` is the moderator's, if they
    gave one."""

    sent_to = "all sockets of that person"

    room: str
    code: Removed
    reason: str | UnsetType = UNSET


class RoomHidden(Event, frozen=True, kw_only=True, tag="room.hidden"):
    """You have taken a direct room off your list. `room.added` follows when it comes back: with a
    new message, or when you open it."""

    sent_to = "all sockets of that person"

    room: str


class MuteChanged(Event, frozen=True, kw_only=True, tag="mute.changed"):
    """You were muted or may write again, in a room, or everywhere if `room` is null."""

    sent_to = "all sockets of that person"

    room: str | None
    muted: Muted | None


class IgnoredChanged(Event, frozen=True, kw_only=True, tag="ignored.changed"):
    """You started or stopped ignoring someone. `reads.changed` follows if that changes an unread
    count."""

    sent_to = "all sockets of that person"

    ignored: Ignored


class WaitingChanged(Event, frozen=True, kw_only=True, tag="waiting.changed"):
    """How many messages await a moderator, reported or held, each kind counted up to 100. Null: you
    no longer moderate the site."""

    sent_to = "all sockets of site moderators"

    waiting: int | None


class MessageRefused(Event, frozen=True, kw_only=True, tag="message.refused"):
    """A moderator rejected a message of yours that was held. An approved one arrives as
    `message.posted`, with its nonce."""

    sent_to = "all sockets of the author"

    room: str
    nonce: str
    detail: str


class RoomStale(Event, frozen=True, kw_only=True, tag="room.stale"):
    """Too much was missed to send it event by event. If the room is open, send `room.open` with
    `since`; if not, ask how much is unread: `room.read` with the `number` and `read_revision` that
    you know moves nothing."""

    sent_to = "sockets that have the room open, and other sockets of its members"

    room: str


class RoomActivity(Event, frozen=True, kw_only=True, tag="room.activity"):
    """A new message in a room that isn't open. Everyone gets the same bytes, and the client counts.
    `approved` is as in `message.posted`."""

    sent_to = "sockets of members that don't have the room open"

    room: str
    number: int
    author: int
    approved: bool | UnsetType = UNSET
    mentions: list[int] | UnsetType = UNSET
    mentions_room: Addressed | UnsetType = UNSET


class ActivityChanged(Event, frozen=True, kw_only=True, tag="activity.changed"):
    """Messages in a room that isn't open were deleted (`gone`) or restored (`back`), each as its
    number and its author's id. It may repeat what was sent before: apply it as the state now."""

    sent_to = "sockets of members that don't have the room open"

    room: str
    revision: int
    gone: list[list[int]]
    back: list[list[int]]


class ReadChanged(Event, frozen=True, kw_only=True, tag="read.changed"):
    """You read further, or marked something as unread, perhaps in another tab: a `Reading`."""

    sent_to = "all sockets of that person"

    room: str
    number: int
    last_number: int
    revision: int
    read_revision: int
    unread: int
    mentions: int


class ReadsChanged(Event, frozen=True, kw_only=True, tag="reads.changed"):
    """`read.changed` for several rooms at once."""

    sent_to = "all sockets of that person"

    rooms: list[Reading]


class Notification(Event, frozen=True, kw_only=True, tag="notification"):
    """A new message that you want to be told of: an item of your inbox or, in a room of which you
    want to hear everything, any `message`, whose `id` is null. It isn't sent while you are not to
    be disturbed, and gets lost with the connection: what there is, the inbox says."""

    sent_to = "all sockets of that person"

    id: str | None
    room: str
    number: int
    reason: ToldReason
    author: Person
    excerpt: str


class NotificationWithdrawn(Event, frozen=True, kw_only=True, tag="notification.withdrawn"):
    """An item of your inbox is no longer unread: you have read it, perhaps in another tab, it no
    longer concerns you, the message was deleted, or you are no longer in the room."""

    sent_to = "all sockets of that person"

    id: str
    room: str
    number: int


class InboxChanged(Event, frozen=True, kw_only=True, tag="inbox.changed"):
    """How many items of your inbox are unread now."""

    sent_to = "all sockets of that person"

    unread: int


class NotifyChanged(Event, frozen=True, kw_only=True, tag="notify.changed"):
    """You chose of what in a room you are told."""

    sent_to = "all sockets of that person"

    room: str
    notify: Notify


class KeywordsChanged(Event, frozen=True, kw_only=True, tag="keywords.changed"):
    """You chose other keywords."""

    sent_to = "all sockets of that person"

    keywords: list[str]


class SidebarChanged(Event, frozen=True, kw_only=True, tag="sidebar.changed"):
    """You rearranged your sidebar, perhaps in another tab."""

    sent_to = "all sockets of that person"

    sidebar: Sidebar


class EmojiChanged(Event, frozen=True, kw_only=True, tag="emoji.changed"):
    """One of the site's own emoji was added or removed. Their list has a new `revision`."""

    sent_to = "everyone"

    revision: int


class AppearanceChanged(Event, frozen=True, kw_only=True, tag="appearance.changed"):
    """You changed how the site looks to you, perhaps in another tab."""

    sent_to = "all sockets of that person"

    appearance: Appearance


class SiteChanged(Event, frozen=True, kw_only=True, tag="site.changed"):
    """The site's name, logo or colour changed, or who may create rooms."""

    sent_to = "everyone"

    site: Site


class SessionEnded(Event, frozen=True, kw_only=True, tag="session.ended"):
    """You were signed out; close 4401 follows, or 4403 after a ban. `code` says why, `reason` says
    it in words: after a ban, the moderator's, if they gave any."""

    sent_to = "the sockets of that session"

    code: Ending
    reason: str


class ServerRestarting(Event, frozen=True, kw_only=True, tag="server.restarting"):
    """The server is restarting: reconnect after `retry_in` seconds. Close 1012 follows."""

    sent_to = "everyone"

    retry_in: float


AnyEvent: TypeAlias = (
    Welcome
    | MessagePosted
    | MessageEdited
    | MessageUpdated
    | MessageDeleted
    | MessageReacted
    | PresenceChanged
    | TypingStarted
    | TypingStopped
    | RoomUpdated
    | LobbyChanged
    | MemberJoined
    | MemberLeft
    | MemberUpdated
    | PersonChanged
    | PeopleChanged
    | RoomAdded
    | RoomRemoved
    | RoomHidden
    | MuteChanged
    | IgnoredChanged
    | WaitingChanged
    | MessageRefused
    | RoomStale
    | RoomActivity
    | ActivityChanged
    | ReadChanged
    | ReadsChanged
    | Notification
    | NotificationWithdrawn
    | InboxChanged
    | NotifyChanged
    | KeywordsChanged
    | SidebarChanged
    | EmojiChanged
    | AppearanceChanged
    | SiteChanged
    | SessionEnded
    | ServerRestarting
)
EVENTS: tuple[type[Event], ...] = get_args(AnyEvent)
