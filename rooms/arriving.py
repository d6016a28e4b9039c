"""Who opens a socket and where they are, in statements by hand."""

from typing import Any

from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.utils import timezone

from rooms.models import Installation, Membership, Room, User
from rooms.statements import columns, moment, select

_USER = columns(
    User,
    *("id", "password", "username", "display_name", "avatar"),
    *("is_active", "is_staff", "is_superuser"),
)
_MEMBERSHIP = columns(Membership, "id", "room_id", "user_id", "role", "read_number")
_ROOM = columns(Room, "id", "slug", "kind", "name", "archived_at", "revision", "last_number")


def session(key: str) -> dict[str, Any]:
    """What a session says, nothing for one that has expired or that nobody has."""
    rows = select(
        "SELECT session_data FROM django_session WHERE session_key = %s AND expire_date > %s",
        [key, connection.ops.adapt_datetimefield_value(timezone.now())],
    )
    return SessionStore(key).decode(rows[0][0]) if rows else {}


def person(user_id: Any) -> User | None:
    """Somebody who has an account and may use it."""
    rows = select(
        f"SELECT {', '.join(_USER)} FROM rooms_user WHERE id = %s",  # noqa: S608  names of columns
        [User._meta.pk.to_python(user_id)],
    )
    if not rows:
        return None
    user = User.from_db("default", _USER, rows[0])
    # SQLite keeps numbers.
    for name in ("is_active", "is_staff", "is_superuser"):
        setattr(user, name, bool(getattr(user, name)))
    return user if user.is_active else None


def site_ban(user_id: int) -> str | None:
    """The reason, perhaps empty, why somebody is banned from the whole site; None for who isn't.
    Uses index: ban_user_room."""
    rows = select(
        "SELECT reason FROM rooms_ban WHERE user_id = %s AND room_id IS NULL"
        " AND lifted_at IS NULL AND (expires_at IS NULL OR expires_at > %s) ORDER BY id LIMIT 1",
        [user_id, connection.ops.adapt_datetimefield_value(timezone.now())],
    )
    return rows[0][0] if rows else None


def epoch() -> str:
    """Of the installation."""
    rows = select("SELECT epoch FROM rooms_installation WHERE id = 1", [])
    return str(rows[0][0]) if rows else Installation.current().epoch


def memberships(user: User) -> list[Membership]:
    """Everywhere that somebody is, with the rooms, by name."""
    shown = [*(f"m.{name}" for name in _MEMBERSHIP), *(f"r.{name}" for name in _ROOM)]
    rows = select(
        f"SELECT {', '.join(shown)} FROM rooms_membership m"  # noqa: S608  names of columns
        " JOIN rooms_room r ON r.id = m.room_id WHERE m.user_id = %s ORDER BY r.name, r.id",
        [user.pk],
    )
    found = []
    for row in rows:
        membership = Membership.from_db("default", _MEMBERSHIP, row[: len(_MEMBERSHIP)])
        room = Room.from_db("default", _ROOM, row[len(_MEMBERSHIP) :])
        room.archived_at = moment(room.archived_at)
        membership.room, membership.user = room, user
        found.append(membership)
    return found
