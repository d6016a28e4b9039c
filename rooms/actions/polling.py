"""What a hub asks the database each second, in a statement by hand: where is everything that
somebody has open? A process with thousands of idle sockets does little else."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from rooms.broadcast import room_group, room_id
from rooms.envelopes import Position
from rooms.statements import marks, select

CHUNK = 500  # ids in one statement; SQLite's limit on variables was 999 for long


def positions(groups: Iterable[str]) -> dict[str, Position]:
    """Where the group of each room is. A room that is gone has none."""
    found: dict[str, Position] = {}
    for ids in _chunks(room_id(group) for group in groups):
        rows = select(
            "SELECT id, revision, last_number FROM rooms_room"  # noqa: S608  only marks are added
            f" WHERE id IN ({marks(ids)})",
            ids,
        )
        found |= {room_group(pk): Position(revision, number) for pk, revision, number in rows}
    return found


def _chunks(ids: Iterator[int]) -> Iterator[Sequence[int]]:
    while chunk := [*islice(ids, CHUNK)]:
        yield chunk
