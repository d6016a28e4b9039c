"""Ask every query as every searcher, within a process of the site that `fill` has filled:
`python -m tests.load.search.ask`.

Prints one line of JSON for each answer.
"""

import argparse
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import django
import msgspec

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")
django.setup()

from django.db import connection  # noqa: E402  it needs the settings

from rooms.actions.messages.search import Order, search  # noqa: E402
from rooms.errors import ChatError  # noqa: E402
from rooms.models import User  # noqa: E402
from tests.load.search.answers import Answer  # noqa: E402
from tests.load.search.corpus import Corpus  # noqa: E402
from tests.load.search.kinds import Query, queries  # noqa: E402
from tests.load.search.searchers import searchers  # noqa: E402
from tests.load.search.worst import worst_queries  # noqa: E402

MEASURED = ("five", "five quiet", "200", "2,000")
NANO = 1e-9


class Stopwatch:
    """Wall time and processor time, that of the database's own process included."""

    def __init__(self) -> None:
        connection.ensure_connection()
        self._schedule: Path | None = None
        if connection.vendor == "postgresql":
            self._schedule = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat")

    def read(self) -> tuple[float, float]:
        """Seconds of both kinds, since some moment."""
        processor = time.process_time()
        if self._schedule is not None:
            processor += int(self._schedule.read_text().split()[0]) * NANO
        return time.perf_counter(), processor


def answers(keys: list[str], asked: list[Query], tries: int, order: Order) -> Iterator[Answer]:
    watch = Stopwatch()
    for key in keys:
        person = searchers(Corpus())[key].person
        actor = User.objects.get(username=f"person_{person}")
        for query in asked:
            took = []
            for _ in range(tries):
                began = watch.read()
                hits, cut = ask(actor, query.text, order)
                took.append([now - then for now, then in zip(watch.read(), began, strict=True)])
            wall, processor = map(min, zip(*took, strict=True))
            yield Answer(key, query.kind, query.text, hits, cut, wall, processor)


def ask(actor: User, text: str, order: Order) -> tuple[list[int], bool]:
    """The ids of the hits, and whether it was cut off."""
    try:
        found = search(actor=actor, query=text, order=order)
    except ChatError:
        return [], False
    return [hit.message.pk for hit in found.hits], found.searched_to is not None


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.load.search.ask", description=__doc__)
    parser.add_argument("searchers", nargs="*", default=MEASURED, help="(default: %(default)s)")
    parser.add_argument("--tries", type=int, default=3, help="the best counts (%(default)s)")
    parser.add_argument("--order", default="newest", help="newest or best (%(default)s)")
    parser.add_argument("--worst", action="store_true", help="those made up to be slow")
    chosen = parser.parse_args()
    asked = worst_queries() if chosen.worst else queries(Corpus())
    for answer in answers([*chosen.searchers], asked, chosen.tries, chosen.order):
        sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
