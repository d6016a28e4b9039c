"""Queueing jobs, and claiming what is due: one statement each, by the database's clock.

A job is written in the transaction that wants it, so that neither is there without the other. It is
done at least once: a process may die between doing it and saying so. What a job of each kind does
when it is done twice, its handler says (`rooms/jobs/`).
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar

import msgspec
from django.db import connection, transaction
from django.db.models import F, Min
from django.db.models.functions import Greatest, Now
from django.utils import timezone

from rooms.fanout import hub
from rooms.fanout.envelopes import Envelope
from rooms.models import Job
from rooms.storage.sql import marks, straight

GROUP = "jobs"  # the runner of each process

BUNDLE = 100

_COLUMNS = "kind, key, arguments, due, created_at, attempts"
# A job that runs keeps its lease, and is done once more when it is finished.
_AGAIN = (
    "ON CONFLICT (kind, key) DO UPDATE SET arguments = excluded.arguments,"
    " again = (rooms_job.lease <> ''), attempts = 0, error = '', given_up_at = NULL,"
    " due = CASE WHEN rooms_job.lease = '' AND"
    " (rooms_job.due > excluded.due OR rooms_job.given_up_at IS NOT NULL)"
    " THEN excluded.due ELSE rooms_job.due END"
)


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """What a job is told; a subclass for each kind. Nothing secret: the row outlives it, also in
    backups."""

    kind: ClassVar[str]


@dataclass(frozen=True, slots=True)
class Claimed:
    """A job that this process may do until the lease ends."""

    id: int
    kind: str
    arguments: str  # a JSON array: the work
    attempts: int  # this one included
    lease: str


@dataclass(frozen=True, slots=True)
class Rest:
    """Work that was begun and has to be done again."""

    work: Work
    delay: float
    failures: int = 0


def enqueue(work: Work, *, key: str = "", delay: float = 0) -> None:
    """Have something done once this transaction is committed, `delay` seconds from now or later.

    Of several requests with one key, those that come before the job begins make one; without a
    key, each is a job of its own.
    """
    _insert([work], key=key, delay=delay)


def enqueue_many(works: Sequence[Work], *, delay: float = 0) -> None:
    """Like `enqueue`, for much work of one kind. What is queued together is claimed and finished
    together, BUNDLE at a time: a row for each would cost as much as the post that it is about."""
    for start in range(0, len(works), BUNDLE):
        _insert(works[start : start + BUNDLE], delay=delay)


def enqueue_each(works: Mapping[str, Work], *, delay: float = 0) -> None:
    """Like `enqueue` for each key and its work, all of one kind: a row for each."""
    if not works:
        return
    kind = next(iter(works.values())).kind
    now, zero = _moment(0)
    due, later = _moment(delay)
    rows = [
        [kind, key, msgspec.json.encode([works[key]]).decode(), later, zero]
        for key in sorted(works)  # in one order, so that two transactions never deadlock
    ]
    with transaction.atomic(savepoint=False), straight() as cursor:
        cursor.executemany(
            f"INSERT INTO rooms_job ({_COLUMNS}) VALUES (%s, %s, %s, {due}, {now}, 0) {_AGAIN}",  # noqa: S608
            rows,
        )
    transaction.on_commit(lambda: _wake(kind, delay))


def _insert(works: Sequence[Work], *, key: str = "", delay: float = 0, failures: int = 0) -> None:
    kind = works[0].kind
    now, zero = _moment(0)
    due, later = _moment(delay) if delay else (now, zero)
    told = msgspec.json.encode(works).decode()
    with transaction.atomic(savepoint=False), straight() as cursor:
        cursor.execute(
            f"INSERT INTO rooms_job ({_COLUMNS}) VALUES (%s, %s, %s, {due}, {now}, %s) {_AGAIN}",  # noqa: S608
            [kind, key or secrets.token_hex(8), told, later, zero, failures],
        )
    transaction.on_commit(lambda: _wake(kind, delay))


def ensure(work: Work, *, delay: float) -> None:
    """Queue a job that there is always one of, unless there is one."""
    now, zero = _moment(0)
    due, later = _moment(delay)
    with transaction.atomic(savepoint=False), straight() as cursor:
        cursor.execute(
            f"INSERT INTO rooms_job ({_COLUMNS}) VALUES (%s, %s, %s, {due}, {now}, 0)"  # noqa: S608
            " ON CONFLICT (kind, key) DO NOTHING",
            [work.kind, work.kind, msgspec.json.encode([work]).decode(), later, zero],
        )


def _wake(kind: str, delay: float) -> None:
    """Tell the runner of this process. The others look every few seconds: telling all of them for
    each job would make them ask the database for it at the same time."""
    here = hub.current()
    if here is not None:
        here.publish_here(Envelope(group=GROUP, order={"kind": kind, "in": delay}))


def claim(kind: str, *, most: int, seconds: float) -> list[Claimed]:
    """Take up to `most` jobs that are due, the oldest first, for this many seconds.
    Uses index: job_due."""
    now, zero = _moment(0)
    end, until = _moment(seconds)
    lease = secrets.token_hex(8)
    skip = "FOR UPDATE SKIP LOCKED" if connection.vendor == "postgresql" else ""
    with transaction.atomic(savepoint=False), straight() as cursor:
        cursor.execute(
            f"UPDATE rooms_job SET due = {end}, lease = %s, attempts = attempts + 1"  # noqa: S608
            " WHERE id IN (SELECT id FROM rooms_job WHERE given_up_at IS NULL AND kind = %s"
            f" AND due <= {now} ORDER BY due LIMIT %s {skip})"
            " RETURNING id, arguments, attempts",
            [until, lease, kind, zero, most],
        )
        rows = cursor.fetchall()
    return [Claimed(pk, kind, told, attempts, lease) for pk, told, attempts in sorted(rows)]


def turn(
    done: Sequence[Claimed], most: Mapping[str, int], *, seconds: float
) -> tuple[dict[str, list[Claimed]], dict[str, float]]:
    """Finish jobs and claim others, up to so many of each kind, in one transaction. Returns these,
    and the seconds until the next one for kinds of which all that are due were claimed."""
    with transaction.atomic():
        finish(done)
        taken = {kind: claim(kind, most=count, seconds=seconds) for kind, count in most.items()}
        through = [kind for kind, claimed in taken.items() if len(claimed) < most[kind]]
        return taken, due_in(through) if through else {}


def due_in(kinds: Sequence[str]) -> dict[str, float]:
    """Return the seconds until the next job of each of these kinds is due, 0 if one is now. Kinds
    without a job are left out. Uses index: job_due."""
    waiting = Job.objects.filter(given_up_at=None, kind__in=kinds)
    rows = waiting.values_list("kind").annotate(due=Min("due"), now=Now())
    return {kind: max(0.0, (due - now).total_seconds()) for kind, due, now in rows}


def renew(job: Claimed, *, seconds: float) -> bool:
    """Keep a job that takes long. False: another process has it by now."""
    return bool(_own(job).update(due=Now() + timedelta(seconds=seconds)))


def finish(jobs: Sequence[Claimed]) -> int:
    """Delete jobs that are done; return how many are wanted once more."""
    by_lease: dict[str, list[int]] = {}
    for job in jobs:
        by_lease.setdefault(job.lease, []).append(job.id)
    wanted = 0
    with transaction.atomic(savepoint=False), straight() as cursor:
        for lease, ids in by_lease.items():
            cursor.execute(
                f"DELETE FROM rooms_job WHERE id IN ({marks(ids)}) AND lease = %s AND NOT again",  # noqa: S608
                [*ids, lease],
            )
            if cursor.rowcount < len(ids):
                own = Job.objects.filter(pk__in=ids, lease=lease)
                wanted += own.update(lease="", again=False, attempts=0, error="", due=Now())
    return wanted


def split(job: Claimed, left: Sequence[Rest]) -> None:
    """Finish a job of much work, some of which isn't done: that becomes jobs of its own."""
    with transaction.atomic():
        if _own(job).delete()[0]:
            for one in left:
                _insert([one.work], delay=one.delay, failures=one.failures)


