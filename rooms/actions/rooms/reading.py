"""Read cursors: how far a member has read each room."""

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from rooms import ratelimit, serializers
from rooms.actions.notifications import inboxes
from rooms.actions.rooms.lookup import find_room
from rooms.broadcast import envelope, hint_on_commit, publish_on_commit, user_group
from rooms.errors import NotFound, NotMember
from rooms.fanout.envelopes import Envelope
from rooms.models import Membership, User
from rooms.policy.standing import Standing
from rooms.protocol import limits, shapes
from rooms.queries import inbox, unread
from rooms.queries.inbox import Place


def mark_read(
    *, actor: User, slug: str, number: int, revision: int | None = None
) -> shapes.Reading:
    """Move the cursor forward to a message, and return where it stands. If the cursor has been put
    back since the reader's `revision`, it doesn't move."""
    ratelimit.consume("room.read", actor.pk)
    standing = find_room(actor=actor, slug=slug)
    standing.require_membership()
    membership, room = standing.membership, standing.room
    assert membership is not None  # noqa: S101  require_membership has raised
    number = min(number, room.last_number)
    moved = False
    items = _items_up_to(standing, number)
    if revision in (None, membership.read_revision):
        here = Membership.objects.filter(pk=membership.pk, read_revision=membership.read_revision)
        moved = bool(here.read_to(number))
        if moved:
            membership.read_number = number
    reading = _reading(membership)
    if moved:
        # A hint may get lost; the next one, or the next welcome, corrects it.
        hint_on_commit(_changed(actor, reading))
        inboxes.announce(actor.pk, items)
    return reading


def mark_unread(*, actor: User, slug: str, number: int) -> shapes.Reading:
    """Move the cursor back before a message, and return where it stands."""
    ratelimit.consume("room.unread", actor.pk)
    with transaction.atomic():
        standing = find_room(actor=actor, slug=slug)
        standing.require_membership()
        if number > standing.room.last_number:
            raise NotFound(_("There is no such message."))
        items = _items_up_to(standing, number - 1)
        if not Membership.objects.filter(room=standing.room, user=actor).unread_from(number):
            raise NotMember(_("Join the room first."))  # they left a moment ago
        # Counted after the write: a post by the actor, which also moves the cursor, waits for this
        # transaction, so the count includes exactly what came before it.
        reading = unread.reading(actor.pk, standing.room.pk)
        assert reading is not None  # noqa: S101  the cursor was moved
        publish_on_commit(_changed(actor, reading))
        inboxes.announce(actor.pk, items)
    return reading


def mark_all_read(*, actor: User) -> list[shapes.ReadStep]:
    """Mark every room as read. Return the steps that `take_back` undoes, as many as fit a reply."""
    ratelimit.consume("rooms.read", actor.pk)
    with transaction.atomic():
        rows = [
            row
            for row in Membership.objects.filter(user=actor).locked()
            if row.read_number < row.room.last_number and not row.is_hidden
        ]
        steps = []
        for row in rows:
            before, row.read_number = row.read_number, row.room.last_number
            row.seen_number = row.room.last_number
            steps.append(shapes.ReadStep(row.room.slug, before, row.read_number, row.read_revision))
        if rows:
            items = inbox.unread_places(actor.pk, [row.room_id for row in rows])
            Membership.objects.bulk_update(rows, ["read_number", "seen_number"])
            _tell(actor, [serializers.all_read(row.room, row) for row in rows])
            inboxes.announce(actor.pk, items)
    return steps[: limits.MAX_TAKEN]


def take_back(*, actor: User, steps: Iterable[shapes.ReadStep]) -> list[shapes.Reading]:
    """Undo `mark_all_read`: put each cursor back, unless it has moved since. Return those that were
    put back."""
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


def _items_up_to(standing: Standing, number: int) -> list[Place]:
    """Return the unread items of the inbox that a cursor at this number reads."""
    membership = standing.membership
    if membership is None or number <= membership.seen_number:
        return []
    unread_items = inbox.unread_places(standing.user.pk, [standing.room.pk])
    return [item for item in unread_items if item.number <= number]


def _reading(membership: Membership) -> shapes.Reading:
    """Return where the reader stands, given their cursor of a moment ago."""
    room = membership.room
    if membership.read_number >= room.last_number:
        # At the end of the room, as its row was read: nothing is unread, or needs counting.
        return serializers.all_read(room, membership)
    reading = unread.reading(membership.user_id, membership.room_id)
    if reading is None:
        raise NotMember(_("Join the room first."))  # they left a moment ago
    return reading


def _tell(actor: User, readings: list[shapes.Reading]) -> list[shapes.Reading]:
    """Announce the readings, in as few events as they fit."""
    group = user_group(actor.pk)
    publish_on_commit(*(envelope(group, event) for event in serializers.reads_changed(readings)))
    return readings


def _changed(actor: User, reading: shapes.Reading) -> Envelope:
    return envelope(user_group(actor.pk), serializers.read_changed(reading))
