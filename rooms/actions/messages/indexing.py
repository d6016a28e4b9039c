"""Keep the index of the search: add what was posted, beside everything else, and replace what was
changed, in the transaction that changes it.

A post writes nothing for it. It is found at once, since a search looks directly at what isn't
indexed yet; `expect` only says where there is something to do.
"""

import logging
import time
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import connection, transaction
from django.db.models import Max

from rooms.models import Message
from rooms.queries.search import entries, frequencies, index, progress, sweeping
from rooms.queries.search.entries import Entry, Stretch

logger = logging.getLogger(__name__)

BATCH = 400  # messages in one transaction, so that people can post in between: about 5 ms
SLICE = 20  # messages whose grams are made in one go: other threads of the process wait for it
WAIT_SECONDS = 1.0
PAUSE_SECONDS = 0.02  # between the steps of a sweep, so that others can write and compute
LONGEST_PAUSE = 0.5  # seconds
REST = 3  # times as long as a step, for others
COUNT_CHUNK = 500  # messages
COUNT_AGAIN = 0.02  # of a full sample are new: otherwise nothing has changed

_expected: set[int] = set()  # rooms in which this process has posted


def expect(room_ids: Iterable[int]) -> None:
    """Note that these rooms have new messages, once the transaction is committed."""
    rooms = {*room_ids}
    transaction.on_commit(lambda: _expected.update(rooms))


def take_expected() -> set[int]:
    """Return the rooms that were noted since the last time. Others may be noted meanwhile."""
    rooms = set()
    while _expected:
        rooms.add(_expected.pop())
    return rooms


# -- what is new -----------------------------------------------------------------------------


def pending(room_ids: Collection[int] | None = None) -> list[Stretch]:
    """Return what there is to index of these rooms, or of all: of some hundred rooms at a time.
    Empty if there is nothing to do, or other processes do it."""
    return progress.pending(room_ids)


def unfinished(room_ids: Collection[int]) -> set[int]:
    """Return those of these rooms in which something isn't indexed yet, whoever does it."""
    return {one.room_id for one in progress.unindexed(room_ids)}


def parts(stretches: Iterable[Stretch]) -> Iterator[list[Stretch]]:
    """Cut stretches into what is done in one step each."""
    part: list[Stretch] = []
    room = BATCH
    for one in stretches:
        while one.size:
            part.append(one._replace(last=min(one.last, one.after + room)))
            room -= part[-1].size
            one = one._replace(after=part[-1].last)
            if not room:
                yield part
                part, room = [], BATCH
    if part:
        yield part


def step(stretches: Sequence[Stretch]) -> set[int]:
    """Index the messages of these stretches. Returns the rooms in which that was done; in the
    others, another process was first.

    Grams are made before the transaction begins, so that posts don't wait for it.
    """
    read = entries.read(stretches)
    grams = _grams_of(read)
    with transaction.atomic():
        done = progress.advance(stretches)
        if connection.vendor == "sqlite":
            # Nobody else can write now: what was changed since it was read is made again. On
            # PostgreSQL whoever changes a message writes it to the index by themselves.
            read = entries.read([one for one in stretches if one.room_id in done])
        chosen = [one for one in read if one.room_id in done]
        made = [grams[one] if one in grams else one.grams() for one in chosen]
        index().write(chosen, made)
    return done


def settle() -> None:
    """Make what was indexed quick to search, after some steps."""
    index().settle()


def _grams_of(read: Sequence[Entry]) -> dict[Entry, set[str]]:
    made = {}
    for number, one in enumerate(read):
        made[one] = one.grams()
        if number % SLICE == 0:
            time.sleep(0)  # lets another thread of the process go on
    return made