def retry(job: Claimed, *, delay: float, error: str) -> None:
    """Have a job that failed done later, by whoever comes first."""
    _put_back(job, delay, error=error[:100])


def postpone(job: Claimed, *, delay: float = 0) -> None:
    """Have a job done later; this was no attempt."""
    _put_back(job, delay, attempts=Greatest(F("attempts") - 1, 0))


def go_on(job: Claimed, *, delay: float) -> None:
    """Have the next step of a job done later. It starts with no failures."""
    _put_back(job, delay, attempts=0, error="")


def _put_back(job: Claimed, delay: float, **changes: Any) -> None:
    due = Now() + timedelta(seconds=delay)
    _own(job).update(lease="", again=False, due=due, **changes)


def give_up(job: Claimed, *, error: str) -> None:
    """Keep a job that can't be done, for people to look at."""
    _own(job).update(lease="", again=False, given_up_at=Now(), error=error[:100])


def _own(job: Claimed) -> Any:
    return Job.objects.filter(pk=job.id, lease=job.lease)


def _moment(seconds: float) -> tuple[str, Any]:
    """An expression for a time this many seconds from now, and its parameter. On SQLite the clock
    of the machine is the database's."""
    if connection.vendor == "postgresql":
        return "clock_timestamp() + %s * interval '1 second'", float(seconds)
    moment = timezone.now() + timedelta(seconds=seconds)
    return "%s", connection.ops.adapt_datetimefield_value(moment)
