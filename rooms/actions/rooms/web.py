"""Open a public room to the web, where anyone can read it without an account, and close it."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms import ratelimit
from rooms.actions import audit
from rooms.actions.rooms import rooms
from rooms.actions.screening import rulebook
from rooms.broadcast import publish_on_commit
from rooms.errors import Forbidden
from rooms.models import Room, User
from rooms.policy.standing import Standing, no_such_room


def open_to_web(*, actor: User, room: Room, indexed: bool) -> Room:
    """Let anyone on the web read what is said in the room from now on, and search engines list it
    if `indexed`. If the room is open already, only the latter changes.

    What was said before stays inside for good, also what was open until the room was last closed.
    """
    ratelimit.consume("room.update", actor.pk)
    with transaction.atomic():
        room, standing = _owned(actor, room)
        standing.require_open()
        if not actor.moderates_site and rulebook.current().newcomer_until(actor) is not None:
            raise Forbidden(_("A new account can't open a room to the web yet."))
        before = _state(room)
        if room.web_opened_at is None:
            # The room's row is locked, so whatever is posted from here on has a higher number.
            room.web_opened_at, room.web_floor = timezone.now(), room.last_number
        room.web_noindex = not indexed
        _store(room, actor, before)
    return room


def close_to_web(*, actor: User, room: Room) -> Room:
    """Take the room off the web, archived or not."""
    ratelimit.consume("room.update", actor.pk)
    with transaction.atomic():
        room, _standing = _owned(actor, room)
        before = _state(room)
        room.web_opened_at, room.web_noindex = None, True
        _store(room, actor, before)
    return room


def _owned(actor: User, room: Room) -> tuple[Room, Standing]:
    """Return the room, locked, and the actor's standing. Raises NotFound or Forbidden."""
    locked = Room.objects.locked([room.slug])
    if not locked:
        raise no_such_room()
    standing = Standing.of(actor, locked[0])
    standing.require_web()
    return locked[0], standing


def _store(room: Room, actor: User, before: str) -> None:
    if _state(room) == before:
        return
    room.save(update_fields=["web_opened_at", "web_floor", "web_noindex"])
    audit.record("room.web", actor=actor, room=room, before=before, after=_state(room))
    publish_on_commit(rooms.changed(room))


def _state(room: Room) -> str:
    """The state as the audit log shows it."""
    if room.web_opened_at is None:
        return "closed"
    listed = "hidden from search engines" if room.web_noindex else "in search engines"
    return f"open after {room.web_floor}, {listed}"
