"""Moderate people from inside a room, named by its slug and their usernames."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms import ratelimit
from rooms.actions.moderation import removals, sanctions
from rooms.actions.rooms import lookup
from rooms.actions.rooms.directory import find_person
from rooms.errors import NotFound
from rooms.models import Mute, Removal, Room, User
from rooms.protocol import shapes


def muted(*, actor: User, slug: str, people: Iterable[int]) -> dict[int, shapes.Muted]:
    """Return which of these people are muted in a room, by id, with the mute that lasts longest.

    Moderators of the room see its own mutes, site moderators also site-wide ones; anyone else sees
    nothing.
    """
    standing = lookup.find_concern(actor=actor, slug=slug)
    if not standing.moderates:
        return {}
    here = Q(room=standing.room)
    if standing.moderates_site:
        here |= Q(room=None)
    rows = Mute.objects.active().filter(here, user__in=[*people])
    lasting = sorted(
        rows, key=lambda row: (row.expires_at is None, row.expires_at or row.created_at)
    )
    return {row.user_id: shapes.Muted(row.expires_at, row.reason) for row in lasting}


def mute_member(
    *, actor: User, slug: str, username: str, seconds: int | None, reason: str = ""
) -> None:
    """Mute a person in a room for this many seconds, or for good."""
    room, user = _concerned(actor, slug, username)
    sanctions.mute_user(actor=actor, user=user, room=room, reason=reason, expires_at=_end(seconds))


def unmute_member(*, actor: User, slug: str, username: str) -> None:
    """Unmute a person in a room. Raises NotFound if they aren't muted."""
    room, user = _concerned(actor, slug, username)
    sanctions.unmute_user(actor=actor, user=user, room=room)


def ban_member(
    *, actor: User, slug: str, username: str, seconds: int | None, reason: str = ""
) -> None:
    """Ban a person from a room for this many seconds, or for good, member or not."""
    room, user = _concerned(actor, slug, username)
    sanctions.ban_user(actor=actor, user=user, room=room, reason=reason, expires_at=_end(seconds))


def preview_removal(*, actor: User, slug: str, username: str, scope: str) -> removals.Preview:
    """Return what `remove_posts` would remove now."""
    room, user = _concerned(actor, slug, username)
    return removals.preview(actor=actor, user=user, scope=scope, room=room)


def remove_posts(*, actor: User, slug: str, username: str, scope: str, reason: str = "") -> Removal:
    """Remove what a person has posted in the room: in the last hour, the last day, or ever."""
    room, user = _concerned(actor, slug, username)
    return removals.remove_posts(actor=actor, user=user, scope=scope, room=room, reason=reason)


def undo_removal(*, actor: User, slug: str, removal: int) -> Removal:
    """Undo a removal in this room."""
    ratelimit.consume("sanction", actor.pk)
    room = _moderated(actor, slug)
    found = Removal.objects.filter(pk=removal, room=room).select_related("user", "room").first()
    if found is None:
        raise NotFound(_("There is no such removal."))
    return removals.undo_removal(actor=actor, removal=found)


def _concerned(actor: User, slug: str, username: str) -> tuple[Room, User]:
    """Check the actor's rights before telling whether the person exists."""
    ratelimit.consume("sanction", actor.pk)
    return _moderated(actor, slug), find_person(username)


def _moderated(actor: User, slug: str) -> Room:
    standing = lookup.find_concern(actor=actor, slug=slug)
    standing.require_moderation()
    return standing.room


def _end(seconds: int | None) -> datetime | None:
    return None if seconds is None else timezone.now() + timedelta(seconds=seconds)
