"""Who opens a socket or a page, and which rooms they are in, in handwritten SQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.contrib.sessions.backends.db import SessionStore

from rooms.models import Installation, Membership, Room, User
from rooms.policy import sanctions
from rooms.policy.levels import Choice
from rooms.policy.standing import Standing
from rooms.queries import inbox, site, unread
from rooms.queries.site import Site
from rooms.storage.sql import columns, moment, now, select

_FLAGS = ("is_active", "is_staff", "is_superuser")
_ZONES = ("zone", "browser_zone")
_QUIET = ("quiet_until", "quiet_lifted_until", "quiet_days", "quiet_from", "quiet_to")
_SHOWN = ("id", "username", "display_name", "avatar", *_FLAGS)
# With the columns that only their own page and socket need: `sidebar` and `sections` can fill
# several database pages.
_OWN = (
    *("password", "last_room_id", "language", "sidebar", "sections", "appearance"),
    *("shows_typing", *_QUIET),
)
_USER = columns(User, *_SHOWN, *_OWN, *_ZONES)
_IN_ROOM = columns(User, *_SHOWN)
_MEMBERSHIP = columns(
    Membership,
    *("id", "room_id", "user_id", "role", "read_number", "read_revision", "hidden_to"),
    *("seen_number", "level", "level_until", "level_before"),
)
_ROOM = columns(
    *(Room, "id", "slug", "kind", "name", "topic"),
    *("archived_at", "revision", "last_number", "slow_mode", "announcement"),
    *("web_opened_at", "web_floor", "web_noindex", "room_mention_by"),
)
_BANNED = sanctions.banned(user="u.id", room="r.id")
_MUTED = sanctions.muted(user="u.id", room="r.id")


def session(key: str) -> dict[str, Any]:
    """Return a session's data; empty if it has expired or doesn't exist."""
    rows = select(
        "SELECT session_data FROM django_session WHERE session_key = %s AND expire_date > %s",
        [key, now()],
    )
    return SessionStore(key).decode(rows[0][0]) if rows else {}


def person(user_id: Any) -> User | None:
    """Return the person with this id; None unless they have an account that is active."""
    rows = select(
        f"SELECT {', '.join(_USER)} FROM rooms_user WHERE id = %s",  # noqa: S608  names of columns
        [User._meta.pk.to_python(user_id)],
    )
    user = _user(_USER, rows[0]) if rows else None
    if user is None or not user.is_active:
        return None
    user.shows_typing = bool(user.shows_typing)
    user.quiet_until = moment(user.quiet_until)
    user.quiet_lifted_until = moment(user.quiet_lifted_until)
    return user


class Facts(NamedTuple):
    """What a welcome says about the site, and whether there is more to look up."""

    epoch: str
    is_muted: bool  # on the whole site
    ignores: bool  # whether they ignore anyone
    emoji: int  # the revision of the site's own
    inbox: int  # how many items are unread
    site: Site


def facts(user_id: int) -> Facts:
    """Read the facts for a person. Uses indexes: mute_user_room, ignore_once."""
    rows = select(
        "SELECT epoch, EXISTS (SELECT 1 FROM rooms_mute m WHERE m.user_id = %s"  # noqa: S608  names of columns
        " AND m.room_id IS NULL AND m.lifted_at IS NULL),"
        " EXISTS (SELECT 1 FROM rooms_ignore i WHERE i.user_id = %s),"
        f" emoji_revision, {inbox.UNREAD}, {site.COLUMNS} FROM rooms_installation WHERE id = 1",
        [user_id, user_id, user_id],
    )
    if not rows:
        epoch = Installation.current().epoch
        return Facts(epoch, False, False, 0, inbox.unread(user_id), site.UNSET)
    epoch, is_muted, ignores, emoji, items, *row = rows[0]
    return Facts(epoch, bool(is_muted), bool(ignores), emoji, items, site.learn(row))


class Seat(NamedTuple):
    """A room in somebody's list, and how far they have read it. Not a model: some people are in
    thousands of rooms, and are sent a few hundred at a time."""

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
    level: str
    level_until: datetime | None
    level_before: str
    mentions: int
    unread: int

    @property
    def choice(self) -> Choice:
        return Choice(self.level, moment(self.level_until), self.level_before)


_SEAT = (
    "m.id, m.room_id, m.read_number, m.read_revision, r.slug, r.kind, r.name,"
    " r.archived_at IS NOT NULL, r.revision, r.last_number,"
    f" m.level, m.level_until, m.level_before, {unread.MENTIONS}"
)

_LISTED = "(m.hidden_to IS NULL OR m.hidden_to < r.last_number)"


def seats(user_id: int, *, ignores: bool, after: int = 0, limit: int | None = None) -> list[Seat]:
    """Return the rooms in somebody's list, which are those they are in except hidden ones, in the
    order in which they joined: all, or `limit` of those `after` the membership with this id. For
    people who ignore nobody (`ignores` is False) the database doesn't have to look. Uses index: the
    membership's user."""
    if ignores:
        asked = f"{unread.EACH_WITH}SELECT {_SEAT}, unread.count{unread.EACH_FROM}"
    else:
        asked = (
            f"SELECT {_SEAT}, {unread.EACH_OF_ALL} FROM rooms_membership m"  # noqa: S608  names of columns
            " JOIN rooms_room r ON r.id = m.room_id WHERE m.user_id = %s"
        )
    most = "" if limit is None else f" LIMIT {limit}"
    rows = select(
        f"{asked} AND {_LISTED} AND m.id > %s ORDER BY m.id{most}",
        [*[user_id] * (3 if ignores else 1), after],
    )
    return [_seat(row) for row in rows]


