"""The welcome of a new socket or page: who the user is, and their rooms. If there are thousands, it
lists the first few hundred, and says how to ask for the rest."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms import protocol, ratelimit, serializers
from rooms.actions.accounts.appearances import appearance
from rooms.actions.accounts.ignores import ignored
from rooms.actions.rooms.lookup import Whereabouts
from rooms.actions.rooms.sidebars import sidebar
from rooms.actions.screening.waiting import waiting
from rooms.errors import Invalid
from rooms.models import Membership, Room, User
from rooms.policy import sanctions
from rooms.policy.quiet import quiet_until
from rooms.protocol import codec, events, limits, shapes
from rooms.queries import visitor
from rooms.queries.visitor import Seat

FROM_THE_FIRST = "0"  # where the list of the other rooms begins


@dataclass(frozen=True, slots=True)
class Greeting:
    """A welcome, all the rooms that the user is in, and those that the welcome lists."""

    welcome: events.Welcome
    seats: list[Seat]
    shown: list[Seat]

    @property
    def whereabouts(self) -> list[Whereabouts]:
        return [Whereabouts.of(seat) for seat in self.seats]

    @property
    def told(self) -> frozenset[int]:
        """The memberships that the welcome lists; empty if it lists all of them."""
        return frozenset(seat.id for seat in self.shown if self.welcome.rooms_next)

    @property
    def archived(self) -> list[Seat]:
        """The user's archived rooms, by name."""
        return sorted((seat for seat in self.seats if seat.archived), key=lambda seat: seat.name)


def greet(*, user: User, here: str | None = None) -> Greeting:
    """Return what a new socket is told first, and what a page shows before its socket is open. The
    room `here` is always listed."""
    facts = visitor.facts(user.pk)
    seats = visitor.seats(user.pk, ignores=facts.ignores)
    arranged = sidebar(user)
    shown = _fit(user, _first(seats, arranged.favourites, here))
    welcome = events.Welcome(
        protocol=protocol.VERSION,
        epoch=facts.epoch,
        user=serializers.person(user),
        server_time=timezone.now(),
        heartbeat=limits.HEARTBEAT_SECONDS,
        limits={**limits.LIMITS, "file": facts.site.file_bytes},
        rooms=[summary for _seat, summary in shown],
        rooms_next=FROM_THE_FIRST if len(shown) < len(seats) else None,
        unread_total=sum(seat.unread for seat in seats),
        sidebar=arranged,
        appearance=appearance(user),
        muted=serializers.mute(sanctions.mute(user.pk, None)) if facts.is_muted else None,
        ignored=ignored(user) if facts.ignores else shapes.Ignored(),
        waiting=waiting().of(user) if user.moderates_site else None,
        emoji=facts.emoji,
        inbox=shapes.Inbox(facts.inbox),
        site=serializers.site(facts.site),
        quiet=shapes.Quiet(quiet_until(user, timezone.now())),
    )
    return Greeting(welcome, seats, [seat for seat, _summary in shown])


def rooms(
    *, actor: User, after: str | None, told: Collection[int]
) -> tuple[list[shapes.RoomSummary], str | None]:
    """Return a page of the rooms that the welcome didn't list, and where the next page begins."""
    ratelimit.consume("rooms", actor.pk)
    if after is not None and not (after.isascii() and after.isdigit() and len(after) < 19):
        raise Invalid(_("`after` must be a value from `rooms_next` or `next`."))
    ignores = visitor.facts(actor.pk).ignores
    most = limits.MAX_ROOMS
    seats = visitor.seats(actor.pk, ignores=ignores, after=int(after or 0), limit=most + 1)
    page = [seat for seat in seats[:most] if seat.id not in told]
    shown = _fit(actor, page)
    following = None
    if len(shown) < len(page):
        following = str(shown[-1][0].id)
    elif len(seats) > most:
        following = str(seats[most - 1].id)
    return [summary for _seat, summary in shown], following


def _first(seats: Iterable[Seat], favourites: Sequence[str], here: str | None) -> list[Seat]:
    """Return the rooms to list, as many as one frame may hold: the one on screen, favourites,
    unread rooms, then the others by name."""
    starred = {slug: at for at, slug in enumerate(favourites)}

    def place(seat: Seat) -> tuple[int, int, str]:
        if seat.slug == here:
            return 0, 0, ""
        if seat.slug in starred:
            return 1, starred[seat.slug], ""
        if seat.unread and not seat.archived:
            return 2, 0, seat.name
        # A direct room is named after its people, who are loaded only for the listed rooms.
        return 4 if seat.archived else 3, int(seat.kind == Room.Kind.DIRECT), seat.name

    return sorted(seats, key=place)[: limits.MAX_ROOMS]


def _fit(viewer: User, seats: Sequence[Seat]) -> list[tuple[Seat, shapes.RoomSummary]]:
    """Summarize the first rooms, until half a frame is full: a few hundred direct rooms of ten
    people with long names would exceed it."""
    direct = [seat.room_id for seat in seats if seat.kind == Room.Kind.DIRECT]
    people: dict[int, list[User]] = defaultdict(list)
    if direct:
        for row in Membership.objects.with_people().filter(room__in=direct):
            people[row.room_id].append(row.user)
    shown: list[tuple[Seat, shapes.RoomSummary]] = []
    size = 0
    for seat in seats:
        summary = serializers.summary(seat, viewer.pk, people[seat.room_id])
        size += len(codec.encode(summary)) if direct else 0
        if shown and size > limits.PAGE_BYTES:
            break
        shown.append((seat, summary))
    return shown
