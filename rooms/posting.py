"""What a batch of posts reads and writes, in statements by hand.

Posting is what a chat does most. Django's ORM takes ten times as long to build these statements as
a database takes to run them, its models as long again, and it can't say 'these three together':
rooms × people × nonces would be looked up one by one. Every statement names the keys of one index.
Columns are those of the models; `tests/unit/test_posting.py` compares both.
"""

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import NamedTuple, Protocol

from django.db import connection
from django.utils import timezone

from rooms import moderators, sanctions
from rooms.errors import Forbidden
from rooms.models import Message, Room
from rooms.policy import DEAF, DESERTED, Rights
from rooms.statements import Straight, marks, moment, now, padded, select


@dataclass(slots=True)
class Place:
    """A room, locked, with the counters that it hands out."""

    id: int
    slug: str
    kind: str
    archived: bool
    revision: int
    last_number: int
    slow_mode: int = 0  # seconds
    announcement: bool = False


class Person(NamedTuple):
    """What the database says of an author, in the order of the columns that `authors` reads."""

    username: str
    display_name: str
    avatar: str  # its file's name
    is_active: bool
    is_staff: bool
    is_superuser: bool
    moderates_site: bool
    membership_id: int | None
    role: str | None
    banned: bool
    muted: bool
    stored_id: int | None  # of the message that has the nonce already
    held_id: int | None  # of the one that has it and waits for a moderator, or was refused
    date_joined: datetime
    invited: bool
    rules_revision: int | None  # the site's


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
    def is_superuser(self) -> bool:
        return bool(self.person.is_superuser)

    @property
    def moderates_site(self) -> bool:
        return bool(self.person.moderates_site)

    @property
    def role(self) -> str | None:
        return self.person.role

    @property
    def date_joined(self) -> datetime:
        joined = moment(self.person.date_joined)
        assert joined is not None  # noqa: S101  everybody has joined
        return joined

    @property
    def invited(self) -> bool:
        return bool(self.person.invited)

    @property
    def banned(self) -> bool:
        return bool(self.person.banned)

    @property
    def muted(self) -> bool:
        return bool(self.person.muted)

    @property
    def kind(self) -> str:
        return self.place.kind

    @property
    def archived(self) -> bool:
        return self.place.archived

    @property
    def announcement(self) -> bool:
        return self.place.announcement

    @property
    def person_and_room(self) -> tuple[int, int]:
        return self.id, self.place.id


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


_LOCK = (
    "SELECT id, slug, kind, archived_at, revision, last_number, slow_mode, announcement"
    " FROM rooms_room WHERE slug IN"
)
# A row per draft: `k` is its index, its author, its room and its nonce.
# Uses indexes: membership_once, ban_user_room, mute_user_room, message_nonce, held_nonce.
_AUTHORS = f"""
SELECT k.column1, u.username, u.display_name, u.avatar, u.is_active, u.is_staff,
  u.is_superuser, {moderators.moderates("u")}, m.id, m.role,
  {sanctions.banned(user="u.id", room="k.column3")},
  {sanctions.muted(user="u.id", room="k.column3")},
  (SELECT s.id FROM rooms_message s
    WHERE s.room_id = k.column3 AND s.author_id = k.column2 AND s.nonce = k.column4),
  (SELECT h.id FROM rooms_held h
    WHERE h.room_id = k.column3 AND h.author_id = k.column2 AND h.nonce = k.column4),
  u.date_joined, u.invited, (SELECT rules_revision FROM rooms_installation WHERE id = 1)
FROM rooms_user u JOIN"""  # noqa: S608  names of columns
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


def lock_rooms(cursor: Straight, slugs: Iterable[str]) -> dict[str, Place]:
    """The rooms by slug, each row locked until the transaction ends, in id order so that two
    batches never wait for each other. SQLite has no row locks and needs none: BEGIN IMMEDIATE.

    Against who changes a room, not against who names one in a foreign key, such as one's last
    room: those would wait for each post, and two of them with several rooms for each other.
    """
    wanted = padded([*slugs])
    lock = " FOR NO KEY UPDATE" if cursor.db.features.has_select_for_update else ""
    cursor.execute(_lock_sql(len(wanted), lock), wanted)
    return {
        row[1]: Place(
            row[0], row[1], row[2], row[3] is not None, row[4], row[5], row[6], bool(row[7])
        )
        for row in cursor.fetchall()
    }


def authors(cursor: Straight, drafts: Sequence[tuple[int, Place, str]]) -> list[Author | None]:
    """Who wants to post, for each user's id, place and nonce; None where there is no such user."""
    rows = padded(
        [(index, user_id, place.id, nonce) for index, (user_id, place, nonce) in enumerate(drafts)]
    )
    values = [now(), now(), *chain.from_iterable(rows)]
    cursor.execute(_authors_sql(len(rows)), values)
    found: list[Author | None] = [None] * len(drafts)
    for index, *person in cursor.fetchall():
        user_id, place, _ = drafts[index]
        found[index] = Author(user_id, place, Person._make(person))
    return found


class Slow(Protocol):
    """A room, or the place that it is."""

    slow_mode: int


def next_post_at(rights: Rights, room: Slow) -> datetime | None:
    """When somebody may post again in a room in slow mode; None: at once. Moderators needn't wait,
    and neither leaving nor deleting makes the wait shorter."""
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


def require_ear(rights: Rights) -> None:
    """In a room of two, somebody who was blocked by the other speaks to nobody: neither with a new
    message, nor with what an old one says from now on. Raises Forbidden."""
    if rights.kind == Room.Kind.DIRECT and _hearing(*rights.person_and_room).is_blocked:
        raise Forbidden(DEAF)


def require_reader(rights: Rights) -> None:
    """The same for a new message; and in a direct room whose other accounts are all closed, nobody
    would read it. Raises Forbidden."""
    if rights.kind != Room.Kind.DIRECT:
        return
    hearing = _hearing(*rights.person_and_room)
    if hearing.is_blocked:
        raise Forbidden(DEAF)
    if hearing.people > 1 and not hearing.readers:
        raise Forbidden(DESERTED)


class _Hearing(NamedTuple):
    """Who is in a direct room: how many, how many have blocked somebody, and how many others have
    an account that isn't closed."""

    people: int
    deaf: int
    readers: int

    @property
    def is_blocked(self) -> bool:
        return self.people <= 2 and self.deaf > 0


def _hearing(author_id: int, room_id: int) -> _Hearing:
    """Uses indexes: membership_once, ignore_once."""
    rows = select(
        "SELECT COUNT(*), COUNT(i.id),"
        " COALESCE(SUM(CASE WHEN u.is_active AND u.id <> %s THEN 1 ELSE 0 END), 0)"
        " FROM rooms_membership m JOIN rooms_user u ON u.id = m.user_id LEFT JOIN rooms_ignore i"
        " ON i.user_id = m.user_id AND i.other_id = %s AND i.kind = 'block' WHERE m.room_id = %s",
        [author_id, author_id, room_id],
    )
    return _Hearing(*rows[0])


def stored(ids: Iterable[int]) -> dict[int, Message]:
    """Messages that were posted before, by id."""
    return {row.pk: row for row in Message.objects.whole().filter(pk__in=[*ids])}


def write(
    cursor: Straight, rows: Sequence[Row], read: dict[int, int], places: Iterable[Place]
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
