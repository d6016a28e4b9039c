"""Somebody is called otherwise now, looks different, or has closed their account: told wherever
they are in sight."""

from django.db.models import Q

from rooms import events, protocol
from rooms.broadcast import EVERYWHERE, envelope, publish_on_commit, room_group, user_group
from rooms.envelopes import Envelope, Subject
from rooms.models import Membership, Message, Reaction, Room, User


def announce(user: User) -> None:
    """In the transaction that has changed the row, which is locked. Few notices, however many rooms
    somebody is in: one for each of two audiences."""
    publish_on_commit(
        changed(user, also=_public(user)),
        changed(user, also=_inside(user), inside=True),
    )


def changed(user: User, *, also: list[str], inside: bool = False) -> Envelope:
    """Says who somebody is now."""
    person = events.neighbour(user)
    event = protocol.PersonChanged(room=None, person=person)
    order = {"op": "person", "person": protocol.builtins(person)}
    about = Subject("person", user=user.pk, key="inside" if inside else "")
    return envelope(EVERYWHERE, event, order=order, about=about, also=also, inside=inside)


def _public(user: User) -> list[str]:
    """Those who see a message or a reaction of theirs, or talk to them directly; and their own
    sockets. Uses indexes: message_author, membership_once."""
    written = Message.objects.filter(author=user).values("room_id")
    reacted = Reaction.objects.filter(user=user).values("message__room_id")
    rooms = Room.objects.filter(Q(pk__in=written) | Q(pk__in=reacted))
    direct = Room.objects.filter(kind=Room.Kind.DIRECT, memberships__user=user)
    people = Membership.objects.filter(room__in=direct).exclude(user=user)
    return [
        *(room_group(pk) for pk in rooms.values_list("pk", flat=True)),
        *(user_group(pk) for pk in people.values_list("user_id", flat=True).distinct()),
        user_group(user.pk),
    ]


def _inside(user: User) -> list[str]:
    """Those who are in a room with them, and see them in its list."""
    rooms = Membership.objects.filter(user=user).values_list("room_id", flat=True)
    return [room_group(pk) for pk in rooms]
