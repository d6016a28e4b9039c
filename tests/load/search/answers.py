"""What came of a search, and tables of many."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter

import msgspec

SLOWEST = 10
SHOWN = 50  # characters of a query


class Answer(msgspec.Struct, frozen=True):
    """`hits` are ids of messages (through a socket, numbers), the first page of them; `cut` if it
    was ended before all was searched. Seconds."""

    searcher: str
    kind: str
    text: str
    hits: list[int]
    cut: bool
    wall: float
    processor: float


class Checked(msgspec.Struct, frozen=True):
    """What came of the usual queries and of the worst, what was `wrong` as sentences, and by how
    many MiB the process has `grown` with the worst."""

    usual: list[Answer]
    worst: list[Answer]
    wrong: list[str]
    grown: float


def read(lines: bytes) -> list[Answer]:
    return [msgspec.json.decode(line, type=Answer) for line in lines.splitlines()]


def percentile(values: Iterable[float], share: float) -> float:
    """The value that this share of them doesn't exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def table(answers: Sequence[Answer]) -> str:
    """Milliseconds by kind, by searcher, and of all."""
    rows = [
        *_rows(answers, "kind"),
        *_rows(answers, "searcher"),
        _row("**all**", answers),
    ]
    head = "| | count | p50 | p95 | p99 | max | CPU p50 | CPU p95 | CPU max | hits | cut off |"
    return "\n".join([head, f"|---|{'--:|' * 10}", *rows])


def slowest(answers: Iterable[Answer]) -> str:
    worst = sorted(answers, key=attrgetter("wall"), reverse=True)[:SLOWEST]
    return "\n".join(
        f"{one.wall * 1000:.1f} ms (CPU {one.processor * 1000:.1f}): {one.text[:SHOWN]!r} "
        f"by {one.searcher}, {len(one.hits)} hits{', cut off' if one.cut else ''}"
        for one in worst
    )


def _rows(answers: Iterable[Answer], field: str) -> Iterator[str]:
    name = attrgetter(field)
    order = {key: index for index, key in enumerate(dict.fromkeys(map(name, answers)))}
    for key, group in groupby(sorted(answers, key=lambda one: order[name(one)]), name):
        yield _row(key, [*group])


def _row(name: str, answers: Sequence[Answer]) -> str:
    walls, processors = ([one.wall for one in answers], [one.processor for one in answers])
    cells = [
        *(percentile(walls, share) * 1000 for share in (0.5, 0.95, 0.99, 1)),
        *(percentile(processors, share) * 1000 for share in (0.5, 0.95, 1)),
        sum(len(one.hits) for one in answers) / len(answers),
    ]
    cut = sum(one.cut for one in answers)
    shown = " | ".join(f"{cell:.1f}" for cell in cells)
    return f"| {name} | {len(answers)} | {shown} | {cut} |"
