"""How far somebody has read."""

from collections.abc import Iterator, Sequence

from msgspec import structs

from rooms.models import Membership, Room
from rooms.protocol import events, limits, shapes


def all_read(room: Room, membership: Membership) -> shapes.Reading:
    """The reading of somebody who has read everything, from rows read in a single statement."""
    return shapes.Reading(
        room=room.slug,
        number=membership.read_number,
        last_number=room.last_number,
        revision=room.revision,
        read_revision=membership.read_revision,
        unread=0,
        mentions=0,
    )


def read_changed(reading: shapes.Reading) -> events.ReadChanged:
    return events.ReadChanged(**structs.asdict(reading))


def reads_changed(readings: Sequence[shapes.Reading]) -> Iterator[events.ReadsChanged]:
    """Yield as few events as can hold these readings."""
    for first in range(0, len(readings), limits.MAX_READINGS):
        yield events.ReadsChanged(rooms=[*readings[first : first + limits.MAX_READINGS]])
