"""The best hits first: by how words occur, and how old a message is."""

from collections.abc import Sequence
from typing import NamedTuple

from rooms.models import Message
from rooms.queries.search.rows import Candidate
from rooms.text.search.query import Query
from rooms.text.search.scores import score

MOST = 500  # hits that are compared: those after them are older
HALF_LIFE = 180 * 86_400.0  # seconds after which a message counts half as much


class Ranked(NamedTuple):
    """A hit with its score. Tuples of the first two are in the order of the ranking."""

    score: float
    id: int
    hit: Candidate


def ranked(query: Query, hits: Sequence[Candidate], *, moment: int) -> list[Ranked]:
    """Return hits in the order of their scores as of a moment (in seconds), the best first; of two
    that are equal, the newer one."""
    ids = [hit.id for hit in hits]
    times = dict(Message.objects.filter(pk__in=ids).values_list("pk", "created_at"))
    found = [
        Ranked(
            score(query, hit.folded) * 0.5 ** ((moment - times[hit.id].timestamp()) / HALF_LIFE),
            hit.id,
            hit,
        )
        for hit in hits
        if hit.id in times
    ]
    return sorted(found, key=lambda one: one[:2], reverse=True)
