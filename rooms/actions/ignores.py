"""Whose messages somebody doesn't want to see, or to get. Nobody else is told."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from rooms import events, protocol, ratelimit, unread
from rooms.broadcast import envelope, publish_on_commit, user_group
from rooms.envelopes import Envelope, Subject
from rooms.errors import Conflict, Invalid, NotFound
from rooms.models import Ignore, User

MAX_IGNORED = 1000  # they are part of every welcome


def ignored(user: User) -> protocol.Ignored:
    """The ids of whom somebody ignores."""
    rows = [*Ignore.objects.filter(user=user).order_by("pk").values_list("other_id", "kind")]
    return protocol.Ignored(
        muted=[other for other, kind in rows if kind == Ignore.Kind.MUTE],
        blocked=[other for other, kind in rows if kind == Ignore.Kind.BLOCK],
    )


def ignore_person(*, actor: User, username: str, kind: str) -> protocol.Ignored:
    """Mute somebody, whose messages are folded away, or block them, who can't write to one either.
    In place of what there was."""
    ratelimit.consume("ignore", actor.pk)
    if kind not in Ignore.Kind.values:
        raise Invalid(_("One can mute somebody, or block them."))
    other = find_person(username)
    if other.pk == actor.pk:
        raise Invalid(_("Nobody can do that to themselves."))
    with transaction.atomic():
        _hold(actor)
        mine = Ignore.objects.filter(user=actor)
        if not mine.filter(other=other).exists() and mine.count() >= MAX_IGNORED:
            raise Conflict(_("Nobody ignores more than %(most)d people."), most=MAX_IGNORED)
        Ignore.objects.update_or_create(user=actor, other=other, defaults={"kind": kind})
        return _announce(actor, other)


def unignore_person(*, actor: User, username: str) -> protocol.Ignored:
    """See and hear them again; who wasn't ignored changes nothing."""
    ratelimit.consume("ignore", actor.pk)
    other = find_person(username)
    with transaction.atomic():
        _hold(actor)
        Ignore.objects.filter(user=actor, other=other).delete()
        return _announce(actor, other)


def find_person(username: str) -> User:
    """Raises NotFound."""
    user = User.objects.filter(username=username.strip().lower()).first()
    if user is None:
        raise NotFound(_("There is nobody called %(names)s."), names=username[:40])
    return user


def _hold(actor: User) -> None:
    """Of two changes at once, the second tells the list with both."""
    User.objects.select_for_update(no_key=True).only("pk").get(pk=actor.pk)


def _announce(actor: User, other: User) -> protocol.Ignored:
    """Whom one ignores now, and what that leaves unread where the other has written."""
    now = ignored(actor)
    readings = unread.readings_beside(actor.pk, other.pk)
    group = user_group(actor.pk)
    publish_on_commit(
        changed(actor, now), *(envelope(group, event) for event in events.reads_changed(readings))
    )
    return now


def changed(user: User, now: protocol.Ignored) -> Envelope:
    """Says whom somebody ignores now."""
    event = protocol.IgnoredChanged(ignored=now)
    return envelope(user_group(user.pk), event, about=Subject("ignored", user=user.pk))
