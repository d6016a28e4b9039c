"""Which rooms a search looks into: those that somebody sees at this moment."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rooms.models import Room
from rooms.policy.sight import seen
from rooms.storage.sql import marks, now, select


class SeenRoom(NamedTuple):
    """A room that somebody sees, in the order of the columns that `rooms_of` reads."""

    id: int
    slug: str
    kind: str
    name: str
    last_number: int
    read_number: int | None  # None: they aren't a member


@dataclass(frozen=True, slots=True)
class Scope:
    """Where one person searches. `outside` says whether public rooms that they aren't in count, so
    that each message can be checked by the same rule again."""

    user_id: int
    rooms: tuple[SeenRoom, ...]
    outside: bool

    @property
    def ids(self) -> list[int]:
        return [room.id for room in self.rooms]

    @property
    def size(self) -> int:
        """How many messages there are, tombstones included."""
        return sum(room.last_number for room in self.rooms)

    @property
    def unread(self) -> int:
        """How many of them come after the reader's cursors."""
        return sum(
            room.last_number - room.read_number
            for room in self.rooms
            if room.read_number is not None and room.last_number > room.read_number
        )


_COLUMNS = "r.id, r.slug, r.kind, r.name, r.last_number, s.read_number"


def scope_of(user_id: int, *, public: bool, named: Collection[str]) -> Scope:
    """Return the rooms of which somebody is a member; with `public` also the public ones in which
    they aren't, otherwise those of them that are `named` by their slugs. Uses index: the
    membership's user."""
    found = _rooms(
        f"SELECT {_COLUMNS} FROM rooms_membership s JOIN rooms_user u ON u.id = s.user_id"  # noqa: S608  names of columns
        f" JOIN rooms_room r ON r.id = s.room_id WHERE s.user_id = %s AND {seen(outside=False)}",
        [user_id, now()],
    )
    if public or named:
        here = "" if public else f" AND r.slug IN ({marks([*named])})"
        found += _rooms(
            f"SELECT {_COLUMNS} FROM rooms_room r JOIN rooms_user u ON u.id = %s"  # noqa: S608  names of columns
            " LEFT JOIN rooms_membership s ON s.room_id = r.id AND s.user_id = u.id"
            f" WHERE r.kind = '{Room.Kind.PUBLIC}' AND s.id IS NULL{here} AND {seen(outside=True)}",
            [user_id, *(() if public else named), now()],
        )
    return Scope(user_id, tuple(found), outside=public or bool(named))


def _rooms(sql: str, values: Sequence[object]) -> list[SeenRoom]:
    return [*map(SeenRoom._make, select(sql, values))]


def with_people(room_ids: Collection[int], user_ids: Iterable[int]) -> set[int]:
    """Return those of these rooms in which all of these people are. Uses index: the membership's
    user."""
    left = {*room_ids}
    for user_id in user_ids:
        rows = select("SELECT room_id FROM rooms_membership WHERE user_id = %s", [user_id])
        left &= {room_id for (room_id,) in rows}
    return left
