"""Find rooms to join, the members of a room, and people by name."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db import connection
from django.db.models import Case, Count, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, Lower, NullIf
from django.utils.translation import gettext_lazy as _

from rooms import ratelimit, serializers
from rooms.actions.rooms.lookup import find_concern
from rooms.errors import NotFound
from rooms.models import Membership, Room, User
from rooms.protocol import codec, limits, shapes
from rooms.text import nearness
from rooms.text.folding import fold

MEMBERS_PAGE = 200
MAX_PEOPLE_FOUND = 20
MAX_NEAR = 5000  # names that are compared, for a typing error, in Python: 10 ms
LAST = "\U0010ffff"  # sorts after every character that texts contain


@dataclass(frozen=True, slots=True)
class Lobby:
    """A page of public rooms. `count` is how many match on all pages, `total` how many there are
    without a search."""

    found: list[dict[str, Any]]
    page: int
    limit: int
    count: int
    total: int

    @property
    def first(self) -> int:
        """The position of the page's first room among all matches, from 1."""
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
    """Return a page of the lobby, by name, with each room's size and whether the actor is in it.

    `matching` keeps rooms whose name, topic or address contains each of its words, ignoring case
    and accents; if there are none, those with words that are one typing error away. A page number
    past the end gives the last page.
    """
    ratelimit.consume("lobby", actor.pk)
    wanted = _wanted(matching)
    rows: Any = wanted.values("id", "slug", "name", "topic")
    page = max(1, page)
    found = [*rows[(page - 1) * limit : page * limit]]
    count = len(found)
    if page > 1 or count == limit:
        count = wanted.count()
        if not found:
            page = max(1, -(-count // limit))
            found = [*rows[(page - 1) * limit : page * limit]]
    total = Room.objects.public().count() if matching else count
    return Lobby(_with_members(actor, found), page, limit, count, total)


def listed_rooms(*, actor: User, matching: str = "") -> tuple[list[shapes.LobbyRoom], bool]:
    """Return the first public rooms, as many as fit into one reply, and whether there are more. For
    those that have consumed the limit: they have to follow the changes before this reads."""
    rows: Any = _wanted(matching).values("id", "slug", "name", "topic")
    found = [*rows[: limits.MAX_LOBBY + 1]]
    listed: list[shapes.LobbyRoom] = []
    size = 0
    for row in _with_members(actor, found[: limits.MAX_LOBBY]):
        del row["id"]
        listed.append(shapes.LobbyRoom(**row))
        size += len(codec.encode(listed[-1]))
        if size > limits.PAGE_BYTES:
            break
    return listed, len(listed) < len(found)


def _wanted(matching: str) -> QuerySet[Room]:
    """Return the public rooms that match each word, in the order of their folded names, which
    js/navigation/lobby-rooms.js keeps."""
    public = Room.objects.public().order_by("folded", "id")
    words = fold(matching).split()
    if matching.strip() and not words:  # nothing but accents
        return public.none()
    found = public.filter(*(Q(folded__contains=word) for word in words))
    if words and not found.exists() and any(map(nearness.is_tolerant, words)):
        near = public.filter(*(_near("folded", word) for word in words))
        names = near.order_by("pk").values_list("pk", "folded")[:MAX_NEAR]
        return public.filter(pk__in=[pk for pk, name in names if nearness.fits([name], words)])
    return found


def _with_members(actor: User, rooms: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Add each room's size, and whether the actor is a member. Uses index: membership_once."""
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
) -> tuple[list[shapes.Member], tuple[int, str, int] | None]:
    """Return a page of the members, by role, then name, and where the next page begins.

    Only members and moderators may see it. `matching` keeps people in whose names words begin with
    each of its words, ignoring case and accents; `person` keeps only that one.
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
        rows = rows.filter(
            _begins_with(matching, prefix="user__") | _has_words(matching, prefix="user__")
        )
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
        [serializers.member(row.user, row.role) for row in page[:limit]],
        None if last is None else (last.rank, last.shown, last.user_id),
    )


def people(*, actor: User, matching: str) -> list[shapes.Person]:
    """Suggest people to write to: those whose username or display name begins with `matching`,
    ignoring case and accents, then those in whose names words begin with each of its words. If
    there are none, those whose names are one typing error away."""
    ratelimit.consume("people", actor.pk)
    matching = matching.strip().removeprefix("@")
    if not matching:
        return []
    others = User.objects.filter(is_active=True).exclude(pk=actor.pk).order_by("username")
    found = [*others.filter(_begins_with(matching))[:MAX_PEOPLE_FOUND]]
    if len(found) < MAX_PEOPLE_FOUND:
        # No index serves this one; the first keys of a name mostly find enough without it.
        known = [user.pk for user in found]
        more = others.filter(_has_words(matching)).exclude(pk__in=known)
        found += more[: MAX_PEOPLE_FOUND - len(found)]
    if not found:
        found += islice(_nearly(others, matching), MAX_PEOPLE_FOUND)
    return [serializers.person(user) for user in found]


def find_person(username: str) -> User:
    """Return the user with this username. Raises NotFound."""
    user = User.objects.filter(username=username.strip().lower()).first()
    if user is None:
        raise NotFound(_("There is no user called %(names)s."), names=username[:40])
    return user


def _begins_with(text: str, *, prefix: str = "") -> Q:
    """Usernames need no folding. Uses indexes: the username's own, user_folded_name."""
    wanted = fold(text)
    if not wanted:  # nothing but accents
        return Q(pk__in=())
    names = (f"{prefix}username", f"{prefix}folded_name")
    return Q.create([_prefix(name, wanted) for name in names], Q.OR)


def _has_words(text: str, *, prefix: str = "") -> Q:
    """Keep people in one of whose names a word begins with each word of the text."""
    words = fold(text).split()
    if not words:
        return Q(pk__in=())
    columns = (f"{prefix}username", f"{prefix}folded_name")
    return Q.create([Q(*(_begins_word(one, word) for word in words)) for one in columns], Q.OR)


def _begins_word(column: str, word: str) -> Q:
    later = [(f"{column}__contains", f"{mark}{word}") for mark in " -._"]
    return Q.create([(f"{column}__startswith", word), *later], Q.OR)


def _nearly(people: QuerySet[User], text: str) -> Iterator[User]:
    """Yield people whose names have words that are at most one typing error away."""
    words = fold(text).split()
    if not any(map(nearness.is_tolerant, words)):
        return
    near = (_near("username", word) | _near("folded_name", word) for word in words)
    for user in people.filter(*near)[:MAX_NEAR]:
        if nearness.fits([user.username, user.folded_name], words):
            yield user


def _near(column: str, word: str) -> Q:
    """Keep, among others, all names with words that are at most one typing error away."""
    if not nearness.is_tolerant(word):
        return Q(**{f"{column}__contains": word})
    return Q.create([(f"{column}__contains", half) for half in nearness.halves(word)], Q.OR)


def _prefix(column: str, text: str) -> Q:
    if connection.vendor == "sqlite":
        # SQLite's LIKE ignores case, so it can't use an index that doesn't.
        return Q(**{f"{column}__gte": text, f"{column}__lt": text + LAST})
    return Q(**{f"{column}__startswith": text})
