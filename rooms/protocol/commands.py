"""What a client may ask."""

from datetime import datetime
from typing import Annotated, ClassVar, Literal, TypeAlias, get_args

import msgspec
from msgspec import Meta

from rooms.protocol.limits import (
    MAX_PEOPLE,
    MAX_STEPS,
    Cursor,
    Emoji,
    Limit,
    Nonce,
    Number,
    Ref,
    Revision,
    Scope,
    Seconds,
    Section,
    Slug,
)
from rooms.protocol.shapes import ReadStep

READING = "number, last_number, revision, read_revision, unread, mentions"


class Command(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """What a client may ask. `ref` comes back in the one reply."""

    replies: ClassVar[str] = ""

    ref: Ref | None = None


class OpenRoom(Command, frozen=True, kw_only=True, tag="room.open"):
    """Follow a room: a page of messages now, every change from here on. `since` (the last
    revision seen) asks for what changed meanwhile, `around` for the page about a message. A message
    may be newer than the reply's `revision`: the events that follow say the same again. `online`
    names 1,000 people at most; `presence.changed` brings the others."""

    replies = "room, revision, messages, has_before, has_after, online, reset"

    room: Slug
    since: Revision | None = None
    limit: Limit = 50
    around: Number | None = None


class CloseRoom(Command, frozen=True, kw_only=True, tag="room.close"):
    """Stop following a room."""

    room: Slug


class OpenLobby(Command, frozen=True, kw_only=True, tag="lobby.open"):
    """Hear when the list of public rooms changes."""


class CloseLobby(Command, frozen=True, kw_only=True, tag="lobby.close"):
    """Hear of it no longer."""


class CreateRoom(Command, frozen=True, kw_only=True, tag="room.create"):
    """Make a room and own it. Without `slug`, one is made from the name."""

    replies = "room"

    name: str
    kind: Literal["public", "private"]
    topic: str = ""
    slug: str | None = None


class DirectRoom(Command, frozen=True, kw_only=True, tag="room.direct"):
    """The one room of exactly these people (usernames) and oneself, made when absent."""

    replies = "room"

    people: Annotated[list[str], Meta(min_length=1, max_length=MAX_PEOPLE)]


class JoinRoom(Command, frozen=True, kw_only=True, tag="room.join"):
    """Become a member of a public room."""

    replies = "room"

    room: Slug


class LeaveRoom(Command, frozen=True, kw_only=True, tag="room.leave"):
    """Stop being a member."""

    replies = "room"

    room: Slug


class PostMessage(Command, frozen=True, kw_only=True, tag="message.post"):
    """Post. A `nonce` that this author used in this room already returns the stored message."""

    replies = "message"

    room: Slug
    nonce: Nonce
    body: str
    reply_to: Number | None = None
    attachments: list[str] = []


class EditMessage(Command, frozen=True, kw_only=True, tag="message.edit"):
    """Replace the body of one's own message."""

    replies = "message"

    room: Slug
    number: Number
    body: str


class DeleteMessage(Command, frozen=True, kw_only=True, tag="message.delete"):
    """Leave a tombstone: one's own, or as a moderator anybody's, for a reason that only the audit
    log is told."""

    replies = "message"

    room: Slug
    number: Number
    reason: str = ""


class AddReaction(Command, frozen=True, kw_only=True, tag="reaction.add"):
    """Put an emoji on a message."""

    replies = "message"

    room: Slug
    number: Number
    emoji: Emoji


class RemoveReaction(Command, frozen=True, kw_only=True, tag="reaction.remove"):
    """Take one's emoji back."""

    replies = "message"

    room: Slug
    number: Number
    emoji: Emoji


class Reactions(Command, frozen=True, kw_only=True, tag="reactions"):
    """Who has put an emoji on a message, in the order in which they did: a page of Persons, and the
    `after` of the next one, or null."""

    replies = "users, next"

    room: Slug
    number: Number
    emoji: Emoji
    after: Cursor | None = None


class History(Command, frozen=True, kw_only=True, tag="history"):
    """A page of messages; exactly one of `before`, `after`, `around` and `at`. At a moment: around
    the first message that was written then or later; its offset from UTC has to be there."""

    replies = "messages, has_before, has_after"

    room: Slug
    before: Number | None = None
    after: Annotated[int, Meta(ge=0, le=2**53)] | None = None
    around: Number | None = None
    at: Annotated[datetime, Meta(tz=True)] | None = None
    limit: Limit = 50


class ReadRoom(Command, frozen=True, kw_only=True, tag="room.read"):
    """Everything up to this message has been seen. With the `read_revision` that the reader knows,
    it changes nothing once the cursor was put back."""

    replies = READING

    room: Slug
    number: Annotated[int, Meta(ge=0, le=2**53)]
    read_revision: Revision | None = None


class UnreadRoom(Command, frozen=True, kw_only=True, tag="room.unread"):
    """Everything from this message on is unread again, everything before it is read."""

    replies = READING

    room: Slug
    number: Number


class ReadRooms(Command, frozen=True, kw_only=True, tag="rooms.read"):
    """Everything in every room has been seen. `rooms` are the steps of this, 3,000 at most."""

    replies = "rooms"


class UnreadRooms(Command, frozen=True, kw_only=True, tag="rooms.unread"):
    """Take steps of `rooms.read` back, each unless the cursor was moved since. `rooms` are the
    readings of those that were."""

    replies = "rooms"

    rooms: Annotated[list[ReadStep], Meta(min_length=1, max_length=MAX_STEPS)]


class Rooms(Command, frozen=True, kw_only=True, tag="rooms"):
    """The rooms that the welcome didn't tell of, after its `rooms_next`: a page, and the `after` of
    the next one, or null."""

    replies = "rooms, next"

    after: Cursor | None = None


class StarRoom(Command, frozen=True, kw_only=True, tag="room.star"):
    """Make a room a favourite, or move it: before another favourite, or to the end."""

    replies = "sidebar"

    room: Slug
    before: Slug | None = None


class UnstarRoom(Command, frozen=True, kw_only=True, tag="room.unstar"):
    """It is no favourite any more."""

    replies = "sidebar"

    room: Slug


class FoldSection(Command, frozen=True, kw_only=True, tag="section.fold"):
    """Show of a section of the sidebar only its heading."""

    replies = "sidebar"

    section: Section


class UnfoldSection(Command, frozen=True, kw_only=True, tag="section.unfold"):
    """Show all of it."""

    replies = "sidebar"

    section: Section


class ReportMessage(Command, frozen=True, kw_only=True, tag="message.report"):
    """Ask a moderator to look at a message; once is enough. Moderators see it, also where they are
    no members, with five messages before it and after it."""

    room: Slug
    number: Number
    reason: Literal["spam", "abuse", "illegal", "private", "other"]
    note: str = ""


class MuteMember(Command, frozen=True, kw_only=True, tag="member.mute"):
    """As a moderator: somebody may read, but not write, for so many seconds or for good. A reason
    is told to them. In place of a mute that is there already: `forbidden` where somebody of a
    higher rank made that one."""

    room: Slug
    user: str
    seconds: Seconds | None = None
    reason: str = ""


class UnmuteMember(Command, frozen=True, kw_only=True, tag="member.unmute"):
    """As a moderator: they may write again; `forbidden` where somebody of a higher rank muted
    them."""

    room: Slug
    user: str


class BanMember(Command, frozen=True, kw_only=True, tag="member.ban"):
    """As a moderator: put somebody out, and keep them out. In place of a ban, as for a mute."""

    room: Slug
    user: str
    seconds: Seconds | None = None
    reason: str = ""


class PreviewRemoval(Command, frozen=True, kw_only=True, tag="removal.preview"):
    """As a moderator: what `removal.make` would take."""

    replies = "preview"

    room: Slug
    user: str
    scope: Scope


class MakeRemoval(Command, frozen=True, kw_only=True, tag="removal.make"):
    """As a moderator: delete what somebody has posted in the room in the last hour, in the last day
    or ever. Each message is announced as any other that is deleted."""

    replies = "removal"

    room: Slug
    user: str
    scope: Scope
    reason: str = ""


class UndoRemoval(Command, frozen=True, kw_only=True, tag="removal.undo"):
    """As a moderator: show again what a removal took, but for what was restored since; `forbidden`
    where somebody of a higher rank removed it."""

    replies = "removal"

    room: Slug
    removal: Number


class IgnorePerson(Command, frozen=True, kw_only=True, tag="person.ignore"):
    """Fold away what somebody writes; `block` them, and they can't write to one either. Nobody is
    told."""

    replies = "ignored"

    user: str
    kind: Literal["mute", "block"]


class UnignorePerson(Command, frozen=True, kw_only=True, tag="person.unignore"):
    """See and hear them again."""

    replies = "ignored"

    user: str


class StartTyping(Command, frozen=True, kw_only=True, tag="typing.start"):
    """Repeat every 3 s while it goes on. No reply."""

    room: Slug


class StopTyping(Command, frozen=True, kw_only=True, tag="typing.stop"):
    """No reply."""

    room: Slug


class Ping(Command, frozen=True, kw_only=True, tag="ping"):
    """Is anybody there? For a page that wakes from sleep."""

    replies = "time"


AnyCommand: TypeAlias = (
    OpenRoom
    | CloseRoom
    | OpenLobby
    | CloseLobby
    | CreateRoom
    | DirectRoom
    | JoinRoom
    | LeaveRoom
    | PostMessage
    | EditMessage
    | DeleteMessage
    | AddReaction
    | RemoveReaction
    | Reactions
    | History
    | ReadRoom
    | UnreadRoom
    | ReadRooms
    | UnreadRooms
    | Rooms
    | StarRoom
    | UnstarRoom
    | FoldSection
    | UnfoldSection
    | ReportMessage
    | MuteMember
    | UnmuteMember
    | BanMember
    | PreviewRemoval
    | MakeRemoval
    | UndoRemoval
    | IgnorePerson
    | UnignorePerson
    | StartTyping
    | StopTyping
    | Ping
)
COMMANDS: tuple[type[Command], ...] = get_args(AnyCommand)
COMMAND_TYPES = frozenset(str(struct.__struct_config__.tag) for struct in COMMANDS)