def catch_up(seconds: float = WAIT_SECONDS) -> Iterator[int]:
    """Index all that there is by now; yield how many messages each step added. Of a room that
    another process is at, wait for it, looking every so many seconds."""
    goal = {one.room_id: one.last for one in progress.unindexed()}
    while goal:
        stretches = progress.pending(goal)
        for part in parts(stretches):
            done = step(part)
            yield sum(one.size for one in part if one.room_id in done)
        settle()
        # What is written meanwhile is for others: on a busy site there would be no end.
        left = {one.room_id: one.after for one in progress.unindexed(goal)}
        goal = {pk: last for pk, last in goal.items() if left.get(pk, last) < last}
        if goal and not stretches:
            time.sleep(seconds)


def renew_version() -> None:
    """Begin anew if the index has grams of an older version, which can't be deleted from it any
    more. The other database replaces them one by one."""
    if connection.vendor == "sqlite" and progress.is_outdated():
        begin_anew()


def begin_anew() -> None:
    """Forget the index. What isn't indexed yet is looked at directly, so that searches go on, only
    more slowly."""
    with transaction.atomic():
        index().empty()


# -- what is changed -------------------------------------------------------------------------


def changed(messages: Iterable[Message], *, bodies: Mapping[int, str] | None = None) -> None:
    """Index what messages say now. In the transaction that changes them, after that, under the
    locks of their rooms. `bodies` are the former ones by the messages' ids, where they differ."""
    now = entries.of(messages)
    if now:
        before = bodies or {}
        index().rewrite(now, [before.get(one.id, one.body) for one in now])


def changed_files(message_ids: Collection[int]) -> None:
    """Index messages whose files are called or described otherwise, or are gone."""
    if message_ids:
        changed(Message.objects.filter(pk__in=message_ids))


def sweep() -> None:
    """Take what was erased out of the index's files. Takes seconds, with pauses."""
    if connection.in_atomic_block or not sweeping.begin():
        return
    recount()
    began = time.monotonic()
    for _step in index().sweep():
        rest_after(time.monotonic() - began)
        began = time.monotonic()
    sweeping.end()


def rest_after(seconds: float) -> None:
    """Let others write for longer than a step took, which had SQLite's one lock: who waits for that
    only looks for it now and then, and would hardly ever meet it free."""
    time.sleep(min(LONGEST_PAUSE, max(PAUSE_SECONDS, REST * seconds)))


# -- frequencies -----------------------------------------------------------------------------


@dataclass(slots=True)
class Count:
    """A count of the newest messages under way."""

    newest: int
    below: int
    counts: Counter[str] = field(default_factory=Counter)
    counted: int = 0


def count() -> None:
    """Count the grams of the newest messages. Takes a second of processor time."""
    begun = begin_count()
    while begun is not None and go_on_counting(begun):
        pass


def recount() -> None:
    """Count them even if little is new: the last count may know grams of what was erased."""
    begun = _from_the_newest()
    while go_on_counting(begun):
        time.sleep(PAUSE_SECONDS)


def begin_count() -> Count | None:
    """Begin to count grams; None if little is new since the last time."""
    begun = _from_the_newest()
    last = frequencies.newest_counted()
    if begun.newest - last < max(1, COUNT_AGAIN * min(frequencies.SAMPLE, last)):
        return None
    return begun


def _from_the_newest() -> Count:
    newest = Message.objects.aggregate(newest=Max("pk"))["newest"] or 0
    return Count(newest, newest + 1)


def go_on_counting(begun: Count) -> bool:
    """Count some more messages. Returns whether there is more to count; at the end, the result is
    stored."""
    rows = Message.objects.filter(pk__lt=begun.below).order_by("-pk")[:COUNT_CHUNK]
    chunk = entries.of(rows.only("room_id", "number", "author_id", "body", "attached"))
    begun.counts += frequencies.count(chunk)
    begun.counted += len(chunk)
    if len(chunk) == COUNT_CHUNK and begun.counted < frequencies.SAMPLE:
        begun.below = chunk[-1].id
        return True
    if begun.newest:
        frequencies.store(begun.counts, counted=begun.counted, newest=begun.newest)
    return False
