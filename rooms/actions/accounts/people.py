"""Announce that a user has another name or picture, or has closed their account, wherever people
see them."""

from django.db.models import Q

from rooms import serializers
from rooms.broadcast import envelope, publish_on_commit, room_group, user_group
from rooms.fanout.envelopes import Envelope, Subject
from rooms.fanout.hub import EVERYWHERE
from rooms.models import Membership, Message, Reaction, Room, User
from rooms.protocol import codec, events


def announce(user: User) -> None:
    """Announce a changed user. Call it in the transaction of the change, with the row locked."""
    publish_on_commit(changed(user, also=_in_sight(user)))


def changed(user: User, *, also: dict[str, bool]) -> Envelope:
    """Build one notice of who a user is now, however many rooms they are in."""
    person = serializers.neighbour(user)
    event = events.PersonChanged(room=None, person=person)
    order = {"op": "person", "person": codec.builtins(person)}
    return envelope(
        EVERYWHERE, event, order=order, about=Subject("person", user=user.pk), also=also
    )


def _in_sight(user: User) -> dict[str, bool]:
    """Return the groups to tell, each with whether only members are told.

    All readers of rooms where the user has written or reacted; members alone of rooms where they
    haven't; the people of their direct rooms; and the user. Uses indexes: message_author,
    membership_once.
    """
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
