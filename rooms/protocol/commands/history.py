"""Pages of a room's history, and how far it is read."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta

from rooms.protocol.commands.command import Command
from rooms.protocol.limits import MAX_STEPS
from rooms.protocol.shapes import ReadStep
from rooms.protocol.values import Limit, Number, Revision, Slug

READING = "number, last_number, revision, read_revision, unread, mentions"


class History(Command, frozen=True, kw_only=True, tag="history"):
    """Get a page of messages, by exactly one of `before`, `after`, `around` and `at`. `at` is a
    time with its UTC offset: the page is around the first message written at that time or
    later."""

    replies = "messages, people, here, has_before, has_after"

    room: Slug
    before: Number | None = None
    after: Annotated[int, Meta(ge=0, le=2**53)] | None = None
    around: Number | None = None
    at: Annotated[datetime, Meta(tz=True)] | None = None
    limit: Limit = 50


class ReadRoom(Command, frozen=True, kw_only=True, tag="room.read"):
    """Mark everything up to this message as read. With the `read_revision` that the reader knows,
    this does nothing if the cursor has been moved back since."""

    replies = READING

    room: Slug
    number: Annotated[int, Meta(ge=0, le=2**53)]
    read_revision: Revision | None = None


class UnreadRoom(Command, frozen=True, kw_only=True, tag="room.unread"):
    """Mark everything from this message on as unread, and everything before it as read."""

    replies = READING

    room: Slug
    number: Number


class ReadRooms(Command, frozen=True, kw_only=True, tag="rooms.read"):
    """Mark everything in every room as read. `rooms` lists the steps taken, at most 3,000."""

    replies = "rooms"


class UnreadRooms(Command, frozen=True, kw_only=True, tag="rooms.unread"):
    """Undo steps of `rooms.read`, except where the cursor has moved since. `rooms` holds the
    Readings of the rooms that changed."""

    replies = "rooms"

    rooms: Annotated[list[ReadStep], Meta(min_length=1, max_length=MAX_STEPS)]
