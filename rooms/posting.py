"""What a batch of posts reads and writes, in statements by hand.

Posting is what a chat does most. Django's ORM takes ten times as long to build these seven
statements as a database takes to run them, and can't say 'these pairs': rooms × people × nonces
would be looked up one by one. Every statement names the keys of one index. Columns are those of the
models; `tests/unit/test_posting.py` compares both.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection
from django.utils import timezone

from rooms.models import Membership, Message, Room, User
from rooms.statements import columns, marks, moment, select

Key = tuple[int, int, str]  # room, author, nonce

ROWS = 100  # in one INSERT; each has ten values, and SQLite takes 32,766

_ROOM = columns(Room, "id", "slug", "kind", "archived_at", "revision", "last_number")
_MEMBERSHIP = columns(Membership, "id", "user_id", "room_id", "role", "read_number")
_USER = columns(User, "id", "username", "display_name", "avatar", "is_active", "is_staff")
_MESSAGE = ["room_id", "author_id", "number", "revision", "nonce", "body", "html", "renderer",
            "reply_to", "created_at"]  # fmt: skip


def lock_rooms(slugs: Iterable[str]) -> dict[str, Room]:
    """The rooms by slug, each row locked until the transaction ends, in id order so that two
    batches never wait for each other. SQLite has no row locks and needs none: BEGIN IMMEDIATE."""
    wanted = [*slugs]
    lock = " FOR UPDATE" if connection.features.has_select_for_update else ""
    rows = select(
        f"SELECT {', '.join(_ROOM)} FROM rooms_room"  # noqa: S608  names of columns
        f" WHERE slug IN ({marks(wanted)}) ORDER BY id{lock}",
        wanted,
    )
    rooms = {}
    for row in rows:
        room = Room.from_db("default", _ROOM, row)
        room.archived_at = moment(room.archived_at)
        rooms[room.slug] = room
    return rooms


def members(pairs: Iterable[tuple[int, int]]) -> dict[tuple[int, int], Membership]:
    """The memberships of these people in these rooms, by the ids of both. The person is read anew:
    rights are never stale. Uses index: membership_once."""
    wanted = [*pairs]
    shown = [*(f"m.{name}" for name in _MEMBERSHIP), *(f"u.{name}" for name in _USER)]
    rows = select(
        f"SELECT {', '.join(shown)} FROM (VALUES {marks(wanted, '(%s, %s)')}) AS k"  # noqa: S608
        " CROSS JOIN rooms_membership m CROSS JOIN rooms_user u"
        " WHERE m.room_id = k.column2 AND m.user_id = k.column1 AND u.id = m.user_id",
        [one for pair in wanted for one in pair],
    )
    people: dict[int, User] = {}
    found = {}
    for row in rows:
        membership = Membership.from_db("default", _MEMBERSHIP, row[:5])
        if membership.user_id not in people:
            person = people[membership.user_id] = User.from_db("default", _USER, row[5:])
            # SQLite keeps numbers.
            person.is_active, person.is_staff = bool(person.is_active), bool(person.is_staff)
        membership.user = people[membership.user_id]
        found[membership.user_id, membership.room_id] = membership
    return found


def bans(user_ids: Iterable[int]) -> set[tuple[int, int | None]]:
    """Who is banned from which room, or from the site (None). Uses index: ban_user_room."""
    wanted = [*user_ids]
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    return {
        (user_id, room_id)
        for user_id, room_id in select(
            "SELECT user_id, room_id FROM rooms_ban"  # noqa: S608  marks only
            f" WHERE user_id IN ({marks(wanted)}) AND lifted_at IS NULL"
            " AND (expires_at IS NULL OR expires_at > %s)",
            [*wanted, now],
        )
    }


def stored(keys: Iterable[Key]) -> dict[Key, Message]:
    """The messages that have these nonces already. Uses index: message_nonce."""
    wanted = [*keys]
    found = select(
        f"SELECT m.id FROM (VALUES {marks(wanted, '(%s, %s, %s)')}) AS k"  # noqa: S608
        " CROSS JOIN rooms_message m"
        " WHERE m.room_id = k.column1 AND m.author_id = k.column2 AND m.nonce = k.column3",
        [one for key in wanted for one in key],
    )
    if not found:
        return {}
    rows = Message.objects.whole().filter(pk__in=[row[0] for row in found])
    return {(row.room_id, row.author_id, row.nonce): row for row in rows}


def write(
    messages: Sequence[Message], memberships: Iterable[Membership], rooms: Iterable[Room]
) -> None:
    """Store new messages, how far their authors have read, and the counters of their rooms."""
    for start in range(0, len(messages), ROWS):
        _insert(messages[start : start + ROWS])
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE rooms_membership SET read_number = %s WHERE id = %s",
            [(one.read_number, one.pk) for one in memberships],
        )
        cursor.executemany(
            "UPDATE rooms_room SET revision = %s, last_number = %s WHERE id = %s",
            [(one.revision, one.last_number, one.pk) for one in rooms],
        )


def _insert(messages: Sequence[Message]) -> None:
    values: list[Any] = []
    for one in messages:
        values += (one.room_id, one.author_id, one.number, one.revision, one.nonce, one.body)
        created_at = connection.ops.adapt_datetimefield_value(one.created_at)
        values += (one.html, one.renderer, one.reply_to, created_at)
    row = f"({', '.join(['%s'] * len(_MESSAGE))})"
    ids = select(
        f"INSERT INTO rooms_message ({', '.join(_MESSAGE)})"  # noqa: S608  names of columns
        f" VALUES {marks(messages, row)} RETURNING id, room_id, number",
        values,
    )
    by_place = {(room_id, number): pk for pk, room_id, number in ids}
    for one in messages:
        one.pk = by_place[one.room_id, one.number]
        one._state.adding = False
        one._state.db = "default"
