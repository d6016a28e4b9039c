"""How far each room is indexed, and who does it.

The rooms' numbers decide, never the ids of messages: PostgreSQL commits those out of order, so a
cursor by id would miss the late ones. A step says from where to where it went, and counts only if
the room was still there: of two processes that do the same step, one has done nothing.
"""

import os
import secrets
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from rooms.models import SearchedRoom
from rooms.queries.search.entries import Stretch
from rooms.storage.sql import per_row, select, straight
from rooms.text.search.grams import VERSION

LEASE_SECONDS = 5.0  # without a step, after which another process may go on with a room
ROOMS = 500  # of one list of what there is to do
MOST = 5000  # messages of one room there, so that a long history doesn't keep others waiting

_PROCESS = secrets.token_hex(4)

_INDEXED = f"CASE WHEN s.version = {VERSION} THEN s.indexed_number ELSE 0 END"
_LEFT = f"r.last_number > COALESCE({_INDEXED}, 0)"
_FROM = "rooms_room r LEFT JOIN rooms_searchedroom s ON s.room_id = r.id"
_COLUMNS = {"room_id": "bigint", "after": "bigint", "last": "bigint"}


def lease() -> str:
    """What this process calls itself, one that was forked from another by a name of its own."""
    return f"{_PROCESS}{os.getpid():x}"


def unindexed(room_ids: Collection[int] | None = None) -> list[Stretch]:
    """Return what isn't in the index of these rooms, or of all: the ends of rooms, which have to be
    looked at directly."""
    return _ends(room_ids, "")


def pending(room_ids: Collection[int] | None) -> list[Stretch]:
    """Return what to index next, of up to ROOMS rooms: those in which most is left. What another
    process has a lease for, or a newer version has indexed, is left to them."""
    free = (
        f" AND (s.room_id IS NULL OR (s.version <= {VERSION}"
        " AND (s.lease = %s OR s.leased_until IS NULL OR s.leased_until < %s)))"
        f" ORDER BY r.last_number - COALESCE({_INDEXED}, 0) DESC, r.id LIMIT {ROOMS}"
    )
    ends = _ends(room_ids, free, [lease(), _adapted(timezone.now())])
    return [one._replace(last=min(one.last, one.after + MOST)) for one in ends]


def _ends(
    room_ids: Collection[int] | None, where: str, values: Sequence[object] = ()
) -> list[Stretch]:
    among, given = "", []
    if room_ids is not None:
        of, rows = per_row("k", {"id": "bigint"}, [(pk,) for pk in room_ids])
        among, given = f" AND r.id IN (SELECT k.id FROM {of})", [rows]  # noqa: S608
    found = select(
        f"SELECT r.id, COALESCE({_INDEXED}, 0), r.last_number FROM {_FROM}"  # noqa: S608  names of columns
        f" WHERE {_LEFT}{among}{where}",
        [*given, *values],
    )
    return [Stretch(*row) for row in found]


def advance(stretches: Sequence[Stretch]) -> set[int]:
    """Say that these stretches are indexed by this transaction; return the rooms in which that is
    so. In the others another process was first, and nothing may be written. In a transaction."""
    now = timezone.now()
    until, now = map(_adapted, (now + timedelta(seconds=LEASE_SECONDS), now))
    with straight() as cursor:
        of, given = per_row("k", _COLUMNS, stretches)
        cursor.execute(_BEGIN.format(of=of), [given])
        if connection.vendor == "postgresql":
            # None that another process has just now: two that wait for each other's rooms would be
            # a deadlock.
            cursor.execute(_LOCK, [[one.room_id for one in stretches]])
            locked = {room_id for (room_id,) in cursor.fetchall()}
            of, given = per_row("k", _COLUMNS, [one for one in stretches if one.room_id in locked])
        cursor.execute(_ADVANCE.format(of=of), [lease(), until, given, lease(), now])
        return {room_id for (room_id,) in cursor.fetchall()}


# `WHERE true`, since SQLite would take ON CONFLICT for the condition of a join.
_BEGIN = (
    "INSERT INTO rooms_searchedroom (room_id, indexed_number, version, lease)"  # noqa: S608  names of columns
    f" SELECT k.room_id, 0, {VERSION}, '' FROM {{of}} WHERE true ORDER BY k.room_id"
    " ON CONFLICT (room_id) DO NOTHING"
)
_LOCK = (
    "SELECT room_id FROM rooms_searchedroom WHERE room_id = ANY(%s)"
    " ORDER BY room_id FOR UPDATE SKIP LOCKED"
)
_ADVANCE = (
    f"UPDATE rooms_searchedroom SET indexed_number = k.last, version = {VERSION},"  # noqa: S608  names of columns
    " lease = %s, leased_until = %s FROM {of} WHERE rooms_searchedroom.room_id = k.room_id"
    f" AND ((version = {VERSION} AND indexed_number = k.after)"
    f" OR (version < {VERSION} AND k.after = 0))"
    " AND (lease = %s OR leased_until IS NULL OR leased_until < %s)"
    " RETURNING rooms_searchedroom.room_id"
)


def _adapted(moment: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(moment)


def indexed(room_ids: Collection[int]) -> dict[int, int]:
    """Return up to which number these rooms are in the index of this version."""
    rows = SearchedRoom.objects.filter(room__in=room_ids, version=VERSION)
    return dict(rows.values_list("room", "indexed_number"))


def is_outdated() -> bool:
    """Whether an older version made some of the index."""
    return SearchedRoom.objects.filter(version__lt=VERSION).exists()


def forget() -> None:
    """Say that nothing is indexed. Waits for the steps that are under way, which lock the rooms'
    rows before they write."""
    SearchedRoom.objects.all().delete()
