"""What a batch of posts reads and writes, in handwritten SQL.

Posting is what a chat does most. Django's ORM takes ten times as long to build these statements as
a database takes to run them, its models take as long again, and it can't look up several columns
together: rooms × people × nonces would be looked up one by one. Every statement names the keys of
one index. The columns are the models'; `tests/unit/test_posting.py` compares them.
"""

import functools
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import NamedTuple, Protocol

from django.db import connection
from django.utils import timezone

from rooms.models import Message, moderators
from rooms.policy import sanctions
from rooms.policy.standing import Rights
from rooms.storage.sql import Straight, marks, moment, now, packed, packed_values, row_set, select


@dataclass(slots=True)
class LockedRoom:
    """A room whose row is locked, with the counters that it hands out."""

    id: int
    slug: str
    kind: str
    archived: bool
    revision: int
    last_number: int
    slow_mode: int = 0  # seconds
    announcement: bool = False
    room_mention_by: str = ""
    wanted: bool = False


class AuthorRow(NamedTuple):
    """What the database knows about an author, in the order of the columns that `authors` reads."""

    username: str
    display_name: str
    avatar: str  # the name of its file
    is_active: bool
    is_staff: bool
    is_superuser: bool
    moderates_site: bool
    membership_id: int | None
    role: str | None
    banned: bool
    muted: bool
    stored_id: int | None  # the message that has the nonce already
    held_id: int | None  # the held message that has it, waiting or refused
    date_joined: datetime
    invited: bool
    rules_revision: int | None  # the site's
    keywords_revision: int | None
    has_items: bool  # of their inbox here, unread: what posting reads


@dataclass(slots=True)
class Author(Rights):
    """Somebody who wants to post in a room. Always freshly read: rights are never stale."""

    id: int
    room: LockedRoom
    row: AuthorRow

    @property
    def is_active(self) -> bool:
        return bool(self.row.is_active)  # SQLite keeps numbers

    @property
    def is_staff(self) -> bool:
        return bool(self.row.is_staff)

    @property
    def is_superuser(self) -> bool:
        return bool(self.row.is_superuser)

    @property
    def moderates_site(self) -> bool:
        return bool(self.row.moderates_site)

    @property
    def role(self) -> str | None:
        return self.row.role

    @property
    def date_joined(self) -> datetime:
        joined = moment(self.row.date_joined)
        assert joined is not None  # noqa: S101  everyone has joined
        return joined

    @property
    def invited(self) -> bool:
        return bool(self.row.invited)

    @property
    def banned(self) -> bool:
        return bool(self.row.banned)

    @property
    def muted(self) -> bool:
        return bool(self.row.muted)

    @property
    def kind(self) -> str:
        return self.room.kind

    @property
    def archived(self) -> bool:
        return self.room.archived

    @property
    def announcement(self) -> bool:
        return self.room.announcement

    @property
    def person_and_room(self) -> tuple[int, int]:
        return self.id, self.room.id


class Row(NamedTuple):
    """A new message, in the order of the columns that `write` fills."""

    room_id: int
    author_id: int
    number: int
    revision: int
    nonce: str
    body: str
    html: str
    renderer: int
    reply_to: int | None
    mentions: str
    mentions_room: str
    created_at: datetime

    @property
    def named(self) -> list[int]:
        """The ids of the members whom it names."""
        return json.loads(self.mentions) if self.mentions else []


