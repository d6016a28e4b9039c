"""Pages of a room's messages: the newest, those around a number, those changed since a revision."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

import msgspec

from rooms import ratelimit, serializers
from rooms.actions.messages import rendering
from rooms.actions.rooms.lookup import describe, find_room
from rooms.models import InboxItem, Message, Room, User
from rooms.policy.standing import Standing
from rooms.protocol import codec, limits, shapes
from rooms.queries import naming, previews, tallies, uploads
from rooms.storage.recent import Recent
from rooms.text import mentions


@dataclass(frozen=True, slots=True)
class Page:
    """Encoded messages, oldest first, or by revision in a replay."""

    messages: list[msgspec.Raw]
    has_before: bool
    has_after: bool
    reset: bool = False
    reacted: tuple["Reacted", ...] = ()
    people: tuple[shapes.Person, ...] = ()  # whom the messages name
    # Numbers of messages that say `@here`; once it is somebody's page, those that addressed them.
    here: tuple[int, ...] = ()

    def fields(self) -> dict[str, Any]:
        """Return the fields of a reply."""
        return {
            "messages": self.messages,
            "people": self.people,
            "here": self.here,
            "has_before": self.has_before,
            "has_after": self.has_after,
        }


@dataclass(frozen=True, slots=True)
class Reacted:
    """A message with reactions: its index in the page, the id of its row, and its content."""

    index: int
    id: int
    message: shapes.Message


# Shared by all readers; rights are checked each time. The key has the room's revision, so only what
# has no revision, like an author's name or avatar, can be stale.
recent_pages: Recent[Page] = Recent(size=32, seconds=1)


@dataclass(frozen=True, slots=True)
class OpenedRoom:
    """A room and a page of its messages, at one revision, as one person sees them. The page is
    `around` a number, or the newest."""

    room: shapes.Room
    page: Page
    standing: Standing
    around: int | None

    @property
    def is_hidden(self) -> bool:
        """Whether they have hidden the room, as it was read."""
        membership = self.standing.membership
        return membership is not None and membership.is_hidden


def open_room(
    *,
    actor: User,
    slug: str,
    limit: int = 50,
    since: int | None = None,
    around: int | None = None,
    unread: bool = False,
) -> OpenedRoom:
    """Open a room with what changed `since` a revision, a page `around` a number, or the newest;
    with `unread`, around the first message that the actor hasn't read, if there is one."""
    standing = find_room(actor=actor, slug=slug, counted=True)
    room, membership = standing.room, standing.membership
    if unread and membership is not None and membership.unread:
        around = membership.read_number + 1
    key = room.pk, room.revision, limit, since, around
    page = recent_pages.get(key, lambda: _first_page(room, limit, since, around))
    return OpenedRoom(describe(standing), _to_asker(page, actor, room), standing, around)


def history(
    *,
    actor: User,
    slug: str,
    side: Literal["before", "after", "around"],
    place: int | datetime,
    limit: int,
) -> Page:
    """Return a page of messages before, after or around a number. A time stands for the first
    message written then or later."""
    ratelimit.consume("history", actor.pk)
    room = find_room(actor=actor, slug=slug).room
    if isinstance(place, datetime):
        place = Message.objects.first_since(room.pk, room.last_number, place)
    return _to_asker(_page(room, side, place, limit), actor, room)


def _to_asker(page: Page, actor: User, room: Room) -> Page:
    """Add the asker's own reactions to a page, and which `@here` was for them. Otherwise it is the
    same for everyone."""
    if page.here:
        rows = InboxItem.objects.filter(user=actor, room=room, number__in=page.here)
        told = rows.filter(reason=InboxItem.Reason.ROOM).values_list("number", flat=True)
        page = replace(page, here=tuple(told))
    if not page.reacted:
        return page
    # Only reactions whose list of people is cut need a query.
    asked = [one.id for one in page.reacted if any(map(_is_cut, one.message.reactions))]
    mine = tallies.own(actor.pk, asked) if asked else {}
    messages = page.messages[:]
    for one in page.reacted:
        own = mine[one.id] if one.id in mine else _named(actor.pk, one.message)
        if own:
            encoded = codec.encode(serializers.to_asker(one.message, actor, own))
            messages[one.index] = msgspec.Raw(encoded)
    return replace(page, messages=messages)


def _is_cut(reaction: shapes.Reaction) -> bool:
    return reaction.count > len(reaction.users)


def _named(user_id: int, message: shapes.Message) -> set[str]:
    """Return the emoji of the reactions that list this user."""
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
    """Return what has changed since a revision, or None if it doesn't fit one reply."""
    if since > room.revision:
        return None
    rows = Message.objects.changed_since(room.pk, since, limits.MAX_REPLAY + 1)
    if len(rows) > limits.MAX_REPLAY:
        return None
    shown = _Shown.of([row for row in rows if row.number <= room.last_number])
    if shown.size > limits.PAGE_BYTES:
        return None
    return shown.page(has_before=False, has_after=False)


def _page(
    room: Room, side: Literal["before", "after", "around"], number: int | None, limit: int
) -> Page:
    # A message committed after the room's row was read arrives as an event: not here, too.
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
    """Messages being fitted into a page, each with the id of its row and its encoded form, and the
    people whom they name."""

    ids: list[int]
    messages: list[shapes.Message]
    encoded: list[bytes]
    people: dict[int, shapes.Person]

    @classmethod
    def of(cls, rows: Sequence[Message]) -> "_Shown":
        tallies.load(rows)
        uploads.load(rows)
        previews.load(rows)
        rendering.freshen(rows)
        naming.load(rows)
        messages = [serializers.message(row) for row in rows]
        people = {one.id: one for one in serializers.named(rows)}
        return cls([row.pk for row in rows], messages, [*map(codec.encode, messages)], people)

    @property
    def size(self) -> int:
        return sum(map(len, self.encoded))

    def fit(self, anchor: int) -> None:
        """Drop the messages farthest from the anchor until the rest fit a reply; keep at least one,
        however large."""
        size = self.size
        while size > limits.PAGE_BYTES and len(self.messages) > 1:
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
        ids = {pk for message in self.messages for pk in message.mentions}
        people = tuple(one for one in self.people.values() if one.id in ids)
        here = tuple(one.number for one in self.messages if one.mentions_room == mentions.HERE)
        return Page(raw, has_before, has_after, reacted=reacted, people=people, here=here)
