"""What somebody is told when they come: who they are, and all of their rooms."""

from collections import defaultdict

from django.utils import timezone

from rooms import arriving, events, protocol, sanctions
from rooms.actions.ignores import ignored
from rooms.actions.sidebars import sidebar
from rooms.actions.sight import Whereabouts
from rooms.actions.waiting import waiting
from rooms.models import Membership, Room, User


def welcome(*, user: User) -> protocol.Welcome:
    """What a page shows before its socket is there."""
    return arrival(user=user)[0]


def arrival(*, user: User) -> tuple[protocol.Welcome, list[Whereabouts]]:
    """What a new socket is told first, and the rooms as that shows them."""
    facts = arriving.facts(user.pk)
    memberships = arriving.memberships(user, ignores=facts.ignores)
    welcome = protocol.Welcome(
        protocol=protocol.VERSION,
        epoch=facts.epoch,
        user=events.person(user),
        server_time=timezone.now(),
        heartbeat=protocol.HEARTBEAT_SECONDS,
        limits=protocol.LIMITS,
        rooms=_summaries(memberships),
        sidebar=sidebar(user),
        muted=events.mute(sanctions.mute(user.pk, None)) if facts.is_muted else None,
        ignored=ignored(user) if facts.ignores else protocol.Ignored(),
        waiting=waiting().of(user) if user.moderates_site else None,
    )
    return welcome, [Whereabouts.of(row.room) for row in memberships]


def _summaries(memberships: list[Membership]) -> list[protocol.RoomSummary]:
    direct = [row.room_id for row in memberships if row.room.kind == Room.Kind.DIRECT]
    people: dict[int, list[User]] = defaultdict(list)
    if direct:
        for row in Membership.objects.with_people().filter(room__in=direct):
            people[row.room_id].append(row.user)
    return [events.summary(row.room, row, people[row.room_id]) for row in memberships]
