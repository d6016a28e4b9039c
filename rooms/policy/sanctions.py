"""Who is banned or muted: the only definition, for every statement that asks."""

from datetime import datetime
from typing import NamedTuple

from rooms.storage.sql import moment, now, select


class Sanctioned(NamedTuple):
    """What keeps somebody out, or from writing; for good if `until` is None."""

    reason: str
    until: datetime | None


def in_force(table: str, *, user: str, room: str) -> str:
    """Build the SQL expression for whether a sanction against somebody is in force in a room or on
    the whole site. `user` and `room` are columns or placeholders; the last parameter is `now()`.
    Uses indexes: ban_user_room, mute_user_room."""
    return (
        f"EXISTS (SELECT 1 FROM {table} x WHERE x.user_id = {user}"  # noqa: S608  names of columns
        f" AND (x.room_id IS NULL OR x.room_id = {room}) AND x.lifted_at IS NULL"
        " AND (x.expires_at IS NULL OR x.expires_at > %s))"
    )


def banned(*, user: str, room: str) -> str:
    """Build the expression for bans."""
    return in_force("rooms_ban", user=user, room=room)


def muted(*, user: str, room: str) -> str:
    """Build the expression for mutes."""
    return in_force("rooms_mute", user=user, room=room)


def of(user_id: int, room_id: int) -> tuple[bool, bool]:
    """Whether somebody is banned from a room, and whether they are muted there."""
    sql = f"SELECT {banned(user='%s', room='%s')}, {muted(user='%s', room='%s')}"
    one = [user_id, room_id, now()]
    is_banned, is_muted = select(sql, [*one, *one])[0]
    return bool(is_banned), bool(is_muted)


def ban(user_id: int) -> Sanctioned | None:
    """The ban that keeps somebody off the whole site, if there is one."""
    return _longest("rooms_ban", user_id, None)


def mute(user_id: int, room_id: int | None) -> Sanctioned | None:
    """The mute against somebody in a room or (without one) on the whole site, if there is one."""
    return _longest("rooms_mute", user_id, room_id)


def _longest(table: str, user_id: int, room_id: int | None) -> Sanctioned | None:
    where = "room_id IS NULL" if room_id is None else "room_id = %s"
    rows = select(
        f"SELECT reason, expires_at FROM {table}"  # noqa: S608  names of ours
        f" WHERE user_id = %s AND {where} AND lifted_at IS NULL"
        " AND (expires_at IS NULL OR expires_at > %s)"
        " ORDER BY CASE WHEN expires_at IS NULL THEN 0 ELSE 1 END, expires_at DESC, id LIMIT 1",
        [user_id, *([] if room_id is None else [room_id]), now()],
    )
    return Sanctioned(rows[0][0], moment(rows[0][1])) if rows else None
