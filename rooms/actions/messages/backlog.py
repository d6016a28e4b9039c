"""What somebody hasn't read yet, room by room."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from rooms import ratelimit, serializers
from rooms.actions.messages import rendering
from rooms.models import Ignore, Membership, Message, Room, User
from rooms.protocol import shapes
from rooms.queries import naming, uploads, visitor
from rooms.queries.visitor import Seat
from rooms.text import mentions

ROOMS = 10  # in one go
FIRST = 3  # messages of each
MOST = 50  # messages of one room, when more of them are asked for


@dataclass(frozen=True, slots=True)
class Backlog:
    """A room with its first unread messages, oldest first. `more` are unread, but not listed."""

    room: shapes.RoomSummary
    messages: Sequence[Message]

    @property
    def more(self) -> int:
        return max(0, self.room.unread - len(self.messages))


@dataclass(frozen=True, slots=True)
class Overview:
    """Rooms with something unread. `left` is the number of those that aren't listed."""

    rooms: list[Backlog]
    left: int


def overview(*, actor: User, most: int = ROOMS, whole: Collection[str] = ()) -> Overview:
    """Return the first rooms in which something is unread, each with its first unread messages;
    those named in `whole` with more of them. Rooms with something for the actor come first."""
    ratelimit.consume("room.open", actor.pk)
    now = timezone.now()
    ignores = visitor.facts(actor.pk).ignores
    seats = [seat for seat in visitor.seats(actor.pk, ignores=ignores) if _is_listed(seat, now)]
    seats.sort(key=lambda seat: (seat.mentions == 0, seat.name.casefold()))
    direct = [seat.room_id for seat in seats[:most] if seat.kind == Room.Kind.DIRECT]
    people = Membership.objects.people_by_room(direct)
    rooms = [
        Backlog(
            serializers.summary(seat, actor.pk, people[seat.room_id]),
            _messages(actor, seat, MOST if seat.slug in whole else FIRST),
        )
        for seat in seats[:most]
    ]
    uploads.load([message for room in rooms for message in room.messages])
    return Overview(rooms, max(0, len(seats) - most))


def _is_listed(seat: Seat, now: datetime) -> bool:
    """Of a muted room only what mentions the reader counts, so without that it isn't here."""
    is_muted = seat.choice.at(now).level == Membership.Level.NOTHING
    return not seat.archived and (seat.mentions if is_muted else seat.unread) > 0


def _messages(actor: User, seat: Seat, most: int) -> list[Message]:
    """Return the first unread messages of a room. Uses index: message_room_number."""
    after = Message.objects.whole().filter(room=seat.room_id, number__gt=seat.read_number)
    ignored = Ignore.objects.filter(user=actor).values("other")
    readable = after.filter(deleted_at=None).exclude(author__in=ignored)
    messages = [*readable.order_by("number")[:most]]
    rendering.freshen(messages)
    names = naming.names_of(pk for message in messages for pk in message.named)
    for message in messages:
        message.html = mentions.called(message.html, names)
    return messages
