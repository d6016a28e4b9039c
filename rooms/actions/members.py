"""What moderators do to people from the room, by its address and their usernames."""

from datetime import datetime, timedelta

from django.utils import timezone

from rooms import arriving, ratelimit
from rooms.actions import sanctions
from rooms.actions.ignores import find_person
from rooms.models import Room, User
from rooms.policy import no_such_room


def mute_member(
    *, actor: User, slug: str, username: str, seconds: int | None, reason: str = ""
) -> None:
    """For so many seconds, or for good."""
    room, user = _concerned(actor, slug, username)
    sanctions.mute_user(actor=actor, user=user, room=room, reason=reason, expires_at=_end(seconds))


def unmute_member(*, actor: User, slug: str, username: str) -> None:
    """Let them write again. Raises NotFound when they may."""
    room, user = _concerned(actor, slug, username)
    sanctions.unmute_user(actor=actor, user=user, room=room)


def ban_member(
    *, actor: User, slug: str, username: str, seconds: int | None, reason: str = ""
) -> None:
    """For so many seconds, or for good; also somebody who is no member."""
    room, user = _concerned(actor, slug, username)
    sanctions.ban_user(actor=actor, user=user, room=room, reason=reason, expires_at=_end(seconds))


def _concerned(actor: User, slug: str, username: str) -> tuple[Room, User]:
    """Raises NotFound or Forbidden before it tells who exists."""
    ratelimit.consume("sanction", actor.pk)
    standing = arriving.standing(actor.pk, slug)
    if standing is None:
        raise no_such_room()
    standing.require_moderation()
    return standing.room, find_person(username)


def _end(seconds: int | None) -> datetime | None:
    return None if seconds is None else timezone.now() + timedelta(seconds=seconds)
