"""What is new in rooms that aren't open, and how far somebody has read."""

from msgspec import UNSET, UnsetType

from rooms.protocol.events.event import Event
from rooms.protocol.shapes import Reading
from rooms.protocol.values import Addressed


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
