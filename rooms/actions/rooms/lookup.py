"""Find a room, as one person sees it, and the group of its events."""

from collections.abc import Sequence
from typing import NamedTuple

from msgspec import structs

from rooms import serializers
from rooms.actions.screening import rulebook
from rooms.broadcast import room_group
from rooms.fanout.envelopes import Position
from rooms.models import Room, User
from rooms.policy import sanctions
from rooms.policy.standing import Standing, no_such_room
from rooms.protocol import shapes
from rooms.queries import posting, visitor
from rooms.queries.visitor import Seat


class Whereabouts(NamedTuple):
    """The group in which a room's events arrive, and the room's position when its row was read."""

    slug: str
    id: int
    group: str
    position: Position

    @classmethod
    def of(cls, seat: Seat) -> "Whereabouts":
        position = Position(seat.revision, seat.last_number)
        return cls(seat.slug, seat.room_id, room_group(seat.room_id), position)


def find_room(*, actor: User, slug: str, counted: bool = False) -> Standing:
    """Return the actor's standing in a room that they see, with its unread messages if `counted`,
    which `describe` shows. Raises NotFound if they don't see it."""
    standing = visitor.standing(actor.pk, slug, counted=counted)
    if standing is None:
        raise no_such_room()
    standing.require_sight()
    return standing


def find_concern(*, actor: User, slug: str) -> Standing:
    """Return the actor's standing in a room that they see or moderate. Raises NotFound."""
    standing = visitor.standing(actor.pk, slug)
    if standing is None:
        raise no_such_room()
    if not standing.moderates:
        standing.require_sight()
    return standing


def room_of(*, actor: User, slug: str) -> shapes.Room:
    """Describe a room as the actor sees it now."""
    return describe(find_room(actor=actor, slug=slug, counted=True))


def whereabouts(*, actor: User, slug: str) -> Whereabouts:
    """Return the whereabouts of a room that the actor sees."""
    room = find_room(actor=actor, slug=slug).room
    return Whereabouts(room.slug, room.pk, room_group(room.pk), position(room))


def describe(standing: Standing) -> shapes.Room:
    """Describe a room as one person sees it.

    Takes at most two queries, one more for each thing that keeps them from writing, and one more if
    the standing has no unread count.
    """
    room = standing.room
    people: Sequence[User] = ()
    if room.kind == Room.Kind.DIRECT:
        people = [row.user for row in room.memberships.with_people()]
    members = len(people) or visitor.size(room.pk)
    shown = serializers.room(
        room,
        standing.user,
        standing.membership,
        members=members,
        people=people,
        next_post_at=posting.next_post_at(standing, room),
        muted=sanctions.mute(standing.user.pk, room.pk) if standing.muted else None,
    )
    if not standing.moderates and rulebook.known().newcomer_until(standing.user):
        return structs.replace(shown, room_mention_by="moderators")
    return shown


def position(room: Room) -> Position:
    """Return a room's position when its row was read."""
    return Position(room.revision, room.last_number)
