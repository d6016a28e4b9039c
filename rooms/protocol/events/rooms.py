"""Rooms, their members, and which rooms somebody has."""

from msgspec import UNSET, UnsetType

from rooms.protocol.codes import Removed
from rooms.protocol.events.event import Event
from rooms.protocol.shapes import Member, Room, Web
from rooms.protocol.values import MentionBy


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


class RoomStale(Event, frozen=True, kw_only=True, tag="room.stale"):
    """Too much was missed to send it event by event. If the room is open, send `room.open` with
    `since`; if not, ask how much is unread: `room.read` with the `number` and `read_revision` that
    you know moves nothing."""

    sent_to = "sockets that have the room open, and other sockets of its members"

    room: str
