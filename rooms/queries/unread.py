"""How much of a room is unread for somebody: the only definition, for every statement that asks.

Unread is what comes after the read cursor, except tombstones and messages by people whom the reader
mutes or blocks. Nothing is stored per reader and message: the exceptions are counted in two partial
indexes of messages. Tombstones are few, and a post adds one index entry for its author.

The expressions refer to a membership `m` and its room `r`, and go into the statement that reads
both: a count is exact for the revision that is read with it.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from rooms.models import Room
from rooms.protocol.shapes import Reading
from rooms.storage.sql import marks, select

PEOPLE = 500  # in one statement

# Uses index: message_tombstone.
_GONE = (
    "(SELECT COUNT(*) FROM rooms_message t WHERE t.room_id = m.room_id"
    " AND t.number > m.read_number AND t.deleted_at IS NOT NULL)"
)
# In one room: one look-up per ignored person, or per message if those are fewer. SQLite joins in
# this order; PostgreSQL finds it. Uses indexes: ignore_once, message_written, message_room_number.
_IGNORED_HERE = (
    "CASE WHEN (SELECT COUNT(*) FROM rooms_ignore i WHERE i.user_id = m.user_id)"
    " <= r.last_number - m.read_number THEN"
    " (SELECT COUNT(*) FROM rooms_ignore i CROSS JOIN rooms_message s WHERE i.user_id = m.user_id"
    " AND s.author_id = i.other_id AND s.room_id = m.room_id"
    " AND s.number > m.read_number AND s.deleted_at IS NULL) ELSE"
    " (SELECT COUNT(*) FROM rooms_message u WHERE u.room_id = m.room_id"
    " AND u.number > m.read_number AND u.deleted_at IS NULL AND EXISTS (SELECT 1"
    " FROM rooms_ignore i WHERE i.user_id = m.user_id AND i.other_id = u.author_id)) END"
)


# `written`: the rooms in which ignored people have written, found with one look-up per person and
# room, however much they have written there. Uses indexes: ignore_once, message_written.
_FIRST = "SELECT MIN(s.room_id) FROM rooms_message s WHERE s.deleted_at IS NULL AND s.author_id"
_WRITTEN = (
    "WITH RECURSIVE written (author_id, room_id) AS ("  # noqa: S608  names of columns
    f" SELECT i.other_id, ({_FIRST} = i.other_id) FROM rooms_ignore i WHERE i.user_id = %s"
    f" UNION ALL SELECT w.author_id, ({_FIRST} = w.author_id AND s.room_id > w.room_id)"
    " FROM written w WHERE w.room_id IS NOT NULL)"
)


def _expression(ignored: str) -> str:
    return (
        "CASE WHEN r.last_number > m.read_number"
        f" THEN r.last_number - m.read_number - {_GONE} - {ignored} ELSE 0 END"
    )


# What is unread in one room.
HERE = _expression(_IGNORED_HERE)
# The same for many rooms, for a reader who ignores nobody.
EACH_OF_ALL = _expression("0")
# The same for any reader: the start of a statement, in which `unread` has the `id` and `count` of
# each of their memberships. Its parameters are the reader's id, three times. The two parts are
# summed, since SQLite would otherwise scan everything ignored once per membership.
EACH_WITH = (
    f"{_WRITTEN}, counted (id, count) AS ("  # noqa: S608  names of columns
    f" SELECT m.id, {EACH_OF_ALL} FROM rooms_membership m JOIN rooms_room r ON r.id = m.room_id"
    " WHERE m.user_id = %s"
    # A subquery, not a join: PostgreSQL can't know how few rows `written` has, and would join by
    # scanning the whole index.
    " UNION ALL SELECT m.id, -SUM((SELECT COUNT(*) FROM rooms_message s"
    " WHERE s.author_id = w.author_id AND s.room_id = w.room_id AND s.number > m.read_number"
    " AND s.deleted_at IS NULL)) FROM written w CROSS JOIN rooms_membership m"
    " WHERE m.room_id = w.room_id AND m.user_id = %s GROUP BY m.id),"
    " unread (id, count) AS (SELECT id, SUM(count) FROM counted GROUP BY id) "
)
EACH_FROM = (
    " FROM unread CROSS JOIN rooms_membership m CROSS JOIN rooms_room r"
    " WHERE m.id = unread.id AND r.id = m.room_id"
)

# How much of what is unread in one room mentions the reader: by name, `@here` or a keyword, which
# are items of their inbox, or by `@room`, which the message itself says. In a direct room,
# everything does: see `mentioned`. Uses indexes: inbox_once, message_room_number,
# message_addressed, ignore_once.
_HEARD = (
    "NOT EXISTS (SELECT 1 FROM rooms_ignore o WHERE o.user_id = m.user_id"
    " AND o.other_id = {}.author_id)"
)
MENTIONS = (
    "CASE WHEN r.kind = 'direct' OR r.last_number <= m.read_number THEN 0 ELSE"  # noqa: S608  names of columns
    " (SELECT COUNT(*) FROM rooms_inboxitem n CROSS JOIN rooms_message e"
    " WHERE n.user_id = m.user_id AND n.room_id = m.room_id AND n.number > m.read_number"
    " AND n.reason IN ('mention', 'room', 'keyword')"
    " AND e.room_id = n.room_id AND e.number = n.number AND e.deleted_at IS NULL"
    f" AND e.mentions_room <> 'room' AND {_HEARD.format('e')})"
    " + (SELECT COUNT(*) FROM rooms_message a WHERE a.room_id = m.room_id"
    " AND a.number > m.read_number AND a.mentions_room = 'room' AND a.deleted_at IS NULL"
    f" AND a.author_id <> m.user_id AND {_HEARD.format('a')}) END"
)

_READING = f"r.slug, r.kind, m.read_number, r.last_number, r.revision, m.read_revision, {MENTIONS}"
_OF = " FROM rooms_membership m JOIN rooms_room r ON r.id = m.room_id"


class Count(NamedTuple):
    """How much is unread, and how much of it mentions the reader."""

    unread: int
    mentions: int


NOTHING = Count(0, 0)


def mentioned(kind: str, unread: int, mentions: int) -> int:
    """Return how much of what is unread in a room of this kind mentions the reader."""
    return unread if kind == Room.Kind.DIRECT else mentions


def count(user_id: int, room_id: int) -> Count:
    """Count what is unread for a member of a room whose row is locked; otherwise read it together
    with the room."""
    found = reading(user_id, room_id)
    return Count(found.unread, found.mentions) if found else NOTHING


def reading(user_id: int, room_id: int) -> Reading | None:
    """Return how far somebody has read a room; None if they aren't in it."""
    rows = select(
        f"SELECT {_READING}, {HERE}{_OF} WHERE m.user_id = %s AND m.room_id = %s",
        [user_id, room_id],
    )
    return _reading(rows[0]) if rows else None


