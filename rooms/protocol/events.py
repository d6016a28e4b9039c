"""What a client is told without asking."""

from datetime import datetime
from typing import ClassVar, TypeAlias, get_args

import msgspec
from msgspec import UNSET, UnsetType

from rooms.protocol.limits import Ending, Removed
from rooms.protocol.shapes import (
    Ignored,
    Member,
    Message,
    Muted,
    Person,
    Reading,
    Room,
    RoomSummary,
    Sidebar,
)


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """What happened."""

    sent_to: ClassVar[str] = "sockets that have the room open"


class Welcome(Event, frozen=True, kw_only=True, tag="welcome"):
    """The first frame. A changed `epoch` means: forget every `since`. `rooms` are favourites, then
    those with something unread, then others; of more than 200 the rest comes by the command `rooms`
    with `rooms_next` as its `after`. `unread_total` counts all of them. `muted` is everywhere,
    `waiting` for who moderates the site."""

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
    muted: Muted | None
    ignored: Ignored
    waiting: int | None


class MessageEvent(Event, frozen=True, kw_only=True):
    """A durable change; `revision` grows by one with each in a room."""

    room: str
    revision: int
    message: Message


class MessagePosted(MessageEvent, frozen=True, kw_only=True, tag="message.posted"):
    """There is a new message. Its author has read the room up to there, unless it was held and
    `approved` only now."""

    approved: bool | UnsetType = UNSET


class MessageEdited(MessageEvent, frozen=True, kw_only=True, tag="message.edited"):
    """Its body changed, or a deletion was taken back."""


class MessageDeleted(MessageEvent, frozen=True, kw_only=True, tag="message.deleted"):
    """It is a tombstone now."""


class MessageReacted(MessageEvent, frozen=True, kw_only=True, tag="message.reacted"):
    """Its reactions changed: `actor` put `emoji` there, or no longer has it there."""

    actor: Person
    emoji: str
    added: bool


class PresenceChanged(Event, frozen=True, kw_only=True, tag="presence.changed"):
    """Who is here; `online` counts people, not sockets. One event names 1,000 of each at most, and
    the others follow."""

    room: str
    online: int
    joined: list[Person]
    left: list[Person]


class TypingStarted(Event, frozen=True, kw_only=True, tag="typing.started"):
    """Forget it after 6 s."""

    sent_to = "members who have the room open, never the author"

    room: str
    user: Person


class TypingStopped(Event, frozen=True, kw_only=True, tag="typing.stopped"):
    """Somebody paused."""

    sent_to = "members who have the room open, never the author"

    room: str
    user: Person


class RoomUpdated(Event, frozen=True, kw_only=True, tag="room.updated"):
    """Its name, topic or state changed. A direct room's own `name` is empty."""

    sent_to = "sockets that have the room open, and all of its members'"

    room: str
    name: str
    topic: str
    archived: bool
    slow_mode: int
    announcement: bool


class LobbyChanged(Event, frozen=True, kw_only=True, tag="lobby.changed"):
    """A public room was made, renamed, archived or opened again."""

    sent_to = "sockets that have the lobby open"

    room: str


class MemberJoined(Event, frozen=True, kw_only=True, tag="member.joined"):
    """Somebody became a member; `members` counts them."""

    sent_to = "members who have the room open"

    room: str
    member: Member
    members: int


class MemberLeft(Event, frozen=True, kw_only=True, tag="member.left"):
    """Somebody is no longer a member."""

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
    """Somebody is called otherwise now, looks different, or has closed their account or opened it
    again. `room` is null: it counts in every room."""

    sent_to = (
        "sockets that have a room of theirs open, and those of people in direct rooms with them"
    )

    room: str | None
    person: Person


class RoomAdded(Event, frozen=True, kw_only=True, tag="room.added"):
    """You are a member of another room."""

    sent_to = "all sockets of the user concerned"

    room: Room


class RoomRemoved(Event, frozen=True, kw_only=True, tag="room.removed"):
    """You are no longer a member of a room. `code` says why; `reason` is what a moderator wrote, if
    they wrote anything."""

    sent_to = "all sockets of the user concerned"

    room: str
    code: Removed
    reason: str | UnsetType = UNSET


