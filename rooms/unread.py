"""How much of a room somebody hasn't read: stated once, for every statement that asks.

It is what comes after the cursor and can be read: no tombstones, and nothing by people whom one
mutes or blocks. No row is kept per reader. Both are counted in two partial indexes of messages: of
tombstones there are few, and a post writes one more entry for its author.

The expressions are about a membership `m` and its room `r`, and are part of the statement that
reads both: a count is exact at the revision that is read with it.
"""

from collections.abc import Sequence
from typing import Any

from rooms.protocol import Reading
from rooms.statements import marks, select

# Uses index: message_tombstone.
_GONE = (
    "(SELECT COUNT(*) FROM rooms_message t WHERE t.room_id = m.room_id"
    " AND t.number > m.read_number AND t.deleted_at IS NOT NULL)"
)
# In one room: a look per person, or one per message where those are fewer. SQLite joins in this
# order; PostgreSQL finds it. Uses indexes: ignore_once, message_written, message_room_number.
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


# `written`: the rooms in which those people have written, found by one look per person and room,
# however much each has written there. Uses indexes: ignore_once, message_written.
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


# What one hasn't read of a room.
HERE = _expression(_IGNORED_HERE)
# The same of many rooms, of anyone who ignores nobody.
EACH_OF_ALL = _expression("0")
# The same of anyone: the beginning of a statement, in which `unread` has the `id` of each of
# somebody's memberships and its `count`. It takes the person's id three times. Both parts are added
# up, since SQLite would look through all that is ignored once for each membership.
EACH_WITH = (
    f"{_WRITTEN}, counted (id, count) AS ("  # noqa: S608  names of columns
    f" SELECT m.id, {EACH_OF_ALL} FROM rooms_membership m JOIN rooms_room r ON r.id = m.room_id"
    " WHERE m.user_id = %s"
    # A subquery and no join: PostgreSQL, which can't know how few rows `written` has, would go
    # through the whole index to join them.
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

_READING = "r.slug, m.read_number, r.last_number, r.revision, m.read_revision"
_OF = " FROM rooms_membership m JOIN rooms_room r ON r.id = m.room_id"


def count(user_id: int, room_id: int) -> int:
    """What a member hasn't read of a room whose row is locked; elsewhere read it with the room."""
    found = reading(user_id, room_id)
    return found.unread if found else 0


def reading(user_id: int, room_id: int) -> Reading | None:
    """How far somebody has read a room; None for anyone who isn't in it."""
    rows = select(
        f"SELECT {_READING}, {HERE}{_OF} WHERE m.user_id = %s AND m.room_id = %s",
        [user_id, room_id],
    )
    return _reading(rows[0]) if rows else None


def readings(user_id: int, room_ids: Sequence[int]) -> list[Reading]:
    """The same of several rooms, by id."""
    if not room_ids:
        return []
    return _readings(user_id, f"m.room_id IN ({marks(room_ids)})", room_ids)


def readings_beside(user_id: int, author_id: int) -> list[Reading]:
    """Of the rooms where an author has written something after somebody's cursor. Tombstones, too:
    pages that heard of them have counted with whom one ignored then.
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
    room, number, last_number, revision, read_revision, unread = row
    return Reading(
        room=room,
        number=number,
        last_number=last_number,
        revision=revision,
        read_revision=read_revision,
        unread=int(unread),
        mentions=0,
    )