def readings(user_id: int, room_ids: Sequence[int]) -> list[Reading]:
    """Do the same for several rooms, by id."""
    if not room_ids:
        return []
    return _readings(user_id, f"m.room_id IN ({marks(room_ids)})", room_ids)


def readings_in(room_id: int, user_ids: Sequence[int]) -> dict[int, Reading]:
    """Do the same for one room and several people. Uses index: membership_once."""
    found: dict[int, Reading] = {}
    for start in range(0, len(user_ids), PEOPLE):
        some = user_ids[start : start + PEOPLE]
        rows = select(
            f"SELECT m.user_id, {_READING}, {HERE}{_OF}"
            f" WHERE m.room_id = %s AND m.user_id IN ({marks(some)})",
            [room_id, *some],
        )
        found.update((user_id, _reading(row)) for user_id, *row in rows)
    return found


def readings_beside(user_id: int, author_id: int) -> list[Reading]:
    """Do the same for the rooms where an author has written something after somebody's cursor.
    Tombstones are included: pages that were told of them counted by whom the reader ignored then.
    Uses indexes: message_written, message_tombstone."""
    wrote = (
        "EXISTS (SELECT 1 FROM rooms_message x WHERE x.author_id = %s AND x.room_id = m.room_id"
        " AND x.number > m.read_number AND x.deleted_at IS {}NULL)"
    )
    return _readings(
        user_id, f"({wrote.format('')} OR {wrote.format('NOT ')})", [author_id, author_id]
    )


def _readings(user_id: int, where: str, values: Sequence[Any]) -> list[Reading]:
    rows = select(
        f"{EACH_WITH}SELECT {_READING}, unread.count{EACH_FROM} AND {where} ORDER BY r.id",
        [user_id, user_id, user_id, *values],
    )
    return [_reading(row) for row in rows]


def _reading(row: Sequence[Any]) -> Reading:
    slug, kind, number, last_number, revision, read_revision, mentions, unread = row
    return Reading(
        room=slug,
        number=number,
        last_number=last_number,
        revision=revision,
        read_revision=read_revision,
        unread=int(unread),
        mentions=mentioned(kind, int(unread), int(mentions)),
    )
