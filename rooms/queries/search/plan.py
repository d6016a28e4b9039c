"""The cheapest way to the next hits."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from rooms.queries.search import walks
from rooms.queries.search.bounds import Bounds
from rooms.queries.search.filters import Narrowed
from rooms.queries.search.walks import Way
from rooms.storage.sql import select

# In microseconds, measured with a million messages.
READ = 3.0  # a candidate: to read it, check it and compare its text
NAME = 0.4  # the id of a message in a room, or by an author
BEGIN = 100.0  # to ask the index

MOST_NAMED = 20_000  # ids of rooms that are read at once
FILTERED = 0.05  # of the messages meet filters whose frequency nobody knows


class Estimate(NamedTuple):
    """What a way would have to look at. `visible` messages are in the rooms, which is this `share`
    of all; of those, `enough` must be looked at until there are as many hits as are wanted."""

    visible: int
    share: float
    enough: float


class Choice(NamedTuple):
    cost: float
    go: Callable[[], Way]


def way_to(narrowed: Narrowed, bounds: Bounds, *, frequency: float, limit: int) -> Way:
    """Return the cheapest way to so many hits, where this part of all messages matches."""
    visible = narrowed.scope.unread if narrowed.unread else narrowed.scope.size
    share = min(1.0, max(visible, 1) / max(bounds.below, 1))
    estimate = Estimate(visible, share, limit / max(frequency, 1e-9))
    return min(_choices(narrowed, bounds, estimate), key=lambda choice: choice.cost).go()


def _choices(narrowed: Narrowed, bounds: Bounds, estimate: Estimate) -> Iterator[Choice]:
    visible, share, enough = estimate
    walked = min(bounds.size, enough / share)
    yield Choice(walked * READ, lambda: walks.everything(bounds))
    if visible <= MOST_NAMED:
        cost = visible * NAME + min(visible, enough) * READ
        yield Choice(cost, lambda: walks.by_rooms(narrowed, bounds))
    rooms = narrowed.scope.rooms
    if len(rooms) == 1 and not narrowed.unread:
        cost = min(visible, enough) * (READ + NAME)
        yield Choice(cost, lambda: walks.by_room(rooms[0], bounds))
    if narrowed.authors:
        authors = narrowed.authors
        written = _written(authors)
        cost = written * NAME + min(written, enough / share) * READ
        yield Choice(cost, lambda: walks.by_authors(authors, bounds))


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
