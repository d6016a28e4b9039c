"""The wire, once: commands, events and replies as structs, close codes, limits.

The types of static/js/protocol.js, the tables of README.md and static/protocol.schema.json are
generated from here (`make protocol`); a test fails when they are stale. A name here changes only
together with `VERSION`.
"""

from datetime import datetime
from enum import IntEnum
from typing import Annotated, Any, ClassVar, Literal, TypeAlias, get_args

import msgspec
from django.utils.translation import gettext_lazy as _
from msgspec import UNSET, Meta, UnsetType

from rooms.errors import ChatError, Invalid, UnknownType

VERSION = "chatsite.v1"
HEARTBEAT_SECONDS = 20  # the server's pings; a client that hears nothing for two is cut off

MAX_FRAME = 64 * 1024  # bytes, from the client
MAX_REPLY = 1024 * 1024  # bytes, to the client
MAX_UNSENT = 1024 * 1024  # bytes that a socket may leave unread before it is cut off
MAX_BODY = 8000  # characters
MAX_PAGE = 100  # messages
MAX_PEOPLE = 9  # in a direct room, oneself not counted
MAX_REPLAY = 1000  # changes that one `room.open` with `since` replays; beyond it a fresh page
MAX_STEPS = 300  # cursors that one `rooms.unread` puts back: they fit one frame
MAX_FAVOURITES = 100
MAX_REACTIONS = 20  # different emoji on one message


class Close(IntEnum):
    """Close codes. A client treats every other as 'reconnect'."""

    RESTART = 1012
    TOO_MANY_INVALID = 4400
    SIGNED_OUT = 4401
    BANNED = 4403
    SILENT = 4408
    TOO_SLOW = 4410
    RESTART_PLAIN = 4012
    FRAME_TOO_LARGE = 4413
    FLOODING = 4429


Ref = Annotated[str, Meta(max_length=64)]
Slug = Annotated[str, Meta(min_length=1, max_length=100)]
Number = Annotated[int, Meta(ge=1, le=2**53)]
Revision = Annotated[int, Meta(ge=0, le=2**53)]
Limit = Annotated[int, Meta(ge=1, le=MAX_PAGE)]
Seconds = Annotated[int, Meta(ge=1, le=10 * 365 * 86_400)]
# The length of a body, a name and a topic is judged by the operations, whose refusals tell more.
Nonce = Annotated[str, Meta(min_length=8, max_length=64)]
Emoji = Annotated[str, Meta(min_length=1, max_length=32)]
Kind = Literal["public", "private", "direct"]
Role = Literal["owner", "moderator", "member"]
Scope = Literal["hour", "day", "room"]
Section = Literal["favourites", "rooms", "direct"]


# -- what events and replies are made of -----------------------------------------------------


class Person(msgspec.Struct, frozen=True):
    """Somebody, as others see them. `avatar` is an address, or null: then draw initials."""

    id: int
    username: str
    name: str
    avatar: str | None


class Member(msgspec.Struct, frozen=True):
    """Somebody in a room."""

    id: int
    username: str
    name: str
    avatar: str | None
    role: Role


class Reaction(msgspec.Struct, frozen=True):
    """One emoji on a message and everybody who put it there."""

    emoji: str
    count: int
    users: list[dict[str, Any]]


class Message(msgspec.Struct, frozen=True):
    """Always the whole current state. A tombstone has `deleted: true` and neither `body`, `html`
    nor `attachments`. `html` is sanitised; every other string is text."""

    number: int
    revision: int
    nonce: str
    author: Person
    created_at: datetime
    edited_at: datetime | None
    deleted: bool
    reply_to: int | None
    reactions: list[Reaction]
    mentions: list[int]
    body: str | UnsetType = UNSET
    html: str | UnsetType = UNSET
    attachments: list[Any] | UnsetType = UNSET


class Reading(msgspec.Struct, frozen=True):
    """How far one has read a room. Of two, the one with the higher `read_revision` is the later;
    within one revision, that with the higher `number`. `number` and `unread` together are the last
    message that was counted."""

    room: str
    number: int
    read_revision: int
    unread: int
    mentions: int


class ReadStep(msgspec.Struct, frozen=True):
    """What `rooms.read` did to one cursor: where it was before, and where it is."""

    room: str
    before: int
    number: int
    read_revision: int


