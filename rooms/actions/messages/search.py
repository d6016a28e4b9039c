"""Find messages: what somebody may read at this moment, by words and filters."""

import math
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec

from rooms import ratelimit, serializers
from rooms.actions.messages import rendering
from rooms.models import Membership, Message, Room, User
from rooms.protocol import limits, shapes
from rooms.queries import naming, previews, tallies, uploads
from rooms.queries.search import bounds, filters, finding, ranking, rows
from rooms.queries.search.bounds import Bounds
from rooms.queries.search.filters import Narrowed
from rooms.queries.search.places import Place
from rooms.queries.search.rows import Candidate
from rooms.queries.search.scope import scope_of
from rooms.text import zones
from rooms.text.search import query as language
from rooms.text.search.query import Query

Order = Literal["newest", "best"]


@dataclass(frozen=True, slots=True)
class Hit:
    """A message that was found, and where in its body the words are, in UTF-16 units."""

    room: shapes.LinkedRoom
    message: Message
    ranges: list[tuple[int, int]]
    encoded: msgspec.Raw


@dataclass(frozen=True, slots=True)
class Results:
    """A page of hits. `next` is where the next one begins; `searched_to` is the time back to which
    messages were looked at, if that was cut short. `rooms` are those of the hits, `people` those
    whom they name; `unknown` are words that look like a filter and aren't one."""

    hits: list[Hit]
    next: str | None
    searched_to: datetime | None
    rooms: list[shapes.LinkedRoom]
    people: list[shapes.Person]
    unknown: tuple[str, ...]

    def fields(self) -> dict[str, Any]:
        """Return the fields of a reply."""
        return {
            "hits": [
                {"room": hit.room.slug, "message": hit.encoded, "ranges": hit.ranges}
                for hit in self.hits
            ],
            "next": self.next,
            "searched_to": self.searched_to,
            "rooms": self.rooms,
            "people": self.people,
            "unknown": self.unknown,
        }


def search(
    *,
    actor: User,
    query: str,
    before: str | None = None,
    limit: int = 20,
    order: Order = "newest",
    zone: str = "UTC",
    public: bool = False,
) -> Results:
    """Return a page of the messages that the actor may read and the query finds; from `before`, the
    `next` of another page, or from the newest or the best. Dates are days in the time zone. With
    `public`, it looks into public rooms that they aren't in, too.

    Raises Invalid for a query that finds nothing by itself, an unknown zone, and a place that isn't
    one.
    """
    ratelimit.consume("search", actor.pk)
    wanted = language.parse(query, zone=zones.zone(zones.clean_zone(zone)))
    place = None if before is None else Place.opened(before)
    named = filters.named_rooms(wanted.filters)
    scope = scope_of(actor.pk, public=public, named=named)
    narrowed = filters.narrow(scope, wanted.filters)
    if narrowed.is_empty:
        return _page(actor, wanted, narrowed, _Stop([], [], None, None))
    top = bounds.newest()
    within = bounds.bounds_of(narrowed.since, narrowed.until, top=top)
    if place is not None:
        within = Bounds(within.above, min(within.below, place.below))
    if order == "best":
        return _page(actor, wanted, narrowed, _best(wanted, narrowed, within, place, limit))
    return _page(actor, wanted, narrowed, _newest(wanted, narrowed, within, limit))


@dataclass(frozen=True, slots=True)
class _Stop:
    """The hits of a page, and where to go on: after each of them, and after all. `floor` is the id
    down to which was looked if that was cut short."""

    hits: Sequence[Candidate]
    places: Sequence[Place]
    next: Place | None
    floor: int | None


def _newest(wanted: Query, narrowed: Narrowed, within: Bounds, limit: int) -> _Stop:
    found = finding.find(wanted, narrowed, within, most=limit + 1, seconds=finding.SECONDS)
    hits = found.hits[:limit]
    places = [Place(hit.id) for hit in hits]
    if len(found.hits) > limit:
        return _Stop(hits, places, places[-1], None)
    if found.is_cut:
        return _Stop(hits, places, Place(found.floor), found.floor)
    return _Stop(hits, places, None, None)


