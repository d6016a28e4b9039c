"""What somebody may read: rooms, pages, what changed; and how far they have read."""

import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

import msgspec
from django.db.models import Case, Count, Q, Value, When
from django.db.models.functions import Coalesce, Lower, NullIf
from django.utils import timezone

from rooms import arriving, events, protocol, ratelimit
from rooms.broadcast import envelope, hint_on_commit, room_group, room_id, user_group
from rooms.envelopes import Envelope, Position
from rooms.models import Membership, Message, Notice, Room, User
from rooms.policy import Standing, no_such_room
from rooms.recent import Recent

logger = logging.getLogger(__name__)

# Half of what a socket may leave unread, so that the events that follow a page don't cut it off.
PAGE_BYTES = protocol.MAX_UNSENT // 2
MEMBERS_PAGE = 200
MAX_PEOPLE_FOUND = 20
NOTICES_AT_START = 200  # more than are written while one transaction runs
MAX_NOTICES = 500  # in one read; the others follow with the next poll


@dataclass(frozen=True, slots=True)
class Page:
    """Messages, oldest first (a replay: by revision), each encoded already."""

    messages: list[msgspec.Raw]
    has_before: bool
    has_after: bool
    reset: bool = False

    def fields(self) -> dict[str, Any]:
        """What a reply carries of it."""
        return {
            "messages": self.messages,
            "has_before": self.has_before,
            "has_after": self.has_after,
        }


# Rights are asked for each time. A room's revision names its messages, so only what has none, a
# name or an avatar in them, can be as old as this.
recent_pages: Recent[Page] = Recent(size=32, seconds=1)


class Whereabouts(NamedTuple):
    """Which group a room's events come in, and how far it had come when its row was read."""

    slug: str
    id: int
    group: str
    position: Position

    @classmethod
    def of(cls, room: Room) -> "Whereabouts":
        return cls(room.slug, room.pk, room_group(room.pk), position(room))


@dataclass(frozen=True, slots=True)
class OpenedRoom:
    """A room and a page of it at one revision, as one person sees it."""

    room: protocol.Room
    page: Page
    standing: Standing


def find_room(*, actor: User, slug: str) -> Standing:
    """The standing of somebody who sees the room. Raises NotFound otherwise."""
    standing = arriving.standing(actor.pk, slug)
    if standing is None:
        raise no_such_room()
    standing.require_sight()
    return standing


def open_room(
    *,
    actor: User,
    slug: str,
    limit: int = 50,
    since: int | None = None,
    around: int | None = None,
) -> OpenedRoom:
    """A room as it is now, with what changed `since` a revision, or a page of it."""
    standing = find_room(actor=actor, slug=slug)
    room = standing.room
    key = room.pk, room.revision, limit, since, around
    page = recent_pages.get(key, lambda: _first_page(room, limit, since, around))
    return OpenedRoom(describe(standing), page, standing)


def room_of(*, actor: User, slug: str) -> protocol.Room:
    """A room as somebody sees it now."""
    return describe(find_room(actor=actor, slug=slug))


def whereabouts(*, actor: User, slug: str) -> Whereabouts:
    """Of a room that somebody sees."""
    return Whereabouts.of(find_room(actor=actor, slug=slug).room)


def history(
    *, actor: User, slug: str, side: Literal["before", "after", "around"], number: int, limit: int
) -> Page:
    """A page of messages on one side of a number, or about it."""
    ratelimit.consume("history", actor.pk)
    return _page(find_room(actor=actor, slug=slug).room, side, number, limit)


def mark_read(*, actor: User, slug: str, number: int) -> tuple[int, int]:
    """Move the cursor forward; unread messages and mentions after it."""
    ratelimit.consume("room.read", actor.pk)
    standing = find_room(actor=actor, slug=slug)
    standing.require_membership()
    membership, room = standing.membership, standing.room
    assert membership is not None  # noqa: S101  require_membership has raised
    number = min(number, room.last_number)
    if Membership.objects.filter(pk=membership.pk).read_to(number):
        membership.read_number = number
        event = protocol.ReadChanged(
            room=room.slug, number=number, unread=events.unread(room, membership), mentions=0
        )
        # Lost with the layer, it is right again with the next one, or the next welcome.
        hint_on_commit(envelope(user_group(actor.pk), event))
    return events.unread(room, membership), 0