def _seat(row: Sequence[Any]) -> Seat:
    *rest, mentions, count = row
    count = int(count)
    kind = rest[5]
    return Seat._make((*rest, unread.mentioned(kind, count, int(mentions)), count))


def standing(user_id: int, slug: str, *, counted: bool = False) -> Standing | None:
    """Read who somebody is in a room, and how much is unread there if `counted`; None if there is
    no such room. Uses indexes: membership_once, ban_user_room, mute_user_room."""
    counts = [unread.HERE, unread.MENTIONS] if counted else ["NULL", "0"]
    whole = [*_of("u", _IN_ROOM), *_of("r", _ROOM), *_of("m", _MEMBERSHIP)]
    shown = [*whole, *counts, _BANNED, _MUTED]
    rows = select(
        f"SELECT {', '.join(shown)} FROM rooms_room r"  # noqa: S608  names of columns
        " JOIN rooms_user u ON u.id = %s"
        " LEFT JOIN rooms_membership m ON m.room_id = r.id AND m.user_id = u.id"
        " WHERE r.slug = %s",
        [now(), now(), user_id, slug],
    )
    if not rows:
        return None
    *row, not_read, mentions, banned, muted = rows[0]
    user = _user(_IN_ROOM, row[: len(_IN_ROOM)])
    room = _room(row[len(_IN_ROOM) : -len(_MEMBERSHIP)])
    held = row[-len(_MEMBERSHIP) :]
    membership = _membership(held, user, room) if held[0] is not None else None
    if membership is not None and counted:
        membership.unread = not_read
        membership.mentions = unread.mentioned(room.kind, not_read, mentions)
    return Standing(user, room, membership, banned=bool(banned), muted=bool(muted))


def size(room_id: int) -> int:
    """Count the people in a room. Uses index: membership_once."""
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
    room.web_opened_at = moment(room.web_opened_at)
    room.web_noindex = bool(room.web_noindex)
    return room


def _membership(row: Sequence[Any], user: User, room: Room) -> Membership:
    membership = Membership.from_db("default", _MEMBERSHIP, row)
    membership.level_until = moment(membership.level_until)
    membership.room, membership.user = room, user
    return membership
