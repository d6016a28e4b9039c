"""Mute or block other people, for oneself. They aren't told."""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from rooms import ratelimit, serializers
from rooms.actions.notifications import inboxes
from rooms.actions.rooms.directory import find_person
from rooms.broadcast import envelope, publish_on_commit, user_group
from rooms.errors import Conflict, Invalid
from rooms.fanout.envelopes import Envelope, Subject
from rooms.models import Ignore, User
from rooms.protocol import events, shapes
from rooms.queries import inbox, unread
from rooms.queries.inbox import Place

MAX_IGNORED = 1000  # people; every welcome lists them


def ignored(user: User) -> shapes.Ignored:
    """Return the ids of the people a user has muted or blocked."""
    rows = [*Ignore.objects.filter(user=user).order_by("pk").values_list("other_id", "kind")]
    return shapes.Ignored(
        muted=[other for other, kind in rows if kind == Ignore.Kind.MUTE],
        blocked=[other for other, kind in rows if kind == Ignore.Kind.BLOCK],
    )


def ignore_person(*, actor: User, username: str, kind: str) -> shapes.Ignored:
    """Mute a person, which folds their messages away, or block them, which also keeps them from
    sending direct messages. Replaces the previous choice."""
    ratelimit.consume("ignore", actor.pk)
    if kind not in Ignore.Kind.values:
        raise Invalid(_("You can either mute or block someone."))
    other = find_person(username)
    if other.pk == actor.pk:
        raise Invalid(_("You can't do that to yourself."))
    with transaction.atomic():
        _lock(actor)
        mine = Ignore.objects.filter(user=actor)
        if not mine.filter(other=other).exists() and mine.count() >= MAX_IGNORED:
            raise Conflict(_("You can ignore at most %(most)d people."), most=MAX_IGNORED)
        gone = inbox.unread_places(actor.pk, author_id=other.pk)
        Ignore.objects.update_or_create(user=actor, other=other, defaults={"kind": kind})
        return _announce(actor, other, blocks=kind == Ignore.Kind.BLOCK, gone=gone)


def unignore_person(*, actor: User, username: str) -> shapes.Ignored:
    """Stop muting or blocking a person."""
    ratelimit.consume("ignore", actor.pk)
    other = find_person(username)
    with transaction.atomic():
        _lock(actor)
        Ignore.objects.filter(user=actor, other=other).delete()
        return _announce(actor, other, blocks=False)


def _lock(actor: User) -> None:
    """Lock the actor, so that of two simultaneous changes the second announces both."""
    User.objects.select_for_update(no_key=True).only("pk").get(pk=actor.pk)


def _announce(
    actor: User, other: User, *, blocks: bool, gone: Sequence[Place] = ()
) -> shapes.Ignored:
    """Announce the new list, the items of the inbox that are `gone` with it, and the unread counts
    of rooms where the other has written. The other isn't told, but someone who blocks them looks
    offline to them."""
    now = ignored(actor)
    withdrawn = [inboxes.withdrawn(place) for place in gone[: inboxes.MAX_WITHDRAWN]]
    items = events.InboxChanged(unread=inbox.unread(actor.pk))
    readings = unread.readings_beside(actor.pk, other.pk)
    group = user_group(actor.pk)
    publish_on_commit(
        changed(actor, now),
        *(
            envelope(group, event)
            for event in [*withdrawn, *serializers.reads_changed(readings), items]
        ),
        envelope(
            user_group(other.pk),
            order={"op": "blocked", "by": actor.pk, "is": blocks},
            about=Subject("blocked", user=other.pk, key=str(actor.pk)),
        ),
    )
    return now


def changed(user: User, now: shapes.Ignored) -> Envelope:
    """Build the event with the people a user ignores now."""
    event = events.IgnoredChanged(ignored=now)
    return envelope(user_group(user.pk), event, about=Subject("ignored", user=user.pk))
