"""How frequent each gram is, by a count of the newest messages: the rarest ones find the fewest
candidates. A job counts from time to time; each process keeps what it read for a while."""

import time
from collections import Counter
from collections.abc import Iterable

import msgspec

from rooms.models import SearchIndex
from rooms.queries.search.entries import Entry

SAMPLE = 20_000  # messages
UNSEEN = 0.4  # messages of a sample that have a gram which isn't in it, on average
LEAST = 2  # messages of a sample in which a gram is worth being remembered
KEPT_SECONDS = 600.0

_UNREAD: tuple[float, dict[str, float], float] = (float("-inf"), {}, UNSEEN / SAMPLE)
_known = _UNREAD  # when it was read, the shares, and that of every other gram


def frequency(gram: str) -> float:
    """Return the share of messages that have a gram, from 0 to 1."""
    shares, rare = _read()
    return shares.get(gram, rare)


def count(entries: Iterable[Entry]) -> Counter[str]:
    """Count the messages that have each gram."""
    return Counter(gram for one in entries for gram in one.grams())


def store(counts: Counter[str], *, counted: int, newest: int) -> None:
    """Remember a count of so many messages, of which the newest has this id."""
    worth = {gram: number for gram, number in counts.items() if number >= LEAST}
    SearchIndex.objects.update_or_create(
        pk=1,
        defaults={
            "frequencies": msgspec.json.encode(worth).decode(),
            "counted": counted,
            "newest": newest,
        },
    )
    forget()


def newest_counted() -> int:
    """Return the id of the newest message that was counted; 0 if none was."""
    return SearchIndex.objects.filter(pk=1).values_list("newest", flat=True).first() or 0


def forget() -> None:
    """Read them again with the next search."""
    global _known
    _known = _UNREAD


def _read() -> tuple[dict[str, float], float]:
    global _known
    at, shares, rare = _known
    if time.monotonic() - at > KEPT_SECONDS:
        row = SearchIndex.objects.filter(pk=1).first()
        if row is not None and row.counted:
            counts = msgspec.json.decode(row.frequencies, type=dict[str, int])
            shares = {gram: number / row.counted for gram, number in counts.items()}
            rare = UNSEEN / row.counted
        _known = time.monotonic(), shares, rare
    return shares, rare
