"""A room as somebody sees it, and where its events come."""

from collections.abc import Sequence
from typing import NamedTuple

from rooms import arriving, events, posting, protocol, sanctions
from rooms.arriving import Seat
from rooms.broadcast import room_group
from rooms.envelopes import Position
from rooms.models import Room, User
from rooms.policy import Standing, no_such_room


class Whereabouts(NamedTuple):
    """Which group a room's events come in, and how far it had come when its row was read."""

    slug: str
    id: int
    group: str
    position: Position

    @classmethod
    def of(cls, seat: Seat) -> "Whereabouts":
        position = Position(seat.revision, seat.last_number)
        return cls(seat.slug, seat.room_id, room_group(seat.room_id), position)


def find_room(*, actor: User, slug: str, counted: bool = False) -> Standing:
    """The standing of somebody who sees the room, for `describe` with what they haven't read
    `counted`. Raises NotFound otherwise."""
    standing = arriving.standing(actor.pk, slug, counted=counted)
    if standing is None:
        raise no_such_room()
    standing.require_sight()
    return standing


def find_concern(*, actor: User, slug: str) -> Standing:
    """The same for who moderates the room, without being in it perhaps."""
    standing = arriving.standing(actor.pk, slug)
    if standing is None:
        raise no_such_room()
    if not standing.moderates:
        standing.require_sight()
    return standing


def room_of(*, actor: User, slug: str) -> protocol.Room:
    """A room as somebody sees it now."""
    return describe(find_room(actor=actor, slug=slug, counted=True))


def whereabouts(*, actor: User, slug: str) -> Whereabouts:
    """Of a room that somebody sees."""
    room = find_room(actor=actor, slug=slug).room
    return Whereabouts(room.slug, room.pk, room_group(room.pk), position(room))


def describe(standing: Standing) -> protocol.Room:
    """A room as one person sees it, in at most two queries, and one for each of what can keep them
    from writing; where their standing counted nothing, one more."""
    room = standing.room
    people: Sequence[User] = ()
    if room.kind == Room.Kind.DIRECT:
        people = [row.user for row in room.memberships.with_people()]
    members = len(people) or arriving.size(room.pk)
    return events.room(
        room,
        standing.user,
        standing.membership,
        members=members,
        people=people,
        next_post_at=posting.next_post_at(standing, room),
        muted=sanctions.mute(standing.user.pk, room.pk) if standing.muted else None,
    )


def position(room: Room) -> Position:
    """How far a room had come when its row was read."""
    return Position(room.revision, room.last_number)
