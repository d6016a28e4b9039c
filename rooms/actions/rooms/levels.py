"""Of what in a room somebody is told: everything, what concerns them, or nothing."""

from datetime import UTC, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms import ratelimit, serializers
from rooms.actions.notifications import telling
from rooms.actions.rooms.lookup import find_room
from rooms.broadcast import envelope, publish_on_commit, user_group
from rooms.errors import Invalid
from rooms.fanout.envelopes import Envelope, Subject
from rooms.models import Membership, Room, User
from rooms.policy.levels import Choice
from rooms.protocol import events, shapes
from rooms.queries import visitor

DEFAULT = "default"
LEVELS = {DEFAULT, *Membership.Level.values}


def choose_level(
    *, actor: User, slug: str, level: str, until: datetime | None = None
) -> shapes.Notify:
    """Choose of what in a room one is told; after `until`, it is the level of before again."""
    ratelimit.consume("room.notify", actor.pk)
    now, until = timezone.now(), until and until.astimezone(UTC)
    if level not in LEVELS:
        raise Invalid(_("This choice isn't available."))
    if until is not None and until <= now:
        raise Invalid(_("Choose a time that is still to come."))
    with transaction.atomic():
        Room.objects.locked([slug])  # `wanted` depends on all of its members
        standing = find_room(actor=actor, slug=slug)
        standing.require_membership()
        membership = standing.membership
        assert membership is not None  # noqa: S101  require_membership has raised
        choice = Choice.of(membership).then("" if level == DEFAULT else level, until, now)
        Membership.objects.filter(pk=membership.pk).update(
            level=choice.level, level_until=choice.until, level_before=choice.before
        )
        telling.settle_wanted(standing.room)
        publish_on_commit(changed(actor, standing.room, choice))
    return serializers.notify(choice)


def chosen(*, user: User) -> list[shapes.RoomSummary]:
    """Return the rooms in somebody's list for which they have chosen a level, by name."""
    now = timezone.now()
    seats = visitor.seats(user.pk, ignores=False)
    seats = [seat for seat in seats if not seat.archived and seat.choice.at(now).level]
    direct = [seat.room_id for seat in seats if seat.kind == Room.Kind.DIRECT]
    people = Membership.objects.people_by_room(direct)
    rooms = [serializers.summary(seat, user.pk, people[seat.room_id]) for seat in seats]
    return sorted(rooms, key=lambda room: room.name.casefold())


def changed(user: User, room: Room, choice: Choice) -> Envelope:
    """Build the event that says what somebody has chosen for a room."""
    event = events.NotifyChanged(room=room.slug, notify=serializers.notify(choice))
    return envelope(user_group(user.pk), event, about=Subject("notify", room.pk, user.pk))
