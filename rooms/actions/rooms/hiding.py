"""Hide direct rooms from one's own list. They come back with the next message, or when they are
opened.

A new direct room is hidden from everyone but its maker in the same way, so nobody learns of a
conversation in which nothing was said.
"""

from collections.abc import Iterable, Mapping

from django.db import transaction

from rooms import ratelimit
from rooms.actions.rooms import memberships
from rooms.actions.rooms.lookup import find_room
from rooms.broadcast import envelope, publish_on_commit, room_group, user_group
from rooms.fanout.envelopes import Envelope, Subject
from rooms.models import Ignore, Membership, Room, User
from rooms.policy.standing import Standing
from rooms.protocol import events
from rooms.queries import posting


def hide_room(*, actor: User, slug: str) -> None:
    """Take a direct room off the actor's list. Raises Forbidden for other rooms, which one
    leaves."""
    ratelimit.consume("sidebar", actor.pk)
    with transaction.atomic():
        membership = _locked(actor, slug)
        if not membership.is_hidden:
            membership.hidden_to = membership.room.last_number
            membership.save(update_fields=["hidden_to"])
            publish_on_commit(_hidden(membership.room, actor))


def show_room(*, actor: User, slug: str) -> None:
    """Put a hidden room back on the actor's list."""
    ratelimit.consume("sidebar", actor.pk)
    was_opened(actor=actor, slug=slug)


def was_opened(*, actor: User, slug: str) -> None:
    """Do the same for a room that the actor has opened, which costs a limit of its own."""
    with transaction.atomic():
        _show([_locked(actor, slug)])


def resurface(said: Mapping[int, set[int]]) -> None:
    """Put direct rooms back on everyone's list in which something was said: the authors of new
    messages, by room id. Not for people who ignore all of these authors. Call it in the transaction
    of the messages, with the rooms locked."""
    if not said or not posting.any_hidden(said):
        return
    hidden = Membership.objects.with_people().filter(room__in=said, hidden_to__isnull=False)
    rows = hidden.locked()
    ignored = {*Ignore.objects.filter(user__in=[row.user_id for row in rows]).values_list(*_PAIR)}
    heard = []
    for row in rows:
        if any((row.user_id, author) not in ignored for author in said[row.room_id]):
            heard.append(row)
        else:
            row.hidden_to = row.room.last_number
            row.save(update_fields=["hidden_to"])
    _show(heard)


_PAIR = ("user_id", "other_id")


def _locked(actor: User, slug: str) -> Membership:
    """Return the actor's membership of a direct room, both locked. Raises a refusal."""
    Room.objects.locked([slug])
    standing = find_room(actor=actor, slug=slug)
    standing.require_membership()
    standing.require_direct()
    assert standing.membership is not None  # noqa: S101  require_membership has raised
    return standing.membership


def _show(rows: Iterable[Membership]) -> None:
    for row in rows:
        if row.hidden_to is not None:
            Membership.objects.filter(pk=row.pk).update(hidden_to=None)
            publish_on_commit(memberships.added(Standing.of(row.user, row.room)))


def _hidden(room: Room, user: User) -> Envelope:
    """Build the event that takes the room off a user's list. Their sockets stop watching it."""
    order = {"op": "hide", "group": room_group(room.pk)}
    about = Subject("membership", room.pk, user.pk)
    event = events.RoomHidden(room=room.slug)
    return envelope(user_group(user.pk), event, order=order, about=about)
