"""Who searches: people who are in few rooms, in many, in all of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from tests.load.search.corpus import Corpus
from tests.load.search.languages import SEED

FIRST = 1900  # of them; the loudest person is 0
SILENT_ROOMS = 3000  # beside those of the corpus, each with a single message


@dataclass(frozen=True)
class Searcher:
    """One of the corpus's people, who hasn't written much."""

    key: str
    person: int
    rooms: Sequence[int]


def searchers(corpus: Corpus) -> dict[str, Searcher]:
    rng = Random(SEED)
    count = corpus.rooms
    rooms: dict[str, Sequence[int]] = {
        "five": [round(count * share) for share in (0.002, 0.01, 0.03, 0.1, 0.3)],
        "five quiet": range(count - 5, count),
        "200": sorted(rng.sample(range(count), count // 10)),
        "2,000": range(count),
        "5,000": range(count + SILENT_ROOMS),
        "Chinese": corpus.rooms_in("chinese"),
        "none": [],
    }
    return {
        key: Searcher(key, FIRST + index, those) for index, (key, those) in enumerate(rooms.items())
    }