def _best(
    wanted: Query, narrowed: Narrowed, within: Bounds, place: Place | None, limit: int
) -> _Stop:
    """Rank the newest hits. Once a reader has seen these, the next older ones are ranked."""
    bottom = within.above + 1
    moment, seconds = int(time.time()), finding.SECONDS
    is_begun = place is not None and place.moment > 0
    if place is not None and is_begun:
        # The same hits as before, however long they take now.
        within = Bounds(max(within.above, place.floor - 1), within.below)
        moment, seconds = place.moment, math.inf
    found = finding.find(wanted, narrowed, within, most=ranking.MOST, seconds=seconds)
    ranked = ranking.ranked(wanted, found.hits, moment=moment)
    if place is not None and is_begun:
        ranked = [one for one in ranked if one[:2] < (place.score, place.id)]
    page = ranked[:limit]
    places = [Place(within.below, found.floor, moment, one.score, one.id) for one in page]
    go_on = Place(found.floor) if found.floor > bottom else None
    if len(ranked) > limit:
        go_on = places[-1]
    return _Stop([one.hit for one in page], places, go_on, found.floor if found.is_cut else None)


# -- what is found -----------------------------------------------------------------------------


def _page(actor: User, wanted: Query, narrowed: Narrowed, stop: _Stop) -> Results:
    """Read the hits as they are shown, as many as fit into a reply. What was changed or can't be
    read any more by then is left out."""
    ids = [hit.id for hit in stop.hits]
    messages = {one.pk: one for one in Message.objects.whole().filter(pk__in=ids)}
    readable = {one.id: one.body for one in rows.among(narrowed, ids)}
    shown = [messages[pk] for pk in ids if pk in messages and readable.get(pk) == messages[pk].body]
    hits, is_whole = _drawn(actor, wanted, narrowed, shown)
    places = dict(zip(ids, stop.places, strict=True))
    go_on = stop.next if is_whole else places[hits[-1].message.pk]
    return Results(
        hits=hits,
        next=go_on.sealed() if go_on else None,
        searched_to=_moment(stop.floor) if is_whole and stop.floor else None,
        rooms=[*{hit.room.slug: hit.room for hit in hits}.values()],
        people=serializers.named(hit.message for hit in hits),
        unknown=wanted.unknown,
    )


def _drawn(
    actor: User, wanted: Query, narrowed: Narrowed, messages: Sequence[Message]
) -> tuple[list[Hit], bool]:
    """Encode messages as their reader sees them, as many as fit, and say whether all do."""
    for load in (tallies.load, uploads.load, previews.load, rendering.freshen, naming.load):
        load(messages)
    rooms = _rooms(actor, narrowed, {one.room_id for one in messages})
    shapes_of = [serializers.message(one) for one in messages]
    reacted = [one.pk for one, shape in zip(messages, shapes_of, strict=True) if shape.reactions]
    own = tallies.own(actor.pk, reacted) if reacted else {}
    hits: list[Hit] = []
    size = 0
    for message, shape in zip(messages, shapes_of, strict=True):
        encoded = serializers.raw(serializers.to_asker(shape, actor, own.get(message.pk, ())))
        size += len(bytes(encoded))
        if hits and size > limits.PAGE_BYTES:
            return hits, False
        ranges = wanted.ranges(message.body) if wanted.terms else []
        hits.append(Hit(rooms[message.room_id], message, ranges, encoded))
    return hits, True


def _moment(floor: int) -> datetime | None:
    """Return the time of a message, rounded up to a minute: it may be one of a room that the reader
    doesn't know of."""
    written = bounds.written_at(floor)
    return written and written.replace(second=0, microsecond=0) + timedelta(minutes=1)


def _rooms(actor: User, narrowed: Narrowed, ids: Collection[int]) -> dict[int, shapes.LinkedRoom]:
    """Describe rooms, with their names as the actor sees them."""
    rooms = [room for room in narrowed.scope.rooms if room.id in ids]
    direct = [room.id for room in rooms if room.kind == Room.Kind.DIRECT]
    people = Membership.objects.people_by_room(direct) if direct else {}
    return {
        room.id: shapes.LinkedRoom(
            room.slug,
            serializers.title(room, actor.pk, people.get(room.id, ())),
            room.kind,  # type: ignore[arg-type]
        )
        for room in rooms
    }
