"""Make a private room of a direct one, to which people can be added."""

from collections.abc import Callable
from contextlib import suppress

from django.utils.translation import gettext as _

from rooms import ratelimit
from rooms.actions.messages import posts
from rooms.actions.rooms import creation
from rooms.actions.rooms.lookup import find_room
from rooms.errors import ChatError, Forbidden
from rooms.models import Ignore, Room, User
from rooms.policy import blocks


def make_private_room(*, actor: User, slug: str, name: str, address: Callable[[Room], str]) -> Room:
    """Create a private room with the people of a direct one, and say so there, with the new room's
    `address`. Any of them may; whoever does owns the room.

    The direct room stays as it is, with all that was said in it. The alternative was to turn it
    into the private one, with a number below which later members read nothing: then each door to a
    message (pages, replays, links, quotes, exports, reports, whatever comes next) would have to
    know that number, and the first to forget it would show what two people said in confidence. A
    room that nobody was ever added to needs no such rule.
    """
    ratelimit.consume("room.direct", actor.pk)
    standing = find_room(actor=actor, slug=slug)
    standing.require_post()
    standing.require_conversion()
    blocks.require_reader(standing)
    members = standing.room.memberships.with_people().exclude(user=actor)
    people = [row.user for row in members if row.user.is_active]
    if Ignore.objects.filter(user__in=people, other=actor, kind=Ignore.Kind.BLOCK).exists():
        raise Forbidden(blocks.BLOCKED)
    room = creation.create_room(actor=actor, name=name, kind=Room.Kind.PRIVATE, people=people)
    words = _("I made a private room for us: %(address)s") % {"address": address(room)}
    # Everyone has the room in their list by now, whether or not a rule lets them hear of it here.
    with suppress(ChatError):
        posts.post_message(posts.Draft(actor, slug, f"private-{room.pk}", words))
    return room