class Muted(msgspec.Struct, frozen=True):
    """What keeps one from writing; `until` null: for good. The reason may be empty."""

    until: datetime | None
    reason: str


class Ignored(msgspec.Struct, frozen=True):
    """Whose messages one wants folded away, by id; who is blocked can't write to one either."""

    muted: list[int] = []
    blocked: list[int] = []


class Removal(msgspec.Struct, frozen=True):
    """Much that one person had posted, removed at once. `count` of it is gone by now; as long as it
    isn't `finished`, the server goes on by itself. Undone, it counts down."""

    id: int
    count: int
    finished: bool


class Preview(msgspec.Struct, frozen=True):
    """What a removal would take: so many messages (with `more`, at least so many), and the newest
    ten of them."""

    count: int
    more: bool
    newest: list[Message]


class RoomSummary(msgspec.Struct, frozen=True):
    """A line of the sidebar."""

    slug: str
    name: str
    kind: Kind
    archived: bool
    last_number: int
    read_number: int
    read_revision: int
    unread: int
    mentions: int


class Sidebar(msgspec.Struct, frozen=True):
    """How one has arranged the list of rooms: the favourites in their order (perhaps with some that
    one has left), and the sections that are folded. Of two, the higher `revision` is the later."""

    favourites: list[str] = []
    folded: list[Section] = []
    revision: int = 0


class Room(msgspec.Struct, frozen=True):
    """A room as one person sees it: `role` is null for who isn't a member. `slow_mode` is the
    seconds between two messages of one person (0: none; moderators needn't wait), `next_post_at`
    when one may write again there, `muted` is in this room only. With `announcement`, only owners
    and moderators write."""

    slug: str
    name: str
    topic: str
    kind: Kind
    role: Role | None
    archived: bool
    members: int
    last_number: int
    read_number: int
    read_revision: int
    unread: int
    mentions: int
    revision: int
    slow_mode: int
    announcement: bool
    next_post_at: datetime | None
    muted: Muted | None


READING = "number, read_revision, unread, mentions"

# -- commands --------------------------------------------------------------------------------


