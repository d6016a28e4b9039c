"""Somebody is called otherwise now, looks different, or has closed their account: told wherever
they are in sight."""

from django.db.models import Q

from rooms import events, protocol
from rooms.broadcast import envelope, publish_on_commit, room_group, user_group
from rooms.envelopes import Envelope, Subject
from rooms.hub import EVERYWHERE
from rooms.models import Membership, Message, Reaction, Room, User


def announce(user: User) -> None:
    """In the transaction that has changed the row, which is locked."""
    publish_on_commit(changed(user, also=_in_sight(user)))


def changed(user: User, *, also: dict[str, bool]) -> Envelope:
    """Says who somebody is now, in one notice, however many rooms they are in."""
    person = events.neighbour(user)
    event = protocol.PersonChanged(room=None, person=person)
    order = {"op": "person", "person": protocol.builtins(person)}
    return envelope(
        EVERYWHERE, event, order=order, about=Subject("person", user=user.pk), also=also
    )


def _in_sight(user: User) -> dict[str, bool]:
    """The groups of those who see a message or a reaction of theirs, or talk to them directly; for
    members alone those of rooms that they are merely in. And their own.
    Uses indexes: message_author, membership_once."""
    mine = Membership.objects.filter(user=user)
    written = Message.objects.filter(author=user).values("room_id")
    reacted = Reaction.objects.filter(user=user).values("message__room_id")
    rooms = Room.objects.filter(Q(pk__in=written) | Q(pk__in=reacted))
    direct = mine.filter(room__kind=Room.Kind.DIRECT).values("room_id")
    people = Membership.objects.filter(room__in=direct).values_list("user_id", flat=True)
    return {
        **{room_group(pk): True for pk in mine.values_list("room_id", flat=True)},
        **{room_group(pk): False for pk in rooms.values_list("pk", flat=True)},
        **{user_group(pk): False for pk in people.distinct()},
        user_group(user.pk): False,
    }
