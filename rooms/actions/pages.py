"""Pages of a room's messages: the newest, those around one, what changed."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

import msgspec

from rooms import events, protocol, ratelimit
from rooms.actions.sight import describe, find_room
from rooms.models import Message, Room, User
from rooms.policy import Standing
from rooms.recent import Recent

# Half of what a socket may leave unread, so that the events that follow a page don't cut it off.
PAGE_BYTES = protocol.MAX_UNSENT // 2


@dataclass(frozen=True, slots=True)
class Page:
    """Messages, oldest first (a replay: by revision), each encoded already."""

    messages: list[msgspec.Raw]
    has_before: bool
    has_after: bool
    reset: bool = False

    def fields(self) -> dict[str, Any]:
        """What a reply carries of it."""
        return {
            "messages": self.messages,
            "has_before": self.has_before,
            "has_after": self.has_after,
        }


# Rights are asked for each time. A room's revision names its messages, so only what has none, a
# name or an avatar in them, can be as old as this.
recent_pages: Recent[Page] = Recent(size=32, seconds=1)


@dataclass(frozen=True, slots=True)
class OpenedRoom:
    """A room and a page of it at one revision, as one person sees it."""

    room: protocol.Room
    page: Page
    standing: Standing


def open_room(
    *,
    actor: User,
    slug: str,
    limit: int = 50,
    since: int | None = None,
    around: int | None = None,
) -> OpenedRoom:
    """A room as it is now, with what changed `since` a revision, or a page of it."""
    standing = find_room(actor=actor, slug=slug, counted=True)
    room = standing.room
    key = room.pk, room.revision, limit, since, around
    page = recent_pages.get(key, lambda: _first_page(room, limit, since, around))
    return OpenedRoom(describe(standing), page, standing)


def history(
    *,
    actor: User,
    slug: str,
    side: Literal["before", "after", "around"],
    place: int | datetime,
    limit: int,
) -> Page:
    """A page of messages on one side of a number, or about it; a moment is the number of the first
    message that was written then or later."""
    ratelimit.consume("history", actor.pk)
    room = find_room(actor=actor, slug=slug).room
    if isinstance(place, datetime):
        place = Message.objects.first_since(room.pk, room.last_number, place)
    return _page(room, side, place, limit)


def _first_page(room: Room, limit: int, since: int | None, around: int | None) -> Page:
    page = _replay(room, since) if since is not None else None
    if page is None:
        page = _page(room, "around" if around else "before", around, limit)
        page = replace(page, reset=since is not None)
    return page


def _replay(room: Room, since: int) -> Page | None:
    """What changed since, by revision; None when it doesn't fit one reply."""
    if since > room.revision:
        return None
    rows = Message.objects.changed_since(room.pk, since, protocol.MAX_REPLAY + 1)
    encoded = [_encoded(row) for row in rows if row.number <= room.last_number]
    if len(rows) > protocol.MAX_REPLAY or sum(map(len, encoded)) > PAGE_BYTES:
        return None
    return Page([msgspec.Raw(message) for message in encoded], False, False)


def _page(
    room: Room, side: Literal["before", "after", "around"], number: int | None, limit: int
) -> Page:
    # A message committed after the room's row was read comes as an event, not in the page too.
    last = room.last_number
    if side == "after":
        rows = Message.objects.page_after(room.pk, number or 0, limit)
    elif side == "around" and number is not None:
        rows = Message.objects.page_around(room.pk, min(number, max(last, 1)), limit)
    else:
        end = last + 1 if number is None else min(number, last + 1)
        rows = Message.objects.page_before(room.pk, end, limit)
    rows = [row for row in rows if row.number <= last]
    keep = {"before": last, "after": 0, "around": number or 0}[side]
    rows, encoded = _fit(rows, anchor=keep)
    if not rows:
        return Page([], side == "after" and last > 0, side == "before" and last > 0)
    return Page(
        [msgspec.Raw(message) for message in encoded],
        has_before=rows[0].number > 1,
        has_after=rows[-1].number < last,
    )


def _fit(rows: list[Message], *, anchor: int) -> tuple[list[Message], list[bytes]]:
    """As many as a reply carries, those farthest from the anchor left out."""
    encoded = [_encoded(row) for row in rows]
    size = sum(map(len, encoded))
    while size > PAGE_BYTES:
        first, last = rows[0], rows[-1]
        index = 0 if anchor - first.number > last.number - anchor else -1
        rows.pop(index)
        size -= len(encoded.pop(index))
    return rows, encoded


def _encoded(row: Message) -> bytes:
    return protocol.encode(events.message(row))
