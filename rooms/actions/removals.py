"""Remove what somebody posted, and undo it.

However much it is, rooms are locked for some milliseconds at a time. The operation does the first
part itself; the rest is done by whichever process comes first (`rooms/chores.py`), also after a
restart: what is left to do is found in the database.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms import tallies
from rooms.actions import audit, cases
from rooms.actions.audit import clean_reason
from rooms.actions.messages import turn
from rooms.errors import Conflict, Forbidden, Invalid
from rooms.models import Message, Removal, Room, User
from rooms.policy import (
    TOO_OLD,
    decides_as,
    oldest,
    require_power,
    require_undoing,
    with_secrecy,
)
from rooms.statements import moment, select

CHUNK = 50  # messages in one transaction, so that people can post in between
AT_ONCE = 10  # chunks before the operation returns
NEWEST = 10  # messages that a preview shows
MAX_COUNTED = 10_000  # messages that a preview counts
SPANS = {Removal.Scope.HOUR: timedelta(hours=1), Removal.Scope.DAY: timedelta(days=1)}

_NEWEST_FIRST = "ORDER BY created_at DESC, id DESC"


@dataclass(frozen=True, slots=True)
class Preview:
    """What a removal would take; with `more`, `count` is only how far was counted."""

    count: int
    more: bool
    rooms: int
    newest: Sequence[Message]


class Place(NamedTuple):
    """How far somebody's messages were gone through, newest first."""

    created_at: datetime
    id: int


def preview(*, actor: User, user: User, scope: str, room: Room | None = None) -> Preview:
    """What `remove_posts` would remove now; `newest` are those that the actor may read."""
    _check(actor, user, scope, room)
    where, values = _posts(user, scope, room, timezone.now())
    rows = select(
        f"SELECT room_id, COUNT(*) FROM (SELECT room_id {where} LIMIT %s) p GROUP BY room_id",  # noqa: S608  names of columns
        [*values, MAX_COUNTED],
    )
    newest = select(f"SELECT id {where} {_NEWEST_FIRST} LIMIT %s", [*values, NEWEST])
    whole = Message.objects.whole().select_related("room").filter(pk__in=[pk for (pk,) in newest])
    readable = with_secrecy(whole, actor).exclude(Q(secret=True))
    tallies.load([*readable])
    messages = {message.pk: message for message in readable}
    count = sum(number for _room, number in rows)
    return Preview(
        count=count,
        more=count == MAX_COUNTED,
        rooms=len(rows),
        newest=[messages[pk] for (pk,) in newest if pk in messages],
    )


def remove_posts(
    *, actor: User, user: User, scope: str, room: Room | None = None, reason: str = ""
) -> Removal:
    """Delete what somebody has posted by now, in a room or without one everywhere. The first few
    hundred are gone when this returns, the others follow."""
    reason = clean_reason(reason)
    with transaction.atomic():
        _check(actor, user, scope, room)
        removal = Removal.objects.create(
            user=user,
            room=room,
            scope=scope,
            reason=reason,
            created_by=actor,
            decided_as=decides_as(actor, room),
        )
        audit.record(
            "posts.removed",
            actor=actor,
            room=room,
            user=user,
            detail=reason,
            after=f"removal {removal.pk}: {scope}",
        )
    return _begin(removal)


def undo_removal(*, actor: User, removal: Removal) -> Removal:
    """Show again what a removal took: not what was deleted before it, or restored since. Raises
    Conflict when it was undone already, Forbidden when it is too long ago."""
    with transaction.atomic():
        removal = Removal.objects.select_for_update(no_key=True).get(pk=removal.pk)
        require_power(actor, removal.user, removal.room)
        require_undoing(actor, removal)
        if removal.undone_at is not None:
            raise Conflict(_("This was undone already."))
        if removal.created_at < oldest():
            raise Forbidden(TOO_OLD, days=settings.TOMBSTONE_DAYS)
        removal.undone_at, removal.finished_at = timezone.now(), None
        removal.save(update_fields=["undone_at", "finished_at"])
        audit.record(
            "posts.restored",
            actor=actor,
            room=removal.room,
            user=removal.user,
            before=f"removal {removal.pk}: {removal.scope}",
        )
    return _begin(removal)


