"""Fill a site with a few messages, index and search them, and look at every message for what should
have been found: `python -m tests.load.search.check N`, for a site of its own as in `fill`.

Prints one line of JSON: what came of the usual queries and of the worst, what was found wrongly,
and how much memory the worst took.
"""

import resource
import sys
from collections.abc import Iterable, Iterator
from itertools import groupby, islice
from operator import attrgetter
from zoneinfo import ZoneInfo

import msgspec

from tests.load.search import fill  # sets up Django
from tests.load.search.answers import Answer, Checked

# isort: split
from django.core.management import call_command

from rooms.models import User
from rooms.text.search.query import parse
from tests.load.search import ask
from tests.load.search.corpus import Corpus
from tests.load.search.kinds import queries
from tests.load.search.searchers import searchers
from tests.load.search.truth import Truth
from tests.load.search.worst import worst_queries

PAGE = 20
FEW, MANY, MOST = "five", "2,000", "5,000"  # rooms of those who search


def check(messages: int) -> Checked:
    fill.main(messages)
    call_command("search_index", verbosity=0, stdout=sys.stderr)
    usual = [*ask.answers([FEW, MANY], queries(Corpus()), 1, "newest")]
    before = peak()
    worst = [*ask.answers([MOST], worst_queries(), 1, "newest")]
    grown = peak() - before
    return Checked(usual, worst, [*mistakes(usual)], grown)


def mistakes(answers: Iterable[Answer]) -> Iterator[str]:
    """Compare the first page of each query with the truth."""
    utc = ZoneInfo("UTC")
    for key, those in groupby(answers, attrgetter("searcher")):
        truth = Truth(User.objects.get(username=f"person_{searchers(Corpus())[key].person}"))
        for one in those:
            hits = [*islice(truth.hits(parse(one.text, zone=utc)), PAGE)]
            if one.hits != (hits[: len(one.hits)] if one.cut else hits):
                yield f"{one.text!r} by {key} found {one.hits} and should have found {hits}"


def peak() -> float:
    """The most memory so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    sys.stdout.buffer.write(msgspec.json.encode(check(int(sys.argv[1]))))
