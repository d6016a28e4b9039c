"""Which invitations are valid, in handwritten SQL: an invitation is worth no more than the rights
that the person who made it has now."""

from collections.abc import Collection
from dataclasses import dataclass, field

from rooms.errors import ChatError
from rooms.models import Room, moderators
from rooms.policy import sanctions
from rooms.policy.standing import Rights
from rooms.storage.sql import marks, now, select


@dataclass(frozen=True, slots=True)
class Maker(Rights):
    """Who made an invitation, and their rights in the room that it leads to. Without a room it
    leads to the site."""

    # field(): without it, the properties of the same names in Rights would be the defaults.
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
        """Whether they could make the invitation now."""
        if not self.kind:
            return self.moderates_site and not self.banned
        try:
            self.require_invitation()
            self.require_open()
            self.require_no_direct()
        except ChatError:
            return False
        return True


# Uses indexes: each table's primary key, membership_once, ban_user_room.
_MAKERS = f"""
SELECT i.id, u.is_active, u.is_superuser, {moderators.moderates("u")}, m.role,
  {sanctions.banned(user="u.id", room="i.room_id")}, r.kind, r.archived_at, u.id, r.id
FROM rooms_invite i JOIN rooms_user u ON u.id = i.created_by_id
LEFT JOIN rooms_room r ON r.id = i.room_id
LEFT JOIN rooms_membership m ON m.room_id = i.room_id AND m.user_id = u.id
WHERE i.id IN"""  # noqa: S608  names of columns


def counting(invites: Collection[int]) -> set[int]:
    """Return which of these invitations (by id) their makers could still make now. Whether they are
    expired or used up is checked elsewhere."""
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
