"""The hub's questions to the database: the positions of rooms, and what it missed in one."""

from collections.abc import Container, Iterable, Iterator, Sequence
from itertools import islice

from msgspec import structs

from rooms import serializers
from rooms.actions.messages import rendering
from rooms.broadcast import envelope, room_group, room_id
from rooms.fanout.envelopes import Envelope, Position
from rooms.models import Held, Message, Room
from rooms.protocol import events, limits
from rooms.queries import naming, tallies, uploads
from rooms.storage.sql import marks, select

CHUNK = 500  # ids in one statement; SQLite's limit on variables was 999 for long


def positions(groups: Iterable[str]) -> dict[str, Position]:
    """Return the position of each room's group. A room that is gone has none.

    Written as raw SQL because it runs every second, and a process with thousands of idle sockets
    does little else.
    """
    found: dict[str, Position] = {}
    for ids in _chunks(room_id(group) for group in groups):
        rows = select(
            "SELECT id, revision, last_number FROM rooms_room"  # noqa: S608  only marks are added
            f" WHERE id IN ({marks(ids)})",
            ids,
        )
        found |= {room_group(pk): Position(revision, number) for pk, revision, number in rows}
    return found


def missed(group: str, told: Position) -> list[Envelope]:
    """Return what the hub has to deliver to a room's group after a position.

    If that is more than `room.open` would replay or a socket may leave unread, or can't be told
    exactly, it is a single `room.stale`.
    """
    room = Room.objects.only("slug", "revision", "last_number").get(pk=room_id(group))
    if room.revision - told.revision > limits.MAX_REPLAY:
        return [_stale(group, room)]
    rows = Message.objects.changed_since(room.pk, told.revision, limits.MAX_REPLAY)
    if any(_is_doubtful(row, told) for row in rows):
        return [_stale(group, room)]
    found = _missed(group, room.pk, room.slug, told, rows)
    if sum(len(one.frame or b"") for one in found) > limits.PAGE_BYTES:
        return [_stale(group, room)]
    return found


def _is_doubtful(row: Message, told: Position) -> bool:
    """Whether it is unknown if a message was a tombstone at a position: it has been restored since,
    but may have been deleted since, too. Clients that count have to ask."""
    return row.number <= told.number and (row.restored or 0) > told.revision


def _stale(group: str, room: Room) -> Envelope:
    """Build the envelope that moves a group to its room's current position."""
    event = events.RoomStale(room=room.slug)
    return structs.replace(
        envelope(group, event, aside=event, number=room.last_number),
        revision=room.revision,
        jump=True,
    )


def _missed(
    group: str, room_pk: int, slug: str, told: Position, rows: list[Message]
) -> list[Envelope]:
    tallies.load(rows)
    uploads.load(rows)
    rendering.freshen(rows)
    naming.load(rows)
    by_number = {row.number: row for row in rows}
    approved = _approved(room_pk, [row for row in rows if row.number > told.number])
    return [
        _envelope(group, event, by_number[event.message.number], told, approved)
        for event in serializers.replay(slug, rows, told.revision, told.number)
    ]


def _approved(room_pk: int, rows: Sequence[Message]) -> set[int]:
    """Return the numbers of messages that a moderator approved. Uses index: held_nonce."""
    numbers = {(row.author_id, row.nonce): row.number for row in rows}
    if not numbers:
        return set()
    held = Held.objects.filter(
        room=room_pk,
        author__in={author for author, _nonce in numbers},
        nonce__in=[nonce for _author, nonce in numbers],
        outcome=Held.Outcome.APPROVED,
    )
    found = held.values_list("author_id", "nonce")
    return {numbers[one] for one in found if one in numbers}


def _envelope(
    group: str, event: events.MessageEvent, row: Message, told: Position, approved: Container[int]
) -> Envelope:
    """Build the envelope, with the event for those who only watch the room: that a message is new,
    or was deleted or restored."""
    is_approved = row.number in approved
    if is_approved and isinstance(event, events.MessagePosted):
        event = structs.replace(event, approved=True)
    if row.turned == event.revision:
        return envelope(group, event, aside=serializers.turned(event.room, [row]))
    if row.number <= told.number:
        return envelope(group, event)
    aside = serializers.activity(event.room, row, approved=is_approved)
    return envelope(group, event, aside=aside, number=row.number)


def _chunks(ids: Iterator[int]) -> Iterator[Sequence[int]]:
    while chunk := [*islice(ids, CHUNK)]:
        yield chunk
