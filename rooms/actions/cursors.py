"""How far somebody has read."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from msgspec import structs

from rooms import events, protocol, ratelimit
from rooms.actions.sight import find_room
from rooms.broadcast import envelope, hint_on_commit, publish_on_commit, user_group
from rooms.envelopes import Envelope
from rooms.errors import NotFound
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
    if revision in (None, membership.read_revision):
        here = Membership.objects.filter(pk=membership.pk, read_revision=membership.read_revision)
        if here.read_to(number):
            membership.read_number = number
            # Lost with the layer, it is right again with the next one, or the next welcome.
            hint_on_commit(_changed(actor, events.reading(room, membership)))
    return events.reading(room, membership)


def mark_unread(*, actor: User, slug: str, number: int) -> protocol.Reading:
    """Put the cursor before a message; where it is then. Nobody is notified of anything."""
    ratelimit.consume("room.unread", actor.pk)
    with transaction.atomic():
        standing = find_room(actor=actor, slug=slug)
        standing.require_membership()
        if number > standing.room.last_number:
            raise NotFound(_("There is no such message."))
        Membership.objects.filter(room=standing.room, user=actor).unread_from(number)
        # Read after it was written: whatever one posts from now on waits for this transaction, so
        # that what is counted here came before, and what is not comes after.
        row = Membership.objects.select_related("room").get(room=standing.room, user=actor)
        reading = events.reading(row.room, row)
        publish_on_commit(_changed(actor, reading))
    return reading


def _changed(actor: User, reading: protocol.Reading) -> Envelope:
    return envelope(user_group(actor.pk), protocol.ReadChanged(**structs.asdict(reading)))
