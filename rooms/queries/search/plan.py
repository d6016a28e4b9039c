"""The cheapest way to the next hits."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from math import prod
from typing import NamedTuple

from django.db import connection

from rooms.queries.search import index, walks
from rooms.queries.search.bounds import Bounds
from rooms.queries.search.filters import Narrowed
from rooms.queries.search.tail import Tail
from rooms.queries.search.walks import Way
from rooms.storage.sql import select
from rooms.text.search.grams import CODE, FILE, IMAGE, LINK
from rooms.text.search.query import Query

# In microseconds, measured with a million messages.
READ = 6.0  # a candidate: to read it, check it and compare its text
PASS = 3.0  # any message of the site, where all are read
NAME = 0.4  # the id of a message in a room, or by an author
COMPARE = 0.2  # a message in the index that has one of the grams
FIND = 2.5  # one that has them all, and its room
BEGIN = 100.0  # to ask the index

LITTLE = 3000  # messages, which take 10 ms to look at
MOST_NAMED = 20_000  # ids of rooms that are read at once
MOST_GRAMS = 6  # the rarest: more find hardly fewer, and cost as much
ENOUGH = 1e-7  # how rare grams are together, so that another one wouldn't help
LIKELY = 0.1  # of what the rarest gram finds, at least so much has the others, too
FILTERED = 0.05  # of the messages meet filters whose frequency nobody knows
STRIDE = 1 << 19  # ids for which FTS5 is asked at once: up to 50 ms
MOST_ROOMS = 0.7  # in rooms with more of all messages, the index needn't look at rooms

_MARKS = {"link": LINK, "file": FILE, "image": IMAGE, "code": CODE}


@dataclass(frozen=True, slots=True)
class Task:
    """What to find, and what it would take.

    `grams` are those that the index is asked for; `rarest` is how frequent the rarest of them is,
    `frequency` how frequent all of them are together. `visible` messages are in the rooms, which is
    this `share` of all; of those, `enough` must be looked at until there are as many hits as are
    wanted.
    """

    narrowed: Narrowed
    bounds: Bounds
    tail: Tail
    grams: Sequence[str]
    rarest: float
    frequency: float
    visible: int
    share: float
    enough: float

    @classmethod
    def of(
        cls, query: Query, narrowed: Narrowed, bounds: Bounds, *, visible: int, limit: int
    ) -> "Task":
        """`limit` is how many hits are wanted."""
        grams, rarest, all_of_them = _chosen(query.grams() | _marks(query))
        tail = Tail.of(narrowed.scope) if grams else Tail(())
        matching = all_of_them * (FILTERED if narrowed.is_filtered else 1.0)
        share = min(1.0, max(visible, 1) / max(bounds.below, 1))
        enough = limit / max(matching, 1e-9)
        return cls(
            *(narrowed, bounds, tail, grams, rarest, all_of_them, visible, share, enough),
        )


class Choice(NamedTuple):
    """A way, and its estimated cost in microseconds."""

    cost: float
    go: Callable[[], Way]


def way_to(query: Query, narrowed: Narrowed, bounds: Bounds, *, limit: int) -> Way:
    """Return the cheapest way to so many hits. Where little may be read, it is always the same one,
    so that how long it takes says nothing of what is written elsewhere."""
    visible = narrowed.scope.unread if narrowed.unread else narrowed.scope.size
    if visible <= LITTLE:
        return walks.by_rooms(narrowed, bounds)
    task = Task.of(query, narrowed, bounds, visible=visible, limit=limit)
    return min(_choices(task), key=lambda choice: choice.cost).go()


def _choices(task: Task) -> Iterator[Choice]:
    bounds, narrowed, rooms = task.bounds, task.narrowed, task.narrowed.scope.rooms
    written = _written(narrowed.authors or ())
    part = min(1.0, max(written, 1) / max(bounds.below, 1)) if narrowed.authors else 1.0
    passed = min(bounds.size, task.enough / task.share / part)
    yield Choice(passed * PASS, partial(walks.everything, bounds))
    looked_at = min(task.visible, task.enough / part)
    if task.visible <= MOST_NAMED:
        cost = task.visible * NAME + looked_at * READ
        yield Choice(cost, partial(walks.by_rooms, narrowed, bounds))
    if len(rooms) == 1 and not narrowed.unread:
        yield Choice(looked_at * (READ + NAME), partial(walks.by_room, rooms[0], bounds))
    if narrowed.authors:
        cost = min(written, task.enough / task.share) * (READ + NAME)
        yield Choice(cost, partial(walks.by_authors, narrowed.authors, bounds))
    if task.grams and task.tail.is_short:
        cost = BEGIN + _cost_of_index(task, passed) + task.tail.size * READ
        yield Choice(cost, partial(_indexed, task))


def _cost_of_index(task: Task, passed: float) -> float:
    """What it costs to ask the index until so many messages of the site are `passed`. PostgreSQL's
    finds all of a range at once, of which half isn't needed."""
    passed = min(task.bounds.size, 2 * passed) if connection.vendor == "postgresql" else passed
    return passed * (task.rarest * len(task.grams) * COMPARE + task.frequency * FIND)


def _indexed(task: Task) -> Way:
    narrowed, bounds = task.narrowed, task.bounds
    authors = narrowed.authors or ()
    rooms = narrowed.scope.ids if task.share < MOST_ROOMS else None
    author = authors[0] if len(authors) == 1 else None

    def ask(part: Bounds) -> Iterator[int]:
        return index().candidates(
            task.grams, below=part.below, above=part.above, rooms=rooms, author=author
        )

    # PostgreSQL's goes on in ranges by itself.
    stride = bounds.below if connection.vendor == "postgresql" else STRIDE
    return walks.by_index(ask, task.tail.ids(bounds), bounds, stride=stride)


def _marks(query: Query) -> set[str]:
    """Return the grams of what messages must have besides words."""
    wanted = {str(one.value) for one in query.filters if one.name == "has" and not one.negated}
    return {gram for name, gram in _MARKS.items() if name in wanted}


def _chosen(grams: Collection[str]) -> tuple[list[str], float, float]:
    """Choose the grams to ask for, the rarest first; return them with how frequent the rarest one
    is, and all of them together, which never meet by chance only."""
    frequency = index().frequency
    known = sorted((frequency(gram), gram) for gram in grams)
    if not known:
        return [], 1.0, 1.0
    chosen = 2
    while chosen < min(len(known), MOST_GRAMS) and prod(f for f, _ in known[:chosen]) > ENOUGH:
        chosen += 1
    known, rarest = known[:chosen], known[0][0]
    return [gram for _f, gram in known], rarest, max(prod(f for f, _ in known), rarest * LIKELY)


def _written(authors: Iterable[int]) -> int:
    """Count what these people have written, as far as it matters. Uses index: message_author."""
    return sum(
        select(
            "SELECT COUNT(*) FROM (SELECT 1 FROM rooms_message WHERE author_id = %s"  # noqa: S608  a number of ours
            f" LIMIT {MOST_NAMED}) w",
            [author],
        )[0][0]
        for author in authors
    )
