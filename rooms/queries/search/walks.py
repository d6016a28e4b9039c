"""The ways to candidates: each names messages that may match, the newest first."""

import heapq
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from rooms.queries.search.bounds import Bounds
from rooms.queries.search.filters import Narrowed
from rooms.queries.search.scope import SeenRoom
from rooms.storage.sql import marks, select

SHORTEST, LONGEST = 250, 2000  # ids that one statement looks at: up to 10 ms
FIRST_BATCH, LARGEST_BATCH = 40, 320  # candidates that one statement reads
ROOMS = 500  # in one statement
FEWEST = 1000  # ids by one author, in the first statement; then twice as many
WRITTEN_APART = 500  # messages of one author that may be stored out of the order of their times


class Step(NamedTuple):
    """A part of the way: the candidates with ids of at least `floor` that no step before had. They
    are listed or, with None, all messages that there are."""

    ids: Sequence[int] | None
    floor: int


Way = Generator[Step, None, None]
Ask = Callable[[Bounds], Iterator[int]]  # an index for candidates, the newest first


def everything(bounds: Bounds) -> Way:
    """Walk through all messages of the site."""
    top, length = bounds.below, SHORTEST
    while top > bounds.above + 1:
        top = max(bounds.above + 1, top - length)
        yield Step(None, top)
        length = min(2 * length, LONGEST)


def by_rooms(narrowed: Narrowed, bounds: Bounds) -> Way:
    """Walk through all messages of some rooms, or what their reader hasn't read of them. Their ids
    are read at once. Uses index: message_room_number."""
    rooms = [room.id for room in narrowed.scope.rooms]
    ids: list[int] = []
    for start in range(0, len(rooms), ROOMS):
        ids += _ids_in(narrowed, rooms[start : start + ROOMS])
    # Not by the database, which might take the ids' own index and read what is in other rooms.
    within = (pk for pk in sorted(ids, reverse=True) if bounds.above < pk < bounds.below)
    return _in_batches(within, bounds)


def _ids_in(narrowed: Narrowed, rooms: Sequence[int]) -> list[int]:
    if narrowed.unread:
        sql = (
            "SELECT m.id FROM rooms_membership s CROSS JOIN rooms_message m"  # noqa: S608  only marks are added
            f" WHERE s.room_id IN ({marks(rooms)}) AND s.user_id = %s"
            " AND m.room_id = s.room_id AND m.number > s.read_number"
        )
        return [pk for (pk,) in select(sql, [*rooms, narrowed.scope.user_id])]
    sql = f"SELECT m.id FROM rooms_message m WHERE m.room_id IN ({marks(rooms)})"  # noqa: S608  only marks are added
    return [pk for (pk,) in select(sql, rooms)]


def by_room(room: SeenRoom, bounds: Bounds) -> Way:
    """Walk through the messages of one room: in the order of their numbers, which is that of their
    ids. Uses index: message_room_number."""
    return _in_batches(_numbered(room, bounds), bounds)


def _numbered(room: SeenRoom, bounds: Bounds) -> Iterator[int]:
    number, size = room.last_number + 1, FIRST_BATCH
    while number > 1:
        low = max(1, number - size)
        rows = select(
            "SELECT id FROM rooms_message WHERE room_id = %s AND number >= %s AND number < %s"
            " ORDER BY number DESC",
            [room.id, low, number],
        )
        yield from (pk for (pk,) in rows if bounds.above < pk < bounds.below)
        if rows and rows[-1][0] <= bounds.above:
            return
        number, size = low, min(2 * size, 5000)


def by_authors(authors: Sequence[int], bounds: Bounds) -> Way:
    """Walk through what some people have written, by its times, which are nearly in the order of
    ids. Uses index: message_author."""
    rows = heapq.merge(*(_written(author, bounds) for author in authors), reverse=True)
    return _in_batches(rows, bounds)


def _written(author: int, bounds: Bounds) -> Iterator[int]:
    """Yield ids in order: each is held back until so many later ones are known."""
    held: list[int] = []
    for pk in _by_time(author):
        if not bounds.above < pk < bounds.below:
            continue
        heapq.heappush(held, -pk)
        if len(held) > WRITTEN_APART:
            yield -heapq.heappop(held)
    while held:
        yield -heapq.heappop(held)


def _by_time(author: int) -> Iterator[int]:
    last: int | None = None
    size = FEWEST
    while True:
        # As a subquery: to read the times takes longer than to read the ids.
        earlier = (
            ""
            if last is None
            else " AND (created_at, id) < (SELECT l.created_at, l.id FROM rooms_message l"
            " WHERE l.id = %s)"
        )
        rows = select(
            f"SELECT id FROM rooms_message WHERE author_id = %s{earlier}"  # noqa: S608  only marks are added
            f" ORDER BY created_at DESC, id DESC LIMIT {size}",
            [author] if last is None else [author, last],
        )
        yield from (pk for (pk,) in rows)
        if len(rows) < size:
            return
        last, size = rows[-1][0], 2 * size


def by_index(ask: Ask, tail: Sequence[int], bounds: Bounds, *, stride: int) -> Way:
    """Walk through what an index names, and the `tail` that it doesn't know yet. It is asked for so
    many ids at a time: it may take long to find nothing, and time is looked at between steps."""
    below = bounds.below
    while below > bounds.above + 1:
        part = Bounds(max(bounds.above, below - stride - 1), below)
        ends = [pk for pk in tail if part.above < pk < part.below]
        yield from _named(ask(part), ends, part)
        below = part.above + 1


def _named(candidates: Iterator[int], tail: Sequence[int], bounds: Bounds) -> Way:
    try:
        yield from _in_batches(_once(heapq.merge(candidates, tail, reverse=True)), bounds)
    finally:
        if isinstance(candidates, Generator):  # it may be reading
            candidates.close()


def _once(ids: Iterable[int]) -> Iterator[int]:
    last = None
    for pk in ids:
        if pk != last:
            yield pk
        last = pk


def _in_batches(ids: Iterator[int], bounds: Bounds) -> Way:
    size = FIRST_BATCH
    while batch := [*islice(ids, size)]:
        yield Step(batch, batch[-1])
        size = min(2 * size, LARGEST_BATCH)
    yield Step([], bounds.above + 1)
