"""Whether anyone in a direct room would hear what somebody writes there."""

from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from rooms.errors import Forbidden
from rooms.models import Room
from rooms.policy.standing import Rights
from rooms.storage.sql import select

BLOCKED = _("They don't accept direct messages from you.")
BLOCKED_AMONG_THEM = _("Not all of these people accept direct messages from each other.")
NOBODY_LEFT = _("Nobody would read this: every other account in this conversation is closed.")


def require_not_blocked(rights: Rights) -> None:
    """Raise Forbidden in a direct room of two if the other person has blocked this one: neither new
    messages nor edits of old ones reach them."""
    if rights.kind == Room.Kind.DIRECT and _audience(*rights.person_and_room).has_blocked:
        raise Forbidden(BLOCKED)


def require_reader(rights: Rights) -> None:
    """Do the same for a new message, and raise Forbidden as well in a direct room where every other
    account is closed."""
    if rights.kind != Room.Kind.DIRECT:
        return
    audience = _audience(*rights.person_and_room)
    if audience.has_blocked:
        raise Forbidden(BLOCKED)
    if audience.people > 1 and not audience.readers:
        raise Forbidden(NOBODY_LEFT)


class _Audience(NamedTuple):
    """Who is in a direct room, the author included: how many people, how many of them have blocked
    the author, and how many others have an account that is open."""

    people: int
    blockers: int
    readers: int

    @property
    def has_blocked(self) -> bool:
        return self.people <= 2 and self.blockers > 0


def _audience(author_id: int, room_id: int) -> _Audience:
    """Uses indexes: membership_once, ignore_once."""
    rows = select(
        "SELECT COUNT(*), COUNT(i.id),"
        " COALESCE(SUM(CASE WHEN u.is_active AND u.id <> %s THEN 1 ELSE 0 END), 0)"
        " FROM rooms_membership m JOIN rooms_user u ON u.id = m.user_id LEFT JOIN rooms_ignore i"
        " ON i.user_id = m.user_id AND i.other_id = %s AND i.kind = 'block' WHERE m.room_id = %s",
        [author_id, author_id, room_id],
    )
    return _Audience(*rows[0])
