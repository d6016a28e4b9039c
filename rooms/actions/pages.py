"""Pages of a room's messages: the newest, those around one, what changed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

import msgspec

from rooms import events, protocol, ratelimit, tallies
from rooms.actions import rendering
from rooms.actions.sight import describe, find_room
from rooms.models import Message, Room, User
from rooms.policy import Standing
from rooms.recent import Recent


@dataclass(frozen=True, slots=True)
class Page:
    """Messages, oldest first (a replay: by revision), each encoded already."""

    messages: list[msgspec.Raw]
    has_before: bool
    has_after: bool
    reset: bool = False
    reacted: tuple["Reacted", ...] = ()

    def fields(self) -> dict[str, Any]:
        """What a reply carries of it."""
        return {
            "messages": self.messages,
            "has_before": self.has_before,
            "has_after": self.has_after,
        }


@dataclass(frozen=True, slots=True)
class Reacted:
    """A message of a page that somebody has reacted to: where it is, its row, and what it says."""

    index: int
    id: int
    message: protocol.Message


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
    return OpenedRoom(describe(standing), _to_asker(page, actor), standing)


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
    return _to_asker(_page(room, side, place, limit), actor)


def _to_asker(page: Page, actor: User) -> Page:
    """The page, which is the same for everybody, with what the asker put there."""
    if not page.reacted:
        return page
    # Where everybody is named, nothing has to be asked for.
    asked = [one.id for one in page.reacted if any(map(_is_cut, one.message.reactions))]
    mine = tallies.own(actor.pk, asked) if asked else {}
    messages = page.messages[:]
    for one in page.reacted:
        own = mine[one.id] if one.id in mine else _named(actor.pk, one.message)
        if own:
            encoded = protocol.encode(events.to_asker(one.message, actor, own))
            messages[one.index] = msgspec.Raw(encoded)
    return replace(page, messages=messages)


def _is_cut(reaction: protocol.Reaction) -> bool:
    return reaction.count > len(reaction.users)


def _named(user_id: int, message: protocol.Message) -> set[str]:
    """The emoji beside which somebody is named."""
    return {
        one.emoji for one in message.reactions if any(user["id"] == user_id for user in one.users)
    }


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
    if len(rows) > protocol.MAX_REPLAY:
        return None
    shown = _Shown.of([row for row in rows if row.number <= room.last_number])
    if shown.size > protocol.PAGE_BYTES:
        return None
    return shown.page(has_before=False, has_after=False)


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
    if not rows:
        return Page([], side == "after" and last > 0, side == "before" and last > 0)
    shown = _Shown.of(rows)
    shown.fit(keep)
    first, newest = shown.messages[0], shown.messages[-1]
    return shown.page(has_before=first.number > 1, has_after=newest.number < last)


@dataclass(slots=True)
class _Shown:
    """Messages on their way into a page, each with the id of its row and its bytes."""

    ids: list[int]
    messages: list[protocol.Message]
    encoded: list[bytes]

    @classmethod
    def of(cls, rows: Sequence[Message]) -> "_Shown":
        tallies.load(rows)
        rendering.freshen(rows)
        messages = [events.message(row) for row in rows]
        return cls([row.pk for row in rows], messages, [*map(protocol.encode, messages)])

    @property
    def size(self) -> int:
        return sum(map(len, self.encoded))

    def fit(self, anchor: int) -> None:
        """Leave out those farthest from the anchor until a reply carries the others; one that is
        more than that by itself is the page."""
        size = self.size
        while size > protocol.PAGE_BYTES and len(self.messages) > 1:
            first, last = self.messages[0], self.messages[-1]
            index = 0 if anchor - first.number > last.number - anchor else -1
            for items in (self.ids, self.messages):
                items.pop(index)
            size -= len(self.encoded.pop(index))

    def page(self, *, has_before: bool, has_after: bool) -> Page:
        reacted = tuple(
            Reacted(index, self.ids[index], message)
            for index, message in enumerate(self.messages)
            if message.reactions
        )
        raw = [msgspec.Raw(message) for message in self.encoded]
        return Page(raw, has_before, has_after, reacted=reacted)