_LOCK = (
    "SELECT id, slug, kind, archived_at, revision, last_number, slow_mode, announcement,"
    " room_mention_by, wanted FROM rooms_room WHERE slug IN"
)
# A row per draft, with the column names that VALUES gives: index, author, room and nonce.
_DRAFT = {"column1": "integer", "column2": "bigint", "column3": "bigint", "column4": "text"}
# Uses indexes: membership_once, ban_user_room, mute_user_room, message_nonce, held_nonce,
# inbox_once.
_AUTHORS = f"""
SELECT k.column1, u.username, u.display_name, u.avatar, u.is_active, u.is_staff,
  u.is_superuser, {moderators.moderates("u")}, m.id, m.role,
  {sanctions.banned(user="u.id", room="k.column3")},
  {sanctions.muted(user="u.id", room="k.column3")},
  (SELECT s.id FROM rooms_message s
    WHERE s.room_id = k.column3 AND s.author_id = k.column2 AND s.nonce = k.column4),
  (SELECT h.id FROM rooms_held h
    WHERE h.room_id = k.column3 AND h.author_id = k.column2 AND h.nonce = k.column4),
  u.date_joined, u.invited, (SELECT rules_revision FROM rooms_installation WHERE id = 1),
  (SELECT keywords_revision FROM rooms_installation WHERE id = 1),
  EXISTS (SELECT 1 FROM rooms_inboxitem i WHERE i.user_id = m.user_id AND i.room_id = m.room_id
    AND i.number > m.seen_number AND i.read_at IS NULL)
FROM rooms_user u JOIN"""  # noqa: S608  names of columns
_MEMBERSHIP = """ ON u.id = k.column2
LEFT JOIN rooms_membership m ON m.room_id = k.column3 AND m.user_id = u.id"""
_INSERT = (
    f"INSERT INTO rooms_message ({', '.join(Row._fields)})"  # noqa: S608  names of columns
    f" VALUES ({marks(Row._fields)})"
)


@functools.lru_cache(maxsize=512)
def _lock_sql(count: int) -> str:
    return f"{_LOCK} ({marks(range(count))})"


@functools.lru_cache(maxsize=512)
def _authors_sql(count: int) -> str:
    return f"{_AUTHORS} (VALUES {marks(range(count), '(%s, %s, %s, %s)')}) AS k{_MEMBERSHIP}"


# The same with each set of rows as a single parameter.
_LOCK_SET = f"{_LOCK} (SELECT json_array_elements_text(%s::json)) ORDER BY id FOR NO KEY UPDATE"
_AUTHORS_SET = f"{_AUTHORS} {row_set('k', _DRAFT)}{_MEMBERSHIP}"
_READ = {"id": "bigint", "number": "bigint"}
_COUNTED = {"id": "bigint", "revision": "bigint", "last_number": "bigint"}


@functools.cache
def _write_set_sql() -> str:
    """Everything that `write` stores, in one statement. It locks memberships in id order, so that
    two transactions that change several of them never deadlock; rooms are locked already."""
    types = {name: str(Message._meta.get_field(name).db_type(connection)) for name in Row._fields}
    columns = ", ".join(types)
    return (
        f"WITH stored AS (INSERT INTO rooms_message ({columns})"  # noqa: S608  names of columns
        f" SELECT {columns} FROM {row_set('n', types)}),"
        " reads AS (UPDATE rooms_membership m SET read_number = t.number, seen_number = t.number"
        f" FROM (SELECT l.id, r.number FROM {row_set('r', _READ)} JOIN rooms_membership l"
        " ON l.id = r.id ORDER BY l.id FOR NO KEY UPDATE OF l) t WHERE m.id = t.id)"
        " UPDATE rooms_room o SET revision = c.revision, last_number = c.last_number"
        f" FROM {row_set('c', _COUNTED)} WHERE o.id = c.id"
    )


def lock_rooms(cursor: Straight, slugs: Iterable[str]) -> dict[str, LockedRoom]:
    """Lock the rooms' rows until the transaction ends, in id order so that two batches never
    deadlock. Returns them by slug. SQLite has no row locks and needs none: BEGIN IMMEDIATE.

    The lock keeps out changes to a room but not foreign keys to it, such as somebody's last room:
    those would wait for every post, and could deadlock with a batch for several rooms.
    """
    wanted = [*slugs]
    if cursor.takes_sets:
        cursor.execute(_LOCK_SET, [packed_values(wanted)])
    else:
        cursor.execute(_lock_sql(len(wanted)), wanted)
    return {
        row[1]: LockedRoom(
            *(row[0], row[1], row[2], row[3] is not None, row[4], row[5], row[6], bool(row[7])),
            *(row[8], bool(row[9])),
        )
        for row in cursor.fetchall()
    }


