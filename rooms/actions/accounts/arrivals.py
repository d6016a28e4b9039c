"""What happens to an account as soon as it exists, by whatever door it came."""

from rooms.actions.rooms import invites, memberships
from rooms.errors import NotFound
from rooms.models import Room, User


def arrive(*, user: User, token: str | None = None) -> Room | None:
    """Let a new account into the rooms that everyone joins, the first of which it sees first, and
    use the invitation it came with. Returns the room of the invitation, if it has one. Needs a
    transaction. Raises NotFound if the invitation can't be used."""
    for room in _locked(_room_of(token) if token else None):
        if room.is_default and room.kind == Room.Kind.PUBLIC and not room.archived:
            memberships.add_member(room=room, user=user)
            user.last_room = user.last_room or room
    user.save(update_fields=["last_room"])
    if not token:
        return None
    invited_to = invites.accept_invite(actor=user, token=token)
    user.invited = True
    user.save(update_fields=["invited"])
    return invited_to


def _locked(invited_to: Room | None) -> list[Room]:
    """Lock the rooms that someone is about to join, all at once and in order, so that two newcomers
    never wait for each other."""
    rooms = Room.objects.default()
    if invited_to is not None:
        rooms = rooms | Room.objects.filter(pk=invited_to.pk)
    return list(rooms.select_for_update(no_key=True).order_by("pk"))


def _room_of(token: str) -> Room | None:
    try:
        return invites.find_invite(token=token).room
    except NotFound:
        return None
