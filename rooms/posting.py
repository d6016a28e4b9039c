"""What a batch of posts reads and writes, in statements by hand.

Posting is what a chat does most. Django's ORM takes ten times as long to build these statements as
a database takes to run them, its models as long again, and it can't say 'these three together':
rooms × people × nonces would be looked up one by one. Every statement names the keys of one index.
Columns are those of the models; `tests/unit/test_posting.py` compares both.
"""

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from rooms.models import Message
from rooms.policy import Rights
from rooms.statements import marks


@dataclass(slots=True)
class Place:
    """A room, locked, with the counters that it hands out."""

    id: int
    slug: str
    kind: str
    archived: bool
    revision: int
    last_number: int


class Person(NamedTuple):
    """What the database says of an author, in the order of the columns that `authors` reads."""

    username: str
    display_name: str
    avatar: str  # its file's name
    is_active: bool
    is_staff: bool
    membership_id: int | None
    role: str | None
    banned: bool
    stored_id: int | None  # of the message that has the nonce already


@dataclass(slots=True)
class Author(Rights):
    """Somebody who wants to post in a place, read anew: rights are never stale."""

    id: int
    place: Place
    person: Person

    @property
    def is_active(self) -> bool:
        return bool(self.person.is_active)  # SQLite keeps numbers

    @property
    def is_staff(self) -> bool:
        return bool(self.person.is_staff)

    @property
    def role(self) -> str | None:
        return self.person.role

    @property
    def banned(self) -> bool:
        return bool(self.person.banned)

    @property
    def kind(self) -> str:
        return self.place.kind

    @property
    def archived(self) -> bool:
        return self.place.archived


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
    created_at: datetime


_LOCK = "SELECT id, slug, kind, archived_at, revision, last_number FROM rooms_room WHERE slug IN"
# A row per draft: `k` is its index, its author, its room and its nonce.
# Uses indexes: membership_once, ban_user_room, message_nonce.
_AUTHORS = """
SELECT k.column1, u.username, u.display_name, u.avatar, u.is_active, u.is_staff, m.id, m.role,
  EXISTS (SELECT 1 FROM rooms_ban b WHERE b.user_id = u.id AND b.lifted_at IS NULL
    AND (b.expires_at IS NULL OR b.expires_at > %s)
    AND (b.room_id IS NULL OR b.room_id = k.column3)),
  (SELECT s.id FROM rooms_message s
    WHERE s.room_id = k.column3 AND s.author_id = k.column2 AND s.nonce = k.column4)
FROM rooms_user u JOIN"""
_MEMBERSHIP = """ AS k ON u.id = k.column2
LEFT JOIN rooms_membership m ON m.room_id = k.column3 AND m.user_id = u.id"""
_INSERT = (
    f"INSERT INTO rooms_message ({', '.join(Row._fields)})"  # noqa: S608  names of columns
    f" VALUES ({marks(Row._fields)})"
)


@functools.lru_cache(maxsize=512)
def _lock_sql(count: int, lock: str) -> str:
    return f"{_LOCK} ({marks(range(count))}) ORDER BY id{lock}"


@functools.lru_cache(maxsize=512)
def _authors_sql(count: int) -> str:
    return f"{_AUTHORS} (VALUES {marks(range(count), '(%s, %s, %s, %s)')}){_MEMBERSHIP}"


def lock_rooms(cursor: CursorWrapper, slugs: Iterable[str]) -> dict[str, Place]:
    """The rooms by slug, each row locked until the transaction ends, in id order so that two
    batches never wait for each other. SQLite has no row locks and needs none: BEGIN IMMEDIATE.

    Against who changes a room, not against who names one in a foreign key, such as one's last
    room: those would wait for each post, and two of them with several rooms for each other.
    """
    wanted = [*slugs]
    lock = " FOR NO KEY UPDATE" if cursor.db.features.has_select_for_update else ""
    cursor.execute(_lock_sql(len(wanted), lock), wanted)
    return {
        row[1]: Place(row[0], row[1], row[2], row[3] is not None, row[4], row[5])
        for row in cursor.fetchall()
    }


def authors(cursor: CursorWrapper, drafts: Sequence[tuple[int, Place, str]]) -> list[Author | None]:
    """Who wants to post, for each user's id, place and nonce; None where there is no such user."""
    values: list[Any] = [cursor.db.ops.adapt_datetimefield_value(timezone.now())]
    for index, (user_id, place, nonce) in enumerate(drafts):
        values += (index, user_id, place.id, nonce)
    cursor.execute(_authors_sql(len(drafts)), values)
    found: list[Author | None] = [None] * len(drafts)
    for index, *person in cursor.fetchall():
        user_id, place, _ = drafts[index]
        found[index] = Author(user_id, place, Person._make(person))
    return found


def stored(ids: Iterable[int]) -> dict[int, Message]:
    """Messages that were posted before, by id."""
    return {row.pk: row for row in Message.objects.whole().filter(pk__in=[*ids])}


def write(
    cursor: CursorWrapper, rows: Sequence[Row], read: dict[int, int], places: Iterable[Place]
) -> None:
    """Store new messages, how far their authors have read (by id of the membership), and the
    counters of their rooms."""
    adapt = cursor.db.ops.adapt_datetimefield_value
    cursor.executemany(_INSERT, [(*row[:-1], adapt(row.created_at)) for row in rows])
    cursor.executemany(
        "UPDATE rooms_membership SET read_number = %s WHERE id = %s",
        [(number, membership_id) for membership_id, number in sorted(read.items())],
    )
    cursor.executemany(
        "UPDATE rooms_room SET revision = %s, last_number = %s WHERE id = %s",
        [(place.revision, place.last_number, place.id) for place in places],
    )