def unfinished() -> list[int]:
    """Removals that are not done yet, or not undone. Uses index: removal_unfinished."""
    rows = Removal.objects.filter(finished_at=None).order_by("created_at")
    return list(rows.values_list("pk", flat=True)[:AT_ONCE])


def carry_on(removal_id: int, place: Place | None = None) -> Place | None:
    """Do the next few messages of a removal; the place after them, None when all is done. Two that
    do it at once do it together."""
    # Looked for before anything is locked: among much of somebody's, little may be in this room.
    seen = Removal.objects.get(pk=removal_id)
    if seen.finished_at is not None:
        return None
    found = _removed(seen) if seen.undone_at else _left(seen, place)
    with transaction.atomic():
        removal = Removal.objects.select_for_update(no_key=True).get(pk=removal_id)
        if removal.finished_at is not None:
            return None
        if removal.undone_at != seen.undone_at:
            return place  # it goes the other way now
        if not found:
            removal.finished_at = timezone.now()
            removal.save(update_fields=["finished_at"])
            return None
        taken = _turn([pk for pk, _written in found], removal)
        Removal.objects.filter(pk=removal_id).update(
            count=F("count") - taken if removal.undone_at else F("count") + taken
        )
    pk, written = found[-1]
    return Place(written, pk)


def _begin(removal: Removal) -> Removal:
    place: Place | None = None
    for _part in range(AT_ONCE):
        place = carry_on(removal.pk, place)
        if place is None:
            break
    removal.refresh_from_db()
    return removal


def _turn(ids: Sequence[int], removal: Removal) -> int:
    """Delete these messages, or show them again; how many weren't so already."""
    rows = Message.objects.whole().select_related("room").filter(pk__in=ids).order_by("number")
    rooms = {room.pk: room for room in Room.objects.locked({row.room.slug for row in rows})}
    undone = removal.undone_at is not None
    taken: dict[int, list[Message]] = defaultdict(list)
    for row in rows.all():  # once more, as they are now that their rooms are locked
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


def _removed(removal: Removal) -> list[tuple[int, datetime]]:
    """The next ones to show again; what was erased meanwhile stays. Uses index: message_removal."""
    rows = Message.objects.filter(removal=removal, deleted_at__isnull=False).exclude(body="")
    return list(rows.values_list("pk", "created_at")[:CHUNK])


def _left(removal: Removal, place: Place | None) -> list[tuple[int, datetime]]:
    """The next ones to delete."""
    begun = removal.created_at
    where, values = _posts(removal.user, removal.scope, removal.room, begun, place)
    rows = select(f"SELECT id, created_at {where} {_NEWEST_FIRST} LIMIT %s", [*values, CHUNK])
    return [(pk, moment(written) or begun) for pk, written in rows]


def _posts(
    user: User, scope: str, room: Room | None, begun: datetime, place: Place | None = None
) -> tuple[str, list[Any]]:
    """What of somebody's was there at a moment, after a place: the end of a statement, and its
    values. Uses index: message_author."""
    adapt = connection.ops.adapt_datetimefield_value
    last = adapt(place.created_at if place else begun)
    where = "FROM rooms_message WHERE author_id = %s AND deleted_at IS NULL AND created_at <= %s"
    values: list[Any] = [user.pk, last]
    if place is not None:
        where += " AND (created_at < %s OR id < %s)"
        values += [last, place.id]
    if (span := SPANS.get(Removal.Scope(scope))) is not None:
        where += " AND created_at > %s"
        values.append(adapt(begun - span))
    if room is not None:
        # With the plus, no index by room is taken: those have another order, or are the room's.
        where += " AND +room_id = %s"
        values.append(room.pk)
    return where, values


def _check(actor: User, user: User, scope: str, room: Room | None) -> None:
    if scope not in Removal.Scope.values:
        raise Invalid(_("That is no scope of a removal."))
    if scope == Removal.Scope.ROOM and room is None:
        raise Invalid(_("Which room?"))
    if scope == Removal.Scope.SITE and room is not None:
        raise Invalid(_("Everything is more than one room."))
    require_power(actor, user, room)