def describe(standing: Standing) -> protocol.Room:
    """A room as one person sees it, in at most two queries."""
    room = standing.room
    people: Sequence[User] = ()
    if room.kind == Room.Kind.DIRECT:
        people = [row.user for row in room.memberships.with_people()]
    members = len(people) or arriving.size(room.pk)
    return events.room(room, standing.user, standing.membership, members=members, people=people)


def my_rooms(user: User) -> list[protocol.RoomSummary]:
    """The sidebar: every room that somebody is in, in two queries."""
    return _summaries(arriving.memberships(user))


def _summaries(memberships: list[Membership]) -> list[protocol.RoomSummary]:
    direct = [row.room_id for row in memberships if row.room.kind == Room.Kind.DIRECT]
    people: dict[int, list[User]] = defaultdict(list)
    if direct:
        for row in Membership.objects.with_people().filter(room__in=direct):
            people[row.room_id].append(row.user)
    return [events.summary(row.room, row, people[row.room_id]) for row in memberships]


def public_rooms(user: User) -> list[dict[str, Any]]:
    """The lobby: public rooms that aren't archived, with their size and whether one is in."""
    mine = set(Membership.objects.filter(user=user).values_list("room_id", flat=True))
    rooms: Any = Room.objects.public().annotate(size=Count("memberships")).order_by("name")
    return [
        {
            "slug": room.slug,
            "name": room.name,
            "topic": room.topic,
            "members": room.size,
            "joined": room.pk in mine,
        }
        for room in rooms
    ]


def members(
    *,
    actor: User,
    slug: str,
    after: tuple[int, str, int] | None = None,
    matching: str = "",
    limit: int = MEMBERS_PAGE,
) -> tuple[list[protocol.Member], tuple[int, str, int] | None]:
    """A page of the members, by role, then name; and the place after which the next one begins.

    For members only: a list of people is nobody else's business. `matching` keeps those whose
    username or name begins with it.
    """
    standing = find_room(actor=actor, slug=slug)
    if not standing.moderates:
        standing.require_membership()
    rows = (
        Membership.objects.with_people()
        .filter(room=standing.room)
        .annotate(
            rank=Case(
                When(role=Membership.Role.OWNER, then=0),
                When(role=Membership.Role.MODERATOR, then=1),
                default=2,
            ),
            shown=Lower(Coalesce(NullIf("user__display_name", Value("")), "user__username")),
        )
    )
    if matching:
        rows = rows.filter(_begins_with(matching, prefix="user__"))
    if after is not None:
        rank, shown, user_id = after
        rows = rows.filter(
            Q(rank__gt=rank)
            | Q(rank=rank, shown__gt=shown)
            | Q(rank=rank, shown=shown, user__gt=user_id)
        )
    page = list(rows.order_by("rank", "shown", "user")[: limit + 1])
    last: Any = page[limit - 1] if len(page) > limit else None
    return (
        [events.member(row.user, row.role) for row in page[:limit]],
        None if last is None else (last.rank, last.shown, last.user_id),
    )


def people(*, actor: User, matching: str) -> list[protocol.Person]:
    """Whom a direct message could go to: people whose username or name begins so."""
    matching = matching.strip().removeprefix("@")
    if not matching:
        return []
    found = User.objects.filter(_begins_with(matching), is_active=True).exclude(pk=actor.pk)
    return [events.person(user) for user in found.order_by("username")[:MAX_PEOPLE_FOUND]]


def _begins_with(text: str, *, prefix: str = "") -> Q:
    return Q(**{f"{prefix}username__startswith": text.lower()}) | Q(
        **{f"{prefix}display_name__istartswith": text}
    )


def welcome(*, user: User) -> protocol.Welcome:
    """What a page shows before its socket is there."""
    return arrival(user=user)[0]


def arrival(*, user: User) -> tuple[protocol.Welcome, list[Whereabouts]]:
    """What a new socket is told first, and the rooms as that shows them."""
    memberships = arriving.memberships(user)
    welcome = protocol.Welcome(
        protocol=protocol.VERSION,
        epoch=arriving.epoch(),
        user=events.person(user),
        server_time=timezone.now(),
        heartbeat=protocol.HEARTBEAT_SECONDS,
        limits=protocol.LIMITS,
        rooms=_summaries(memberships),
    )
    return welcome, [Whereabouts.of(row.room) for row in memberships]


