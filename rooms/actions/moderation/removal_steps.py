"""Carry a removal out, or undo it, in small steps.

Each step locks its rooms for a few milliseconds. The operation takes the first steps itself;
a job takes the rest (`rooms/jobs/maintenance.py`).
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, NamedTuple

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from rooms.actions.messages.changes import turn
from rooms.actions.screening import cases
from rooms.models import Message, Removal, Room, User
from rooms.queries.jobs import Work, enqueue
from rooms.storage.sql import moment, select

CHUNK = 50  # messages in one transaction, so that people can post in between
LATER_SECONDS = 2.0
AT_ONCE = 10  # chunks before the operation returns
SPANS = {Removal.Scope.HOUR: timedelta(hours=1), Removal.Scope.DAY: timedelta(days=1)}
NEWEST_FIRST = "ORDER BY created_at DESC, id DESC"


class CarryOut(Work, frozen=True):
    kind: ClassVar[str] = "removal"
    removal: int


class Resume(NamedTuple):
    """The last message that a step handled; the next step goes on below it, newest first."""

    created_at: datetime
    id: int


def queue(removal: Removal) -> None:
    """Have the steps taken that `begin` leaves: a moment later, so that it comes first."""
    enqueue(CarryOut(removal=removal.pk), key=str(removal.pk), delay=LATER_SECONDS)


def begin(removal: Removal) -> Removal:
    """Take the first steps, up to AT_ONCE."""
    resume: Resume | None = None
    for _step in range(AT_ONCE):
        resume = carry_on(removal.pk, resume)
        if resume is None:
            break
    removal.refresh_from_db()
    return removal


def carry_on(removal_id: int, resume: Resume | None = None) -> Resume | None:
    """Take one step of a removal, and return where the next one resumes, or None when nothing is
    left. Two processes may do this at the same time."""
    # Searched before anything is locked: few of an author's many messages may be in this room.
    seen = Removal.objects.get(pk=removal_id)
    if seen.finished_at is not None:
        return None
    found = _removed(seen) if seen.undone_at else _left(seen, resume)
    with transaction.atomic():
        removal = Removal.objects.select_for_update(no_key=True).get(pk=removal_id)
        if removal.finished_at is not None:
            return None
        if removal.undone_at != seen.undone_at:
            return resume  # it was undone in the meantime
        if not found:
            removal.finished_at = timezone.now()
            removal.save(update_fields=["finished_at"])
            return None
        taken = _turn([pk for pk, _written in found], removal)
        Removal.objects.filter(pk=removal_id).update(
            count=F("count") - taken if removal.undone_at else F("count") + taken
        )
    pk, written = found[-1]
    return Resume(written, pk)


def posts_of(
    user: User, scope: str, room: Room | None, begun: datetime, resume: Resume | None = None
) -> tuple[str, list[Any]]:
    """Select a user's messages of a scope that were visible when the removal began: the end of a
    statement, from FROM on, and its values. Uses index: message_author."""
    adapt = connection.ops.adapt_datetimefield_value
    last = adapt(resume.created_at if resume else begun)
    where = "FROM rooms_message WHERE author_id = %s AND deleted_at IS NULL AND created_at <= %s"
    values: list[Any] = [user.pk, last]
    if resume is not None:
        where += " AND (created_at < %s OR id < %s)"
        values += [last, resume.id]
    if (span := SPANS.get(Removal.Scope(scope))) is not None:
        where += " AND created_at > %s"
        values.append(adapt(begun - span))
    if room is not None:
        # The plus keeps the planner from an index by room, whose order is another one, or which
        # holds the whole room.
        where += " AND +room_id = %s"
        values.append(room.pk)
    return where, values


def _left(removal: Removal, resume: Resume | None) -> list[tuple[int, datetime]]:
    """Find the next messages to delete."""
    begun = removal.created_at
    where, values = posts_of(removal.user, removal.scope, removal.room, begun, resume)
    rows = select(f"SELECT id, created_at {where} {NEWEST_FIRST} LIMIT %s", [*values, CHUNK])
    return [(pk, moment(written) or begun) for pk, written in rows]


def _removed(removal: Removal) -> list[tuple[int, datetime]]:
    """Find the next messages to restore, except those erased since. Uses index: message_removal."""
    gone = Message.objects.filter(removal=removal, deleted_at__isnull=False)
    rows = gone.exclude(body="", attached=0)
    return list(rows.values_list("pk", "created_at")[:CHUNK])


def _turn(ids: Sequence[int], removal: Removal) -> int:
    """Delete these messages, or restore them if the removal was undone; return how many changed."""
    rows = Message.objects.whole().select_related("room").filter(pk__in=ids).order_by("number")
    rooms = {room.pk: room for room in Room.objects.locked({row.room.slug for row in rows})}
    undone = removal.undone_at is not None
    taken: dict[int, list[Message]] = defaultdict(list)
    for row in rows.all():  # read again, now that their rooms are locked
        its_own = row.deleted == undone and row.removal_id == (removal.pk if undone else None)
        if its_own and not row.erased:
            row.room = rooms[row.room_id]
            row.deleted_at = None if undone else timezone.now()
            row.removal = None if undone else removal
            taken[row.room_id].append(row)
    for messages in taken.values():
        turn(messages)
    changed = [message for messages in taken.values() for message in messages]
    if not undone:
        cases.close(changed, actor=removal.created_by)
    return len(changed)