def authors(cursor: Straight, drafts: Sequence[tuple[int, LockedRoom, str]]) -> list[Author | None]:
    """Read who wants to post, for each user's id, room and nonce; None if there's no such user."""
    rows = [(index, user_id, room.id, nonce) for index, (user_id, room, nonce) in enumerate(drafts)]
    times = [now(), now()]
    if cursor.takes_sets:
        cursor.execute(_AUTHORS_SET, [*times, packed(_DRAFT, rows)])
    else:
        cursor.execute(_authors_sql(len(rows)), [*times, *chain.from_iterable(rows)])
    found: list[Author | None] = [None] * len(drafts)
    for index, *row in cursor.fetchall():
        user_id, room, _ = drafts[index]
        found[index] = Author(user_id, room, AuthorRow._make(row))
    return found


class Slow(Protocol):
    """A Room or a LockedRoom."""

    slow_mode: int


def next_post_at(rights: Rights, room: Slow) -> datetime | None:
    """Return when somebody may post again in a room in slow mode; None if at once. Moderators don't
    have to wait, and neither leaving the room nor deleting a message shortens the wait."""
    if not room.slow_mode or rights.moderates:
        return None
    pause = timedelta(seconds=room.slow_mode)
    last = _last_posted(*rights.person_and_room, since=timezone.now() - pause)
    return last and last + pause


def _last_posted(author_id: int, room_id: int, *, since: datetime) -> datetime | None:
    """Uses index: message_author."""
    rows = select(
        "SELECT created_at FROM rooms_message WHERE author_id = %s AND created_at > %s"
        " AND room_id = %s ORDER BY created_at DESC LIMIT 1",
        [author_id, connection.ops.adapt_datetimefield_value(since), room_id],
    )
    return moment(rows[0][0]) if rows else None


def stored(ids: Iterable[int]) -> dict[int, Message]:
    """Read messages that were posted before, by id."""
    return {row.pk: row for row in Message.objects.whole().filter(pk__in=[*ids])}


def any_hidden(room_ids: Iterable[int]) -> bool:
    """Return whether anyone has hidden one of these rooms. Uses index: membership_once."""
    ids = [*room_ids]
    return bool(
        select(
            "SELECT 1 FROM rooms_membership WHERE hidden_to IS NOT NULL"  # noqa: S608  only marks are added
            f" AND room_id IN ({marks(ids)}) LIMIT 1",
            ids,
        )
    )


def write(
    cursor: Straight, rows: Sequence[Row], read: dict[int, int], rooms: Iterable[LockedRoom]
) -> None:
    """Store new messages, how far their authors have read (by membership id), and the rooms'
    counters."""
    if cursor.takes_sets:
        counted = [(room.id, room.revision, room.last_number) for room in rooms]
        values = [packed(Row._fields, rows), packed(_READ, read.items()), packed(_COUNTED, counted)]
        cursor.execute(_write_set_sql(), values)
        return
    adapt = cursor.db.ops.adapt_datetimefield_value
    cursor.executemany(_INSERT, [(*row[:-1], adapt(row.created_at)) for row in rows])
    cursor.executemany(
        "UPDATE rooms_membership SET read_number = %s, seen_number = %s WHERE id = %s",
        [(number, number, membership_id) for membership_id, number in sorted(read.items())],
    )
    cursor.executemany(
        "UPDATE rooms_room SET revision = %s, last_number = %s WHERE id = %s",
        [(room.revision, room.last_number, room.id) for room in rooms],
    )
