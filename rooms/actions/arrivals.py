"""What somebody is told when they come: who they are, and where. Of thousands of rooms it is the
first few hundred, and how to ask for the others."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms import arriving, events, protocol, ratelimit, sanctions
from rooms.actions.ignores import ignored
from rooms.actions.sidebars import sidebar
from rooms.actions.sight import Whereabouts
from rooms.actions.waiting import waiting
from rooms.arriving import Seat
from rooms.errors import Invalid
from rooms.models import Membership, Room, User

FROM_THE_FIRST = "0"  # where the list of the others begins


@dataclass(frozen=True, slots=True)
class Arrived:
    """What somebody is told first, everywhere that they are, and what of it the welcome tells."""

    welcome: protocol.Welcome
    seats: list[Seat]
    shown: list[Seat]

    @property
    def whereabouts(self) -> list[Whereabouts]:
        return [Whereabouts.of(seat) for seat in self.seats]

    @property
    def told(self) -> frozenset[int]:
        """The memberships that the welcome tells of, unless it tells of all."""
        return frozenset(seat.id for seat in self.shown if self.welcome.rooms_next)

    @property
    def archived(self) -> list[Seat]:
        """The rooms of theirs that are archived, by name."""
        return sorted((seat for seat in self.seats if seat.archived), key=lambda seat: seat.name)


def arrival(*, user: User, here: str | None = None) -> Arrived:
    """What a new socket is told first, or a page shows before its socket is there: the room that it
    is about in any case."""
    facts = arriving.facts(user.pk)
    seats = arriving.seats(user.pk, ignores=facts.ignores)
    arranged = sidebar(user)
    shown = _fit(user, _first(seats, arranged.favourites, here))
    welcome = protocol.Welcome(
        protocol=protocol.VERSION,
        epoch=facts.epoch,
        user=events.person(user),
        server_time=timezone.now(),
        heartbeat=protocol.HEARTBEAT_SECONDS,
        limits=protocol.LIMITS,
        rooms=[summary for _seat, summary in shown],
        rooms_next=FROM_THE_FIRST if len(shown) < len(seats) else None,
        unread_total=sum(seat.unread for seat in seats),
        sidebar=arranged,
        muted=events.mute(sanctions.mute(user.pk, None)) if facts.is_muted else None,
        ignored=ignored(user) if facts.ignores else protocol.Ignored(),
        waiting=waiting().of(user) if user.moderates_site else None,
    )
    return Arrived(welcome, seats, [seat for seat, _summary in shown])


def rooms(
    *, actor: User, after: str | None, told: Collection[int]
) -> tuple[list[protocol.RoomSummary], str | None]:
    """A page of the rooms that a welcome didn't tell of, and where the next one begins."""
    ratelimit.consume("rooms", actor.pk)
    if after is not None and not (after.isascii() and after.isdigit() and len(after) < 19):
        raise Invalid(_("`after` must be what `rooms_next` or `next` was."))
    ignores = arriving.facts(actor.pk).ignores
    most = protocol.MAX_ROOMS
    seats = arriving.seats(actor.pk, ignores=ignores, after=int(after or 0), limit=most + 1)
    page = [seat for seat in seats[:most] if seat.id not in told]
    shown = _fit(actor, page)
    following = None
    if len(shown) < len(page):
        following = str(shown[-1][0].id)
    elif len(seats) > most:
        following = str(seats[most - 1].id)
    return [summary for _seat, summary in shown], following


def _first(seats: Iterable[Seat], favourites: Sequence[str], here: str | None) -> list[Seat]:
    """Where the person is looking, favourites, what is unread, then the others by name; as many as
    one frame tells of."""
    starred = {slug: at for at, slug in enumerate(favourites)}

    def place(seat: Seat) -> tuple[int, int, str]:
        if seat.slug == here:
            return 0, 0, ""
        if seat.slug in starred:
            return 1, starred[seat.slug], ""
        if seat.unread and not seat.archived:
            return 2, 0, seat.name
        # Of direct rooms the name is who is in them, which is read for those that are told of.
        return 4 if seat.archived else 3, int(seat.kind == Room.Kind.DIRECT), seat.name

    return sorted(seats, key=place)[: protocol.MAX_ROOMS]


def _fit(viewer: User, seats: Sequence[Seat]) -> list[tuple[Seat, protocol.RoomSummary]]:
    """Those of the first rooms that half a frame holds: with ten people of long names in each, a
    few hundred would be more."""
    direct = [seat.room_id for seat in seats if seat.kind == Room.Kind.DIRECT]
    people: dict[int, list[User]] = defaultdict(list)
    if direct:
        for row in Membership.objects.with_people().filter(room__in=direct):
            people[row.room_id].append(row.user)
    shown: list[tuple[Seat, protocol.RoomSummary]] = []
    size = 0
    for seat in seats:
        summary = events.summary(seat, viewer.pk, people[seat.room_id])
        size += len(protocol.encode(summary)) if direct else 0
        if shown and size > protocol.PAGE_BYTES:
            break
        shown.append((seat, summary))
    return shown