def position(room: Room) -> Position:
    """How far a room had come when its row was read."""
    return Position(room.revision, room.last_number)


def missed(group: str, told: Position) -> list[Envelope]:
    """What the hub has to deliver to a room's group after a position."""
    room_pk = room_id(group)
    slug = Room.objects.values_list("slug", flat=True).get(pk=room_pk)
    rows = Message.objects.changed_since(room_pk, told.revision, protocol.MAX_REPLAY)
    by_number = {row.number: row for row in rows}
    return [
        envelope(
            group,
            event,
            aside=events.activity(slug, by_number[event.message.number]),
            number=event.message.number,
        )
        for event in events.replay(slug, rows, told.revision, told.number)
    ]


def notice_ids(settled: int | None) -> list[int]:
    """The ids of the notices after one; of the last few, when that is None."""
    return Notice.objects.ids_after(settled, NOTICES_AT_START)


def notices(ids: Sequence[int]) -> list[Envelope]:
    """What the hub has to deliver, in the order in which it was written."""
    rows = Notice.objects.filter(pk__in=[*ids][:MAX_NOTICES]).order_by("pk")
    return [_notice(row) for row in rows]


def _notice(row: Notice) -> Envelope:
    try:
        kept = msgspec.msgpack.decode(bytes(row.data), type=Envelope)
    except msgspec.MsgspecError:
        # Of another version, while workers are replaced one by one: for nobody.
        logger.warning("Notice %d can't be read.", row.pk)
        kept = Envelope(group="")
    return msgspec.structs.replace(kept, notice=row.pk)


def prune_notices() -> None:
    """Delete those that every process has heard of."""
    Notice.objects.prune()


def _first_page(room: Room, limit: int, since: int | None, around: int | None) -> Page:
    page = _replay(room, since) if since is not None else None
    if page is None:
        page = _page(room, "around" if around else "before", around, limit)
        page = replace(page, reset=since is not None)
    return page


def _replay(room: Room, since: int) -> Page | None:
    """What changed since, by revision; None when it doesn't fit one reply."""
    if since > room.revision:
        return None
    rows = Message.objects.changed_since(room.pk, since, protocol.MAX_REPLAY + 1)
    encoded = [_encoded(row) for row in rows if row.number <= room.last_number]
    if len(rows) > protocol.MAX_REPLAY or sum(map(len, encoded)) > PAGE_BYTES:
        return None
    return Page([msgspec.Raw(message) for message in encoded], False, False)


def _page(
    room: Room, side: Literal["before", "after", "around"], number: int | None, limit: int
) -> Page:
    # A message committed after the room's row was read comes as an event, not in the page too.
    last = room.last_number
    if side == "after":
        rows = Message.objects.page_after(room.pk, number or 0, limit)
    elif side == "around" and number is not None:
        rows = Message.objects.page_around(room.pk, min(number, max(last, 1)), limit)
    else:
        end = last + 1 if number is None else min(number, last + 1)
        rows = Message.objects.page_before(room.pk, end, limit)
    rows = [row for row in rows if row.number <= last]
    keep = {"before": last, "after": 0, "around": number or 0}[side]
    rows, encoded = _fit(rows, anchor=keep)
    if not rows:
        return Page([], side == "after" and last > 0, side == "before" and last > 0)
    return Page(
        [msgspec.Raw(message) for message in encoded],
        has_before=rows[0].number > 1,
        has_after=rows[-1].number < last,
    )


def _fit(rows: list[Message], *, anchor: int) -> tuple[list[Message], list[bytes]]:
    """As many as a reply carries, those farthest from the anchor left out."""
    encoded = [_encoded(row) for row in rows]
    size = sum(map(len, encoded))
    while size > PAGE_BYTES:
        first, last = rows[0], rows[-1]
        index = 0 if anchor - first.number > last.number - anchor else -1
        rows.pop(index)
        size -= len(encoded.pop(index))
    return rows, encoded


def _encoded(row: Message) -> bytes:
    return protocol.encode(events.message(row))
