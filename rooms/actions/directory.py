"""Lists to look through: rooms to join, who is in one, whom to write to."""

from typing import Any

from django.db.models import Case, Count, Q, Value, When
from django.db.models.functions import Coalesce, Lower, NullIf

from rooms import events, protocol, ratelimit
from rooms.actions.sight import find_concern
from rooms.models import Membership, Room, User

MEMBERS_PAGE = 200
MAX_PEOPLE_FOUND = 20


def public_rooms(user: User) -> list[dict[str, Any]]:
    """The lobby: public rooms that aren't archived, with their size and whether one is in."""
    ratelimit.consume("lobby", user.pk)
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
    person: int | None = None,
    limit: int = MEMBERS_PAGE,
) -> tuple[list[protocol.Member], tuple[int, str, int] | None]:
    """A page of the members, by role, then name; and the place after which the next one begins.

    For members only: a list of people is nobody else's business. `matching` keeps those whose
    username or name begins with it, `person` that one alone.
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
    """Whom a direct message could go to: people whose username or name begins so."""
    ratelimit.consume("people", actor.pk)
    matching = matching.strip().removeprefix("@")
    if not matching:
        return []
    found = User.objects.filter(_begins_with(matching), is_active=True).exclude(pk=actor.pk)
    return [events.person(user) for user in found.order_by("username")[:MAX_PEOPLE_FOUND]]


def _begins_with(text: str, *, prefix: str = "") -> Q:
    return Q(**{f"{prefix}username__startswith": text.lower()}) | Q(
        **{f"{prefix}display_name__istartswith": text}
    )
