"""Which invitations count, in a statement by hand: an invitation is worth no more than whoever made
it, as they are now."""

from collections.abc import Collection
from dataclasses import dataclass, field

from rooms import moderators, sanctions
from rooms.errors import ChatError
from rooms.models import Room
from rooms.policy import Rights
from rooms.statements import marks, now, select


@dataclass(frozen=True, slots=True)
class Maker(Rights):
    """Who made an invitation, in the room that it leads to; without a room it leads to the site."""

    # No defaults, which the properties of the same names would be.
    is_active: bool = field()
    is_superuser: bool = field()
    moderates_site: bool = field()
    role: str | None = field()
    banned: bool = field()
    kind: str = field()
    archived: bool = field()
    person_and_room: tuple[int, int] = field()
    muted: bool = field(default=False, init=False)
    announcement: bool = field(default=False, init=False)

    @property
    def may_invite(self) -> bool:
        """Whether they could make it now."""
        if not self.kind:
            return self.moderates_site and not self.banned
        try:
            self.require_invitation()
            self.require_open()
            self.require_no_direct()
        except ChatError:
            return False
        return True


# Uses indexes: the keys of each table, membership_once, ban_user_room.
_MAKERS = f"""
SELECT i.id, u.is_active, u.is_superuser, {moderators.moderates("u")}, m.role,
  {sanctions.banned(user="u.id", room="i.room_id")}, r.kind, r.archived_at, u.id, r.id
FROM rooms_invite i JOIN rooms_user u ON u.id = i.created_by_id
LEFT JOIN rooms_room r ON r.id = i.room_id
LEFT JOIN rooms_membership m ON m.room_id = i.room_id AND m.user_id = u.id
WHERE i.id IN"""  # noqa: S608  names of columns


def counting(invites: Collection[int]) -> set[int]:
    """Which of these invitations, by id, count: those that their makers could make now. Whether one
    has expired or was used up is another matter."""
    if not invites:
        return set()
    rows = select(f"{_MAKERS} ({marks([*invites])})", [now(), *invites])
    return {pk for pk, *maker in rows if _maker(*maker).may_invite}


def _maker(
    is_active: bool,
    is_superuser: bool,
    moderates_site: bool,
    role: str | None,
    banned: bool,
    kind: Room.Kind | None,
    archived_at: object,
    user_id: int,
    room_id: int | None,
) -> Maker:
    return Maker(
        is_active=bool(is_active),  # SQLite keeps numbers
        is_superuser=bool(is_superuser),
        moderates_site=bool(moderates_site),
        role=role,
        banned=bool(banned),
        kind=kind or "",
        archived=archived_at is not None,
        person_and_room=(user_id, room_id or 0),
    )
