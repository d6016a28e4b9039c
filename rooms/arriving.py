"""Who opens a socket or a page, and where they are, in statements by hand."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.contrib.sessions.backends.db import SessionStore

from rooms import sanctions, unread
from rooms.models import Installation, Membership, Room, User
from rooms.policy import Standing
from rooms.statements import columns, moment, now, select

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
    *("archived_at", "revision", "last_number", "slow_mode", "announcement"),
)
_BANNED = sanctions.banned(user="u.id", room="r.id")
_MUTED = sanctions.muted(user="u.id", room="r.id")


def session(key: str) -> dict[str, Any]:
    """What a session says, nothing for one that has expired or that nobody has."""
    rows = select(
        "SELECT session_data FROM django_session WHERE session_key = %s AND expire_date > %s",
        [key, now()],
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


class Facts(NamedTuple):
    """What a welcome says of the site, and whether there is more to ask."""

    epoch: str
    is_muted: bool  # everywhere
    ignores: bool  # anybody


def facts(user_id: int) -> Facts:
    """Of the installation and somebody. Uses indexes: mute_user_room, ignore_once."""
    rows = select(
        "SELECT epoch, EXISTS (SELECT 1 FROM rooms_mute m WHERE m.user_id = %s"
        " AND m.room_id IS NULL AND m.lifted_at IS NULL),"
        " EXISTS (SELECT 1 FROM rooms_ignore i WHERE i.user_id = %s)"
        " FROM rooms_installation WHERE id = 1",
        [user_id, user_id],
    )
    if not rows:
        return Facts(Installation.current().epoch, False, False)
    epoch, is_muted, ignores = rows[0]
    return Facts(epoch, bool(is_muted), bool(ignores))


class Seat(NamedTuple):
    """Where somebody is and how far they have read there. No model: some have thousands of them,
    and are told of a few hundred at a time."""

    id: int  # of the membership
    room_id: int
    read_number: int
    read_revision: int
    slug: str
    kind: str
    name: str
    archived: bool
    revision: int
    last_number: int
    unread: int


_SEAT = (
    "m.id, m.room_id, m.read_number, m.read_revision, r.slug, r.kind, r.name,"
    " r.archived_at IS NOT NULL, r.revision, r.last_number"
)


def seats(user_id: int, *, ignores: bool, after: int = 0, limit: int | None = None) -> list[Seat]:
    """Everywhere that somebody is, in the order in which they came there: all, or `limit` of those
    `after` the membership of this id. Anyone who `ignores` nobody spares the database to look for
    it. Uses index: the one of a membership's user."""
    if ignores:
        asked = f"{unread.EACH_WITH}SELECT {_SEAT}, unread.count{unread.EACH_FROM}"
    else:
        asked = (
            f"SELECT {_SEAT}, {unread.EACH_OF_ALL} FROM rooms_membership m"  # noqa: S608  names of columns
            " JOIN rooms_room r ON r.id = m.room_id WHERE m.user_id = %s"
        )
    rows = select(
        f"{asked} AND m.id > %s ORDER BY m.id{'' if limit is None else f' LIMIT {limit}'}",
        [*[user_id] * (3 if ignores else 1), after],
    )
    return [Seat._make((*row[:-1], int(row[-1]))) for row in rows]


def standing(user_id: int, slug: str, *, counted: bool = False) -> Standing | None:
    """Who somebody is in a room, all of it read anew, with what isn't read there if that is to be
    `counted`; None where there is no such room.
    Uses indexes: membership_once, ban_user_room, mute_user_room."""
    count = unread.HERE if counted else "NULL"
    shown = [*_of("u", _IN_ROOM), *_of("r", _ROOM), *_of("m", _MEMBERSHIP), count, _BANNED, _MUTED]
    rows = select(
        f"SELECT {', '.join(shown)} FROM rooms_room r"  # noqa: S608  names of columns
        " JOIN rooms_user u ON u.id = %s"
        " LEFT JOIN rooms_membership m ON m.room_id = r.id AND m.user_id = u.id"
        " WHERE r.slug = %s",
        [now(), now(), user_id, slug],
    )
    if not rows:
        return None
    *row, not_read, banned, muted = rows[0]
    user = _user(_IN_ROOM, row[: len(_IN_ROOM)])
    room = _room(row[len(_IN_ROOM) : -len(_MEMBERSHIP)])
    held = row[-len(_MEMBERSHIP) :]
    membership = _membership(held, user, room, not_read) if held[0] is not None else None
    return Standing(user, room, membership, banned=bool(banned), muted=bool(muted))


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
    room.announcement = bool(room.announcement)
    return room


def _membership(row: Sequence[Any], user: User, room: Room, not_read: int | None) -> Membership:
    membership = Membership.from_db("default", _MEMBERSHIP, row)
    membership.room, membership.user, membership.unread = room, user, not_read
    return membership