class Command(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """What a client may ask. `ref` comes back in the one reply."""

    replies: ClassVar[str] = ""

    ref: Ref | None = None


class OpenRoom(Command, frozen=True, kw_only=True, tag="room.open"):
    """Follow a room: a page of messages now, every change from here on. `since` (the last
    revision seen) asks for what changed meanwhile, `around` for the page about a message."""

    replies = "room, revision, messages, has_before, has_after, online, reset"

    room: Slug
    since: Revision | None = None
    limit: Limit = 50
    around: Number | None = None


class CloseRoom(Command, frozen=True, kw_only=True, tag="room.close"):
    """Stop following a room."""

    room: Slug


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
    """Leave a tombstone: one's own, or as a moderator anybody's."""

    replies = "message"

    room: Slug
    number: Number


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
    """Everything in every room has been seen. `rooms` are the steps that this took."""

    replies = "rooms"


class UnreadRooms(Command, frozen=True, kw_only=True, tag="rooms.unread"):
    """Take steps of `rooms.read` back, each unless the cursor was moved since. `rooms` are the
    readings of those that were."""

    replies = "rooms"

    rooms: Annotated[list[ReadStep], Meta(min_length=1, max_length=MAX_STEPS)]


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
    is told to them. In place of a mute that is there already."""

    room: Slug
    user: str
    seconds: Seconds | None = None
    reason: str = ""


class UnmuteMember(Command, frozen=True, kw_only=True, tag="member.unmute"):
    """As a moderator: they may write again."""

    room: Slug
    user: str


class BanMember(Command, frozen=True, kw_only=True, tag="member.ban"):
    """As a moderator: put somebody out, and keep them out."""

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
    """As a moderator: show again what a removal took, but for what was restored since."""

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
    | CreateRoom
    | DirectRoom
    | JoinRoom
    | LeaveRoom
    | PostMessage
    | EditMessage
    | DeleteMessage
    | AddReaction
    | RemoveReaction
    | History
    | ReadRoom
    | UnreadRoom
    | ReadRooms
    | UnreadRooms
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


# -- events ----------------------------------------------------------------------------------


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """What happened."""

    sent_to: ClassVar[str] = "sockets that have the room open"


class Welcome(Event, frozen=True, kw_only=True, tag="welcome"):
    """The first frame. A changed `epoch` means: forget every `since`. `muted` is everywhere,
    `waiting` for who moderates the site."""

    sent_to = "the new socket"

    protocol: str
    epoch: str
    user: Person
    server_time: datetime
    heartbeat: int
    limits: dict[str, int]
    rooms: list[RoomSummary]
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
    """There is a new message."""


class MessageEdited(MessageEvent, frozen=True, kw_only=True, tag="message.edited"):
    """Its body changed, or a deletion was taken back."""


class MessageDeleted(MessageEvent, frozen=True, kw_only=True, tag="message.deleted"):
    """It is a tombstone now."""


class MessageReacted(MessageEvent, frozen=True, kw_only=True, tag="message.reacted"):
    """Its reactions changed."""


class PresenceChanged(Event, frozen=True, kw_only=True, tag="presence.changed"):
    """Who is here; `online` counts people, not sockets."""

    room: str
    online: int
    joined: list[Person]
    left: list[Person]


class TypingStarted(Event, frozen=True, kw_only=True, tag="typing.started"):
    """Forget it after 6 s."""

    sent_to = "sockets that have the room open, never the author's"

    room: str
    user: Person


class TypingStopped(Event, frozen=True, kw_only=True, tag="typing.stopped"):
    """Somebody paused."""

    sent_to = "sockets that have the room open, never the author's"

    room: str
    user: Person


class RoomUpdated(Event, frozen=True, kw_only=True, tag="room.updated"):
    """Its name, topic or state changed."""

    room: str
    name: str
    topic: str
    archived: bool
    slow_mode: int
    announcement: bool


class MemberJoined(Event, frozen=True, kw_only=True, tag="member.joined"):
    """Somebody became a member; `members` counts them."""

    room: str
    member: Member
    members: int


class MemberLeft(Event, frozen=True, kw_only=True, tag="member.left"):
    """Somebody is no longer a member."""

    room: str
    member: Member
    members: int


class MemberUpdated(Event, frozen=True, kw_only=True, tag="member.updated"):
    """A member's role changed."""

    room: str
    member: Member


class PersonChanged(Event, frozen=True, kw_only=True, tag="person.changed"):
    """Somebody who has written here is called otherwise now: they deleted their account."""

    room: str
    person: Person


class RoomAdded(Event, frozen=True, kw_only=True, tag="room.added"):
    """You are a member of another room."""

    sent_to = "all sockets of the user concerned"

    room: Room


class RoomRemoved(Event, frozen=True, kw_only=True, tag="room.removed"):
    """You are no longer a member of a room."""

    sent_to = "all sockets of the user concerned"

    room: str
    reason: str | UnsetType = UNSET


class MuteChanged(Event, frozen=True, kw_only=True, tag="mute.changed"):
    """You were muted or may write again, in a room or, when that is null, everywhere."""

    sent_to = "all sockets of the user concerned"

    room: str | None
    muted: Muted | None


class IgnoredChanged(Event, frozen=True, kw_only=True, tag="ignored.changed"):
    """You ignore somebody, or no longer."""

    sent_to = "all sockets of the person who did"

    ignored: Ignored


class WaitingChanged(Event, frozen=True, kw_only=True, tag="waiting.changed"):
    """So many messages wait for a moderator: reported or held, each counted up to 100."""

    sent_to = "all sockets of those who moderate the site"

    waiting: int


class MessageRefused(Event, frozen=True, kw_only=True, tag="message.refused"):
    """A moderator has read what you wrote, and doesn't post it. One that is posted comes as
    `message.posted`, with its nonce."""

    sent_to = "all sockets of the author"

    room: str
    nonce: str
    detail: str


class RoomActivity(Event, frozen=True, kw_only=True, tag="room.activity"):
    """A message in a room that isn't open: the same bytes for all, the client counts."""

    sent_to = "sockets of members that do not have the room open"

    room: str
    number: int
    author: int


class ReadChanged(Event, frozen=True, kw_only=True, tag="read.changed"):
    """You read on, or marked something as unread, perhaps elsewhere: a `Reading`."""

    sent_to = "all sockets of the person who read"

    room: str
    number: int
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
    """Signed out; close 4401 follows."""

    sent_to = "the sockets of that session"

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
    | RoomActivity
    | ReadChanged
    | ReadsChanged
    | SidebarChanged
    | SessionEnded
    | ServerRestarting
)
EVENTS: tuple[type[Event], ...] = get_args(AnyEvent)

