"""How far somebody has read."""

from rooms import events, protocol, ratelimit
from rooms.actions.sight import find_room
from rooms.broadcast import envelope, hint_on_commit, user_group
from rooms.models import Membership, User


def mark_read(*, actor: User, slug: str, number: int) -> tuple[int, int]:
    """Move the cursor forward; unread messages and mentions after it."""
    ratelimit.consume("room.read", actor.pk)
    standing = find_room(actor=actor, slug=slug)
    standing.require_membership()
    membership, room = standing.membership, standing.room
    assert membership is not None  # noqa: S101  require_membership has raised
    number = min(number, room.last_number)
    if Membership.objects.filter(pk=membership.pk).read_to(number):
        membership.read_number = number
        event = protocol.ReadChanged(
            room=room.slug, number=number, unread=events.unread(room, membership), mentions=0
        )
        # Lost with the layer, it is right again with the next one, or the next welcome.
        hint_on_commit(envelope(user_group(actor.pk), event))
    return events.unread(room, membership), 0