class MuteChanged(Event, frozen=True, kw_only=True, tag="mute.changed"):
    """You were muted or may write again, in a room or, when that is null, everywhere."""

    sent_to = "all sockets of the user concerned"

    room: str | None
    muted: Muted | None


class IgnoredChanged(Event, frozen=True, kw_only=True, tag="ignored.changed"):
    """You ignore somebody, or no longer. `reads.changed` follows if that leaves more or less unread
    somewhere."""

    sent_to = "all sockets of the person who did"

    ignored: Ignored


class WaitingChanged(Event, frozen=True, kw_only=True, tag="waiting.changed"):
    """So many messages wait for a moderator: reported or held, each counted up to 100. Null: you
    no longer moderate the site."""

    sent_to = "all sockets of those who moderate the site"

    waiting: int | None


class MessageRefused(Event, frozen=True, kw_only=True, tag="message.refused"):
    """A moderator has read what you wrote, and doesn't post it. One that is posted comes as
    `message.posted`, with its nonce."""

    sent_to = "all sockets of the author"

    room: str
    nonce: str
    detail: str


class RoomStale(Event, frozen=True, kw_only=True, tag="room.stale"):
    """Too much was missed to be told event by event. Of a room that is open, send `room.open` with
    `since`; of another one, ask how much is unread: `room.read` with the `number` and the
    `read_revision` that are known moves nothing."""

    sent_to = "sockets that have the room open, and those of members that don't"

    room: str


class RoomActivity(Event, frozen=True, kw_only=True, tag="room.activity"):
    """A message in a room that isn't open: the same bytes for all, the client counts. `approved` as
    in `message.posted`."""

    sent_to = "sockets of members that do not have the room open"

    room: str
    number: int
    author: int
    approved: bool | UnsetType = UNSET


class ActivityChanged(Event, frozen=True, kw_only=True, tag="activity.changed"):
    """Messages of a room that isn't open were deleted or restored: each by its number and the id of
    its author. Perhaps they were told before; what counts is how they are now."""

    sent_to = "sockets of members that do not have the room open"

    room: str
    revision: int
    gone: list[list[int]]
    back: list[list[int]]


class ReadChanged(Event, frozen=True, kw_only=True, tag="read.changed"):
    """You read on, or marked something as unread, perhaps elsewhere: a `Reading`."""

    sent_to = "all sockets of the person who read"

    room: str
    number: int
    last_number: int
    revision: int
    read_revision: int
    unread: int
    mentions: int


class ReadsChanged(Event, frozen=True, kw_only=True, tag="reads.changed"):
    """The same for several rooms at once."""

    sent_to = "all sockets of the person who read"

    rooms: list[Reading]


class SidebarChanged(Event, frozen=True, kw_only=True, tag="sidebar.changed"):
    """You arranged the list of rooms anew, perhaps elsewhere."""

    sent_to = "all sockets of the person concerned"

    sidebar: Sidebar


class SessionEnded(Event, frozen=True, kw_only=True, tag="session.ended"):
    """Signed out; close 4401 follows, or 4403 after a ban. `code` says why, `reason` says it in
    words: after a ban in the moderator's, if they wrote any."""

    sent_to = "the sockets of that session"

    code: Ending
    reason: str


class ServerRestarting(Event, frozen=True, kw_only=True, tag="server.restarting"):
    """Come back after `retry_in` seconds; close 1012 follows."""

    sent_to = "everyone"

    retry_in: float


AnyEvent: TypeAlias = (
    Welcome
    | MessagePosted
    | MessageEdited
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
    | RoomAdded
    | RoomRemoved
    | MuteChanged
    | IgnoredChanged
    | WaitingChanged
    | MessageRefused
    | RoomStale
    | RoomActivity
    | ActivityChanged
    | ReadChanged
    | ReadsChanged
    | SidebarChanged
    | SessionEnded
    | ServerRestarting
)
EVENTS: tuple[type[Event], ...] = get_args(AnyEvent)
