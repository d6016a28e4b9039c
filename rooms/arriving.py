"""Who opens a socket or a page, and where they are, in statements by hand."""

from collections.abc import Sequence
from typing import Any

from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.utils import timezone

from rooms.models import Installation, Membership, Room, User
from rooms.policy import Standing
from rooms.statements import columns, moment, select

_FLAGS = ("is_active", "is_staff", "is_superuser")
_SHOWN = ("id", "username", "display_name", "avatar", *_FLAGS)
# What only their own page and socket need: a list of favourites can be pages of the database long.
_USER = columns(User, *_SHOWN, "password", "last_room_id", "language", "sidebar")
_IN_ROOM = columns(User, *_SHOWN)
_MEMBERSHIP = columns(
    Membership, "id", "room_id", "user_id", "role", "read_number", "read_revision"
)
_ROOM = columns(
    *(Room, "id", "slug", "kind", "name", "topic"),
    *("archived_at", "revision", "last_number"),
)
_BANNED = (
    "EXISTS (SELECT 1 FROM rooms_ban b WHERE b.user_id = u.id AND b.lifted_at IS NULL"
    " AND (b.expires_at IS NULL OR b.expires_at > %s)"
    " AND (b.room_id IS NULL OR b.room_id = r.id))"
)


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
    user = _user(_USER, rows[0]) if rows else None
    return user if user is not None and user.is_active else None


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
    shown = [*_of("m", _MEMBERSHIP), *_of("r", _ROOM)]
    rows = select(
        f"SELECT {', '.join(shown)} FROM rooms_membership m"  # noqa: S608  names of columns
        " JOIN rooms_room r ON r.id = m.room_id WHERE m.user_id = %s ORDER BY r.name, r.id",
        [user.pk],
    )
    return [
        _membership(row[: len(_MEMBERSHIP)], user, _room(row[len(_MEMBERSHIP) :])) for row in rows
    ]


def standing(user_id: int, slug: str) -> Standing | None:
    """Who somebody is in a room, all of it read anew; None where there is no such room.
    Uses indexes: membership_once, ban_user_room."""
    shown = [*_of("u", _IN_ROOM), *_of("r", _ROOM), *_of("m", _MEMBERSHIP), _BANNED]
    rows = select(
        f"SELECT {', '.join(shown)} FROM rooms_room r"  # noqa: S608  names of columns
        " JOIN rooms_user u ON u.id = %s"
        " LEFT JOIN rooms_membership m ON m.room_id = r.id AND m.user_id = u.id"
        " WHERE r.slug = %s",
        [connection.ops.adapt_datetimefield_value(timezone.now()), user_id, slug],
    )
    if not rows:
        return None
    *row, banned = rows[0]
    user = _user(_IN_ROOM, row[: len(_IN_ROOM)])
    room = _room(row[len(_IN_ROOM) : -len(_MEMBERSHIP)])
    held = row[-len(_MEMBERSHIP) :]
    membership = _membership(held, user, room) if held[0] is not None else None
    return Standing(user=user, room=room, membership=membership, banned=bool(banned))


def size(room_id: int) -> int:
    """How many people are in a room. Uses index: membership_once."""
    rows = select("SELECT COUNT(*) FROM rooms_membership WHERE room_id = %s", [room_id])
    return int(rows[0][0])


def _of(table: str, names: Sequence[str]) -> list[str]:
    return [f"{table}.{name}" for name in names]


def _user(names: Sequence[str], row: Sequence[Any]) -> User:
    user = User.from_db("default", names, row)
    # SQLite keeps numbers.
    for name in _FLAGS:
        setattr(user, name, bool(getattr(user, name)))
    return user


def _room(row: Sequence[Any]) -> Room:
    room = Room.from_db("default", _ROOM, row)
    room.archived_at = moment(room.archived_at)
    return room


def _membership(row: Sequence[Any], user: User, room: Room) -> Membership:
    membership = Membership.from_db("default", _MEMBERSHIP, row)
    membership.room, membership.user = room, user
    return membership
