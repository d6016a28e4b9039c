"""Say whom a text would address, before it is sent."""

from dataclasses import dataclass

from rooms import attendance, ratelimit, serializers
from rooms.actions.messages import concerns, rendering
from rooms.actions.messages.concerns import Circle
from rooms.actions.messages.posts import clean_body
from rooms.actions.rooms.lookup import find_room
from rooms.actions.screening import rulebook
from rooms.models import Ignore, Membership, User
from rooms.policy.standing import Standing
from rooms.protocol import shapes
from rooms.queries import naming
from rooms.text import mentions
from rooms.text.mentions import Drawn, Marked

MOST_OUTSIDE = 20  # people who are named


@dataclass(frozen=True, slots=True)
class Preview:
    """How many members a text addresses, by which keyword, and who is named but not in the room."""

    people: int
    addressed: str
    outside: list[shapes.Person]


def preview(*, actor: User, slug: str, body: str) -> Preview:
    """Say whom a text would address in a room, whatever their settings are. Nobody is told of their
    own message, so the actor doesn't count."""
    ratelimit.consume("mention", actor.pk)
    text = rendering.marked(clean_body(body))
    standing = find_room(actor=actor, slug=slug)
    standing.require_membership()
    room = standing.room
    book = rulebook.current() if text.keywords else rulebook.known()
    circle = Circle.of([(room, text, None)])
    said = concerns.keywords(text, room, standing, standing.user, book)
    drawn = circle.drawn(room, text, said)
    return Preview(_addressed(standing, drawn), drawn.addressed, _outside(standing, text, circle))


def _addressed(standing: Standing, drawn: Drawn) -> int:
    """Count the members whom a text addresses. Uses index: membership_once."""
    if drawn.addressed == mentions.ROOM:
        return Membership.objects.filter(room=standing.room).exclude(user=standing.user).count()
    here = attendance.present() if drawn.addressed == mentions.HERE else ()
    return len({*drawn.ids, *naming.online(standing.room.pk, here)} - {standing.user.pk})


def _outside(standing: Standing, text: Marked, circle: Circle) -> list[shapes.Person]:
    """Return who is named but not a member, of the people whom the actor could write to: those who
    can be found by name, and haven't blocked them."""
    inside = {username for _room, username in circle.members}
    strangers = text.names - inside - {standing.user.username}
    if not strangers:
        return []
    blocks = Ignore.objects.filter(other=standing.user, kind=Ignore.Kind.BLOCK)
    found = (
        User.objects.filter(username__in=strangers, is_active=True)
        .exclude(pk__in=blocks.values("user"))
        .exclude(memberships__room=standing.room)  # banned members aren't strangers
        .order_by("username")
    )
    return [serializers.person(user) for user in found[:MOST_OUTSIDE]]
