"""Change rooms: name and topic, archiving, and the pace of writing."""

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms import ratelimit, serializers
from rooms.actions import audit
from rooms.actions.screening import rulebook
from rooms.broadcast import envelope, publish_on_commit, room_group
from rooms.errors import Conflict, Forbidden, Invalid
from rooms.fanout.envelopes import Envelope, Subject
from rooms.fanout.hub import LOBBY
from rooms.models import Room, User
from rooms.models.site import RoomMentionBy
from rooms.policy.decisions import OVERRULED
from rooms.policy.standing import Standing, no_such_room
from rooms.protocol import events
from rooms.text import lookalikes, names

MAX_SLOW_MODE = 6 * 3600  # seconds


def update_room(*, actor: User, room: Room, name: str, topic: str) -> Room:
    """Set a room's name and topic. Its slug stays, so links keep working."""
    ratelimit.consume("room.update", actor.pk)
    name, topic = names.clean_room_name(name), names.clean_topic(topic)
    with transaction.atomic():
        room = _moderated(actor, room)
        if room.kind == Room.Kind.DIRECT:
            raise Forbidden(_("A direct room is named after the people in it."))
        if (room.name, room.topic) == (name, topic):
            return room
        rulebook.require_name(actor, room.pk, name, topic)
        before = f"{room.name} · {room.topic}"
        room.name, room.topic = name, topic
        if room.kind == Room.Kind.PUBLIC:
            room.name_key = lookalikes.name_key(name)
        try:
            with transaction.atomic():
                room.save(update_fields=["name", "topic", "name_key"])
        except IntegrityError as error:
            raise name_taken(name) from error
        audit.record(
            "room.updated", actor=actor, room=room, before=before, after=f"{name} · {topic}"
        )
        _announce(room)
    return room


def archive_room(*, actor: User, room: Room, archived: bool = True) -> Room:
    """Archive a room, which makes it read-only, or reopen it. Raises Forbidden for reopening a room
    that a higher rank has archived."""
    ratelimit.consume("room.archive", actor.pk)
    with transaction.atomic():
        room = _moderated(actor, room)
        if room.archived != archived:
            standing = Standing.of(actor, room)
            if not archived and not standing.reopens:
                raise Forbidden(OVERRULED)
            room.archived_at = timezone.now() if archived else None
            room.archived_as = standing.decides_as if archived else None
            room.save(update_fields=["archived_at", "archived_as"])
            action = "room.archived" if archived else "room.unarchived"
            before, after = ("open", "archived") if archived else ("archived", "open")
            audit.record(action, actor=actor, room=room, before=before, after=after)
            _announce(room)
    return room


def set_pace(
    *,
    actor: User,
    room: Room,
    slow_mode: int,
    announcement: bool,
    room_mention_by: str | None = None,
) -> Room:
    """Set how many seconds a member waits between messages (0: none), whether only owners and
    moderators may write, and who may say `@room` ("": whoever the site says; None: as before)."""
    ratelimit.consume("room.update", actor.pk)
    if not 0 <= slow_mode <= MAX_SLOW_MODE:
        raise Invalid(
            _("Slow mode can be 0 to %(most)d seconds; 0 turns it off."), most=MAX_SLOW_MODE
        )
    if room_mention_by not in (None, "", *RoomMentionBy.values):
        raise Invalid(_("That must be one of %(values)s."), values=", ".join(RoomMentionBy.values))
    with transaction.atomic():
        room = _moderated(actor, room)
        if room.kind == Room.Kind.DIRECT:
            raise Forbidden(_("A direct room has no moderators."))
        before = _pace(room)
        room.slow_mode, room.announcement = slow_mode, announcement
        if room_mention_by is not None:
            room.room_mention_by = room_mention_by
        if _pace(room) != before:
            room.save(update_fields=["slow_mode", "announcement", "room_mention_by"])
            audit.record("room.pace", actor=actor, room=room, before=before, after=_pace(room))
            _announce(room)
    return room


def changed(room: Room) -> Envelope:
    """Build the event for everyone who has the room open or in their list."""
    event = serializers.room_updated(room)
    return envelope(room_group(room.pk), event, aside=event, about=Subject("room", room.pk))


def lobby_changed(room: Room) -> list[Envelope]:
    """Build the event for everyone who has the list of public rooms open; none for other rooms."""
    if room.kind != Room.Kind.PUBLIC:
        return []
    event = events.LobbyChanged(
        room=room.slug,
        name=room.name,
        topic=room.topic,
        archived=room.archived,
        members=room.memberships.count(),
    )
    return [envelope(LOBBY, event, about=Subject("lobby", room.pk))]


def name_taken(name: str) -> Conflict:
    return Conflict(
        _("There is already a room called '%(name)s', or one that looks like it."), name=name
    )


def _pace(room: Room) -> str:
    addressing = f", @room: {room.room_mention_by}" if room.room_mention_by else ""
    return f"{room.slow_mode} s{', announcements' if room.announcement else ''}{addressing}"


def _moderated(actor: User, room: Room) -> Room:
    """Return the room, locked. Raises NotFound or Forbidden."""
    locked = Room.objects.locked([room.slug])
    if not locked:
        raise no_such_room()
    Standing.of(actor, locked[0]).require_moderation()
    return locked[0]


def _announce(room: Room) -> None:
    publish_on_commit(changed(room), *lobby_changed(room))
