"""How far somebody has read."""

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from msgspec import structs

from rooms import events, protocol, ratelimit, unread
from rooms.actions.sight import find_room
from rooms.broadcast import envelope, hint_on_commit, publish_on_commit, user_group
from rooms.envelopes import Envelope
from rooms.errors import NotFound, NotMember
from rooms.models import Membership, User


def mark_read(
    *, actor: User, slug: str, number: int, revision: int | None = None
) -> protocol.Reading:
    """Move the cursor forward, unless it was put back after the reader knew `revision`. Where it
    is then."""
    ratelimit.consume("room.read", actor.pk)
    standing = find_room(actor=actor, slug=slug)
    standing.require_membership()
    membership, room = standing.membership, standing.room
    assert membership is not None  # noqa: S101  require_membership has raised
    number = min(number, room.last_number)
    moved = False
    if revision in (None, membership.read_revision):
        here = Membership.objects.filter(pk=membership.pk, read_revision=membership.read_revision)
        moved = bool(here.read_to(number))
        if moved:
            membership.read_number = number
    reading = _reading(membership)
    if moved:
        # Lost with the layer, it is right again with the next one, or the next welcome.
        hint_on_commit(_changed(actor, reading))
    return reading


def mark_unread(*, actor: User, slug: str, number: int) -> protocol.Reading:
    """Put the cursor before a message; where it is then. Nobody is notified of anything."""
    ratelimit.consume("room.unread", actor.pk)
    with transaction.atomic():
        standing = find_room(actor=actor, slug=slug)
        standing.require_membership()
        if number > standing.room.last_number:
            raise NotFound(_("There is no such message."))
        if not Membership.objects.filter(room=standing.room, user=actor).unread_from(number):
            raise NotMember(_("Join the room first."))  # who was one a moment ago
        # Read after it was written: whatever one posts from now on waits for this transaction, so
        # that what is counted here came before, and what is not comes after.
        reading = unread.reading(actor.pk, standing.room.pk)
        assert reading is not None  # noqa: S101  the cursor was moved
        publish_on_commit(_changed(actor, reading))
    return reading


def mark_all_read(*, actor: User) -> list[protocol.ReadStep]:
    """Move the cursor of every room to its end; what `take_back` takes, as much of it as a reply
    carries."""
    ratelimit.consume("rooms.read", actor.pk)
    with transaction.atomic():
        rows = [
            row
            for row in Membership.objects.filter(user=actor).locked()
            if row.read_number < row.room.last_number
        ]
        steps = []
        for row in rows:
            before, row.read_number = row.read_number, row.room.last_number
            steps.append(
                protocol.ReadStep(row.room.slug, before, row.read_number, row.read_revision)
            )
        if rows:
            Membership.objects.bulk_update(rows, ["read_number"])
            _tell(actor, [events.all_read(row.room, row) for row in rows])
    return steps[: protocol.MAX_TAKEN]


def take_back(*, actor: User, steps: Iterable[protocol.ReadStep]) -> list[protocol.Reading]:
    """Put cursors back to where they were before `mark_all_read`, each unless it was moved since:
    what was read after that stays read. Those that were."""
    ratelimit.consume("rooms.read", actor.pk)
    wanted = {(step.room, step.number, step.read_revision): step.before for step in steps}
    with transaction.atomic():
        rows = []
        for row in Membership.objects.filter(user=actor).locked():
            before = wanted.get((row.room.slug, row.read_number, row.read_revision))
            if before is not None and 0 <= before < row.read_number:
                row.read_number, row.read_revision = before, row.read_revision + 1
                rows.append(row)
        if not rows:
            return []
        Membership.objects.bulk_update(rows, ["read_number", "read_revision"])
        return _tell(actor, unread.readings(actor.pk, [row.room_id for row in rows]))


def _reading(membership: Membership) -> protocol.Reading:
    """Where somebody is who was at a cursor a moment ago."""
    room = membership.room
    if membership.read_number >= room.last_number:
        # As of the room's row that was read before: it counts nothing, so nothing can have gone.
        return events.all_read(room, membership)
    reading = unread.reading(membership.user_id, membership.room_id)
    if reading is None:
        raise NotMember(_("Join the room first."))  # who was one a moment ago
    return reading


def _tell(actor: User, readings: list[protocol.Reading]) -> list[protocol.Reading]:
    """In as few events as hold them."""
    group = user_group(actor.pk)
    publish_on_commit(*(envelope(group, event) for event in events.reads_changed(readings)))
    return readings


def _changed(actor: User, reading: protocol.Reading) -> Envelope:
    return envelope(user_group(actor.pk), protocol.ReadChanged(**structs.asdict(reading)))
