"""Lists to look through: rooms to join, who is in one, whom to write to."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Case, Count, Q, Value, When
from django.db.models.functions import Coalesce, Lower, NullIf

from rooms import events, protocol, ratelimit
from rooms.actions.sight import find_concern
from rooms.folding import fold
from rooms.models import Membership, Room, User

MEMBERS_PAGE = 200
MAX_PEOPLE_FOUND = 20
LAST = "\U0010ffff"  # no text has it, and none comes after it


@dataclass(frozen=True, slots=True)
class Lobby:
    """A page of the public rooms that were looked for and aren't archived: the rooms of this page,
    how many there are on all of them, and how many when nothing is looked for."""

    found: list[dict[str, Any]]
    page: int
    limit: int
    count: int
    total: int

    @property
    def first(self) -> int:
        """The place of the page's first room among all that were found, from 1."""
        return 1 + (self.page - 1) * self.limit

    @property
    def last(self) -> int:
        return self.first + len(self.found) - 1

    @property
    def previous(self) -> int | None:
        return self.page - 1 if self.page > 1 else None

    @property
    def next(self) -> int | None:
        return self.page + 1 if self.last < self.count else None


def public_rooms(*, actor: User, matching: str = "", page: int = 1, limit: int) -> Lobby:
    """The lobby, by name, with the rooms' sizes and whether one is in. `matching` keeps those whose
    name, topic or address contains it, however it is written. A page after the last is the last."""
    ratelimit.consume("lobby", actor.pk)
    public = Room.objects.public()
    folded = fold(matching)
    wanted = public.filter(folded__contains=folded) if folded else public
    if matching and not folded:  # nothing but accents
        wanted = public.none()
    rows: Any = wanted.order_by("name", "id").values("id", "slug", "name", "topic")
    page = max(1, page)
    found = [*rows[(page - 1) * limit : page * limit]]
    count = len(found)
    if page > 1 or count == limit:
        count = wanted.count()
        if not found:
            page = max(1, -(-count // limit))
            found = [*rows[(page - 1) * limit : page * limit]]
    total = public.count() if matching else count
    return Lobby(_with_members(actor, found), page, limit, count, total)


def _with_members(actor: User, rooms: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """These with how many people are in each, and whether one is oneself.
    Uses index: membership_once."""
    there = Membership.objects.filter(room__in=[room["id"] for room in rooms])
    mine = Count("id", filter=Q(user=actor))
    counted: Any = there.values("room").annotate(members=Count("id"), mine=mine)
    sizes = {row["room"]: (row["members"], row["mine"] > 0) for row in counted}
    return [
        {**room, "members": members, "joined": joined}
        for room in rooms
        for members, joined in [sizes.get(room["id"], (0, False))]
    ]


def members(
    *,
    actor: User,
    slug: str,
    after: tuple[int, str, int] | None = None,
    matching: str = "",
    person: int | None = None,
    limit: int = MEMBERS_PAGE,
) -> tuple[list[protocol.Member], tuple[int, str, int] | None]:
    """A page of the members, by role, then name; and the place after which the next one begins.

    For members only: a list of people is nobody else's business. `matching` keeps those whose
    username or name begins with it, however it is written, `person` that one alone.
    """
    standing = find_concern(actor=actor, slug=slug)
    standing.require_people()
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
    if person is not None:
        rows = rows.filter(user=person)
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
    """Whom a direct message could go to: people whose username or name begins so, however it is
    written."""
    ratelimit.consume("people", actor.pk)
    matching = matching.strip().removeprefix("@")
    if not matching:
        return []
    found = User.objects.filter(_begins_with(matching), is_active=True).exclude(pk=actor.pk)
    return [events.person(user) for user in found.order_by("username")[:MAX_PEOPLE_FOUND]]


def _begins_with(text: str, *, prefix: str = "") -> Q:
    """Usernames are folded as they are. Uses indexes: that of the username, user_folded_name."""
    wanted = fold(text)
    if not wanted:  # nothing but accents
        return Q(pk__in=())
    names = (f"{prefix}username", f"{prefix}folded_name")
    return Q.create([_prefix(name, wanted) for name in names], Q.OR)


def _prefix(column: str, text: str) -> Q:
    if connection.vendor == "sqlite":
        # Its LIKE knows no case, and so uses no index that does.
        return Q(**{f"{column}__gte": text, f"{column}__lt": text + LAST})
    return Q(**{f"{column}__startswith": text})
