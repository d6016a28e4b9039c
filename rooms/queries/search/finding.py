"""The messages that a search finds, the newest first, as far as the time allows."""

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice

from rooms.queries.search import rows
from rooms.queries.search.bounds import Bounds
from rooms.queries.search.filters import Narrowed
from rooms.queries.search.plan import way_to
from rooms.queries.search.rows import Candidate
from rooms.text.search.query import Query

SECONDS = 0.1  # of a search: longer, and its reader is told how far it came


@dataclass(frozen=True, slots=True)
class Found:
    """Hits, newest first. All messages with ids of at least `floor` were looked at; `is_cut` says
    that the time ran out there."""

    hits: list[Candidate]
    floor: int
    is_cut: bool


def find(query: Query, narrowed: Narrowed, bounds: Bounds, *, most: int, seconds: float) -> Found:
    """Return the newest hits within the bounds: as many as are asked for, or as are found in
    this time. At least one step is made, so that going on gets on."""
    end = time.monotonic() + seconds
    hits: list[Candidate] = []
    below = bounds.below
    with closing(way_to(query, narrowed, bounds, limit=most)) as way:
        for step in way:
            if step.ids is None:
                candidates = rows.between(narrowed, above=step.floor - 1, below=below)
            else:
                candidates = rows.among(narrowed, step.ids)
            below = step.floor
            hits += islice(_matching(query, candidates), most - len(hits))
            if len(hits) == most:
                return Found(hits, hits[-1].id, is_cut=False)
            if time.monotonic() > end and below > bounds.above + 1:
                return Found(hits, below, is_cut=True)
    return Found(hits, bounds.above + 1, is_cut=False)


def _matching(query: Query, candidates: list[Candidate]) -> Iterator[Candidate]:
    if not query.terms and not query.excluded:
        yield from candidates
        return
    yield from (one for one in candidates if query.matches(one.folded))