LIMITS = {
    "frame": MAX_FRAME,
    "body": MAX_BODY,
    "page": MAX_PAGE,
    "people": MAX_PEOPLE,
    "reactions": MAX_REACTIONS,
}

# -- bytes -----------------------------------------------------------------------------------

_NUL = "\\u0000"  # as JSON writes it: the only way for it to come
_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[AnyCommand] = msgspec.json.Decoder(AnyCommand)


class _Envelope(msgspec.Struct):
    """What can be told of a command that doesn't fit its struct."""

    type: Any = None
    ref: Any = None


_envelope_decoder = msgspec.json.Decoder(_Envelope)


class Refused(Exception):
    """A frame that is no command: the refusal, and the `ref` that its answer carries."""

    def __init__(self, error: ChatError, ref: str | None) -> None:
        super().__init__(error.detail)
        self.error = error
        self.ref = ref


def parse_command(frame: str) -> AnyCommand:
    """A text frame as a command. Raises Refused with `invalid` or `unknown_type`."""
    try:
        command = _decoder.decode(frame)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise _refusal(frame, error) from None
    if _NUL in frame:
        _refuse_nul(command)
    return command


def _refuse_nul(command: AnyCommand) -> None:
    """PostgreSQL refuses to store it or to be asked for it, and SQLite cuts the text there."""
    for name in command.__struct_fields__:
        value = getattr(command, name)
        texts = value if isinstance(value, list) else [value]
        if any(isinstance(text, str) and "\0" in text for text in texts):
            ref = None if name == "ref" else command.ref
            raise Refused(Invalid(_("`%(name)s` contains a NUL character."), name=name), ref)


def _refusal(frame: str, error: Exception) -> Refused:
    try:
        envelope = _envelope_decoder.decode(frame)
    except msgspec.ValidationError:
        return Refused(Invalid(_("A frame must be a JSON object with a `type`.")), None)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return Refused(Invalid(_("That is not valid JSON. A frame must be one JSON object.")), None)
    valid_ref = isinstance(envelope.ref, str) and len(envelope.ref) <= 64
    ref = envelope.ref if valid_ref else None
    if not isinstance(envelope.type, str):
        return Refused(Invalid(_("A command needs a `type`, which is a string.")), ref)
    if envelope.type not in COMMAND_TYPES:
        return Refused(
            UnknownType(_("There is no command '%(type)s'."), type=envelope.type[:64]), ref
        )
    return Refused(Invalid(f"{envelope.type}: {error}."), ref)


def encode(value: Any) -> bytes:
    """Anything of the above as JSON, UTF-8."""
    return _encoder.encode(value)


def builtins(value: Any) -> Any:
    """The same as dicts, lists and strings, for a page's bootstrap."""
    return msgspec.to_builtins(value)


def ok(ref: str | None, **fields: Any) -> bytes:
    """The reply to a command that was carried out."""
    return _encoder.encode({"type": "ok", "ref": ref, **fields})


def refusal(ref: str | None, error: ChatError) -> bytes:
    """The reply to a command that was refused."""
    reply: dict[str, Any] = {
        "type": "error",
        "ref": ref,
        "code": error.code,
        "detail": error.detail,
    }
    if error.retry_after is not None:
        reply["retry_after"] = error.retry_after
    return _encoder.encode(reply)


def one_of(command: History) -> tuple[Literal["before", "after", "around"], int | datetime]:
    """Which page `history` asks for. Raises Invalid unless it names exactly one."""
    match command.before, command.after, command.around, command.at:
        case int(number), None, None, None:
            return "before", number
        case None, int(number), None, None:
            return "after", number
        case None, None, int(number), None:
            return "around", number
        case None, None, None, datetime() as moment:
            return "around", moment
    raise Invalid(_("history needs exactly one of `before`, `after`, `around` and `at`."))
