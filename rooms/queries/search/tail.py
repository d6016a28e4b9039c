"""The ends of rooms that aren't in the index yet."""

from collections.abc import Sequence
from dataclasses import dataclass

from rooms.queries.search import unindexed
from rooms.queries.search.bounds import Bounds
from rooms.queries.search.entries import Stretch
from rooms.queries.search.scope import Scope
from rooms.storage.sql import per_row, select

NAMED = 500  # rooms
SHORT = 5000  # messages that are looked at besides what the index finds


@dataclass(frozen=True, slots=True)
class Tail:
    """What isn't in the index of some rooms. It was read before the index is asked, so that what is
    indexed meanwhile is in both, and nothing in neither."""

    stretches: Sequence[Stretch]

    @classmethod
    def of(cls, scope: Scope) -> "Tail":
        ids = {*scope.ids}
        # To name thousands of rooms takes longer than to look at all that there are.
        ends = unindexed(ids if len(ids) <= NAMED else None)
        return cls([one for one in ends if one.room_id in ids])

    @property
    def size(self) -> int:
        return sum(one.size for one in self.stretches)

    @property
    def is_short(self) -> bool:
        """Whether the index is of use: after an update, it may have to be made first."""
        return self.size <= SHORT

    def ids(self, bounds: Bounds) -> list[int]:
        """Return the ids of its messages, the newest first. Uses index: message_room_number."""
        if not self.stretches:
            return []
        of, given = per_row("k", _COLUMNS, self.stretches)
        rows = select(
            f"SELECT m.id FROM {of} CROSS JOIN rooms_message m WHERE m.room_id = k.room_id"  # noqa: S608  names of columns
            " AND m.number > k.after AND m.number <= k.last AND m.id > %s AND m.id < %s",
            [given, *bounds],
        )
        return sorted((pk for (pk,) in rows), reverse=True)


_COLUMNS = {"room_id": "bigint", "after": "bigint", "last": "bigint"}
