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
READ = 3.0  # a candidate: to read it, check it and compare its text
NAME = 0.4  # the id of a message in a room, or by an author
FIND = 1.5  # a candidate in the index
BEGIN = 100.0  # to ask the index

LITTLE = 3000  # messages, which take 10 ms to look at
MOST_NAMED = 20_000  # ids of rooms that are read at once
MOST_GRAMS = 6  # the rarest: more find hardly fewer, and cost as much
ENOUGH = 1e-7  # how rare grams are together, so that another one wouldn't help
LIKELY = 0.1  # of what the rarest gram finds, at least so much has the others, too
FILTERED = 0.05  # of the messages meet filters whose frequency nobody knows
MOST_ROOMS = 0.7  # in rooms with more of all messages, the index needn't look at rooms

_MARKS = {"link": LINK, "file": FILE, "image": IMAGE, "code": CODE}


@dataclass(frozen=True, slots=True)
class Task:
    """What to find, and what it would take.

    `grams` are those that the index is asked for, and `rarest` is how frequent the rarest of them
    is. `visible` messages are in the rooms, which is this `share` of all; of those, `enough` must
    be looked at until there are as many hits as are wanted.
    """

    narrowed: Narrowed
    bounds: Bounds
    tail: Tail
    grams: Sequence[str]
    rarest: float
    visible: int
    share: float
    enough: float

    @classmethod
    def of(
        cls, query: Query, narrowed: Narrowed, bounds: Bounds, tail: Tail, *, limit: int
    ) -> "Task":
        """`limit` is how many hits are wanted."""
        grams, rarest, all_of_them = _chosen(query.grams() | _marks(query))
        visible = narrowed.scope.unread if narrowed.unread else narrowed.scope.size
        frequency = all_of_them * (FILTERED if narrowed.is_filtered else 1.0)
        share = min(1.0, max(visible, 1) / max(bounds.below, 1))
        enough = limit / max(frequency, 1e-9)
        return cls(narrowed, bounds, tail, grams, rarest, visible, share, enough)


class Choice(NamedTuple):
    """A way, and its estimated cost in microseconds."""

    cost: float
    go: Callable[[], Way]


def way_of(task: Task) -> Way:
    """Return the cheapest way. Where little may be read, it is always the same one, so that how
    long it takes says nothing of what is written elsewhere."""
    if task.visible <= LITTLE:
        return walks.by_rooms(task.narrowed, task.bounds)
    return min(_choices(task), key=lambda choice: choice.cost).go()


def _choices(task: Task) -> Iterator[Choice]:
    bounds, narrowed, rooms = task.bounds, task.narrowed, task.narrowed.scope.rooms
    walked = min(bounds.size, task.enough / task.share)
    yield Choice(walked * READ, partial(walks.everything, bounds))
    looked_at = min(task.visible, task.enough)
    if task.visible <= MOST_NAMED:
        cost = task.visible * NAME + looked_at * READ
        yield Choice(cost, partial(walks.by_rooms, narrowed, bounds))
    if len(rooms) == 1 and not narrowed.unread:
        yield Choice(looked_at * (READ + NAME), partial(walks.by_room, rooms[0], bounds))
    written = 0
    if narrowed.authors:
        written = _written(narrowed.authors)
        cost = written * NAME + min(written, task.enough / task.share) * READ
        yield Choice(cost, partial(walks.by_authors, narrowed.authors, bounds))
    if task.grams and task.tail.is_short:
        yield Choice(_cost_of_index(task, written), partial(_indexed, task))


def _cost_of_index(task: Task, written: int) -> float:
    """`written` is how much the authors have written who are asked for, if any are."""
    found = task.bounds.size * task.rarest  # that have the rarest gram
    if connection.vendor == "postgresql":  # which finds all, or all of a range
        return BEGIN + found * LIKELY * FIND * 2 + task.tail.size * READ
    compared = found * (1 + 0.5 * len(task.grams))
    if not written:
        compared = min(compared, task.enough * FIND / task.share)
    return BEGIN + compared + task.tail.size * READ


def _indexed(task: Task) -> Way:
    narrowed, bounds = task.narrowed, task.bounds
    authors = narrowed.authors or ()
    candidates = index().candidates(
        task.grams,
        below=bounds.below,
        above=bounds.above,
        rooms=narrowed.scope.ids if task.share < MOST_ROOMS else None,
        author=authors[0] if len(authors) == 1 else None,
    )
    return walks.by_candidates(candidates, task.tail.ids(bounds), bounds)


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
