"""Make rooms, rename them, archive them."""

import secrets
from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms import events, names, protocol, ratelimit
from rooms.actions import audit, memberships, newcomers, rulebook
from rooms.broadcast import envelope, publish_on_commit, room_group
from rooms.envelopes import Envelope, Subject
from rooms.errors import Conflict, Forbidden, Invalid, NotFound
from rooms.hub import LOBBY
from rooms.models import Ignore, Membership, Room, User
from rooms.policy import DEAF, OVERRULED, QUARREL, Standing, no_such_room, require_site_voice

MAX_SLOW_MODE = 6 * 3600  # seconds
TRIES = 5  # at a slug that others take at the same moment


def create_room(
    *, actor: User, name: str, kind: str, topic: str = "", slug: str | None = None
) -> Room:
    """Make a public or private room, owned by the actor.

    Raises Invalid for a name, topic or slug that isn't accepted, Conflict for one that is taken.
    """
    ratelimit.consume("room.create", actor.pk)
    require_site_voice(actor)
    name, topic = names.clean_room_name(name), names.clean_topic(topic)
    if kind not in (Room.Kind.PUBLIC, Room.Kind.PRIVATE):
        raise Invalid(_("A room is public or private."))
    name_key = names.name_key(name) if kind == Room.Kind.PUBLIC else ""
    rulebook.require_name(actor, None, name, topic)
    room = Room(kind=kind, name=name, name_key=name_key, topic=topic, created_by=actor)
    with transaction.atomic():
        newcomers.require_room(actor)
        _save_new(room, [actor], slug=names.clean_slug(slug) if slug is not None else None)
    return room


def direct_room(*, actor: User, people: Sequence[str]) -> Room:
    """The one room of exactly these people and the actor; made when absent."""
    ratelimit.consume("room.direct", actor.pk)
    require_site_voice(actor)
    wanted = {username.strip().lower() for username in people} - {actor.username}
    found = list(User.objects.filter(username__in=wanted, is_active=True))
    unknown = wanted - {user.username for user in found}
    if unknown:
        raise NotFound(_("There is nobody called %(names)s."), names=", ".join(sorted(unknown)))
    if not found or len(found) > protocol.MAX_PEOPLE:
        raise Invalid(
            _("A direct room takes 1 to %(most)d people beside you."), most=protocol.MAX_PEOPLE
        )
    everybody = [actor, *found]
    key = ",".join(map(str, sorted(user.pk for user in everybody)))
    room = Room.objects.filter(people_key=key).first()
    if room is None:
        blocks = Ignore.objects.filter(user__in=found, kind=Ignore.Kind.BLOCK)
        if blocks.filter(other=actor).exists():
            raise Forbidden(DEAF)
        if blocks.filter(other__in=found).exists():
            raise Forbidden(QUARREL)  # nor does a third one bring them together
        room = Room(kind=Room.Kind.DIRECT, people_key=key, created_by=actor)
        try:
            with transaction.atomic():
                newcomers.require_direct(actor)
                _save_new(room, everybody, slug=None)
        except Conflict:  # the other one was faster: it is the same room
            room = Room.objects.get(people_key=key)
    return room


def update_room(*, actor: User, room: Room, name: str, topic: str) -> Room:
    """Rename a room, set its topic. The slug stays, so links do."""
    ratelimit.consume("room.update", actor.pk)
    name, topic = names.clean_room_name(name), names.clean_topic(topic)
    with transaction.atomic():
        room = _moderated(actor, room)
        if room.kind == Room.Kind.DIRECT:
            raise Forbidden(_("A direct room is called by the people in it."))
        if (room.name, room.topic) == (name, topic):
            return room
        rulebook.require_name(actor, room.pk, name, topic)
        before = f"{room.name} · {room.topic}"
        room.name, room.topic = name, topic
        if room.kind == Room.Kind.PUBLIC:
            room.name_key = names.name_key(name)
        try:
            with transaction.atomic():
                room.save(update_fields=["name", "topic", "name_key"])
        except IntegrityError as error:
            raise _name_taken(name) from error
        audit.record(
            "room.updated", actor=actor, room=room, before=before, after=f"{name} · {topic}"
        )
        _announce(room)
    return room


def archive_room(*, actor: User, room: Room, archived: bool = True) -> Room:
    """Make a room read-only, or open it again, unless somebody of a higher rank has archived it. It
    stays linkable."""
    ratelimit.consume("room.archive", actor.pk)
    with transaction.atomic():
        room = _moderated(actor, room)
        if room.archived != archived:
            standing = Standing.of(actor, room)
            if not archived and not standing.opens_again:
                raise Forbidden(OVERRULED)
            room.archived_at = timezone.now() if archived else None
            room.archived_as = standing.decides_as if archived else None
            room.save(update_fields=["archived_at", "archived_as"])
            action = "room.archived" if archived else "room.unarchived"
            before, after = ("open", "archived") if archived else ("archived", "open")
            audit.record(action, actor=actor, room=room, before=before, after=after)
            _announce(room)
    return room


def set_pace(*, actor: User, room: Room, slow_mode: int, announcement: bool) -> Room:
    """How many seconds somebody waits between two messages (0: none), and whether only owners and
    moderators write at all."""
    ratelimit.consume("room.update", actor.pk)
    if not 0 <= slow_mode <= MAX_SLOW_MODE:
        raise Invalid(
            _("Slow mode takes 0 to %(most)d seconds; 0 switches it off."), most=MAX_SLOW_MODE
        )
    with transaction.atomic():
        room = _moderated(actor, room)
        if room.kind == Room.Kind.DIRECT:
            raise Forbidden(_("A direct room has no moderators."))
        before = _pace(room)
        room.slow_mode, room.announcement = slow_mode, announcement
        if _pace(room) != before:
            room.save(update_fields=["slow_mode", "announcement"])
            audit.record("room.pace", actor=actor, room=room, before=before, after=_pace(room))
            _announce(room)
    return room


def _pace(room: Room) -> str:
    return f"{room.slow_mode} s{', announcements' if room.announcement else ''}"


def _moderated(actor: User, room: Room) -> Room:
    """The room, locked. Raises NotFound or Forbidden."""
    locked = Room.objects.locked([room.slug])
    if not locked:
        raise no_such_room()
    Standing.of(actor, locked[0]).require_moderation()
    return locked[0]


def _announce(room: Room) -> None:
    publish_on_commit(changed(room), *_listed(room))


def _listed(room: Room) -> list[Envelope]:
    """For those who look at the list of public rooms, which is another one now."""
    if room.kind != Room.Kind.PUBLIC:
        return []
    return [envelope(LOBBY, protocol.LobbyChanged(room=room.slug))]


def changed(room: Room) -> Envelope:
    """Says what a room is called now to whoever has it open or in their list."""
    event = events.room_updated(room)
    return envelope(room_group(room.pk), event, aside=event, about=Subject("room", room.pk))


def _save_new(room: Room, people: Sequence[User], *, slug: str | None) -> None:
    """Save a room with its people, the first of whom owns it. Raises Conflict."""
    for attempt in range(TRIES):
        room.pk, room.slug = None, slug or _free_slug(room, attempt)
        try:
            with transaction.atomic():
                room.save(force_insert=True)
                _populate(room, people)
        except IntegrityError as error:
            if room.name_key and Room.objects.filter(name_key=room.name_key).exists():
                raise _name_taken(room.name) from error
            if room.people_key and Room.objects.filter(people_key=room.people_key).exists():
                raise Conflict(_("These people have a room already.")) from error
            if slug:
                raise Conflict(
                    _("The address '%(address)s' is taken. Choose another."), address=slug
                ) from error
        else:
            return
    raise Conflict(_("Somebody else is making a room of that name. Try again."))


def _populate(room: Room, people: Sequence[User]) -> None:
    direct = room.kind == Room.Kind.DIRECT
    owner, member = Membership.Role.OWNER, Membership.Role.MEMBER
    rows = Membership.objects.bulk_create(
        Membership(room=room, user=user, role=owner if user is people[0] and not direct else member)
        for user in people
    )
    for membership in rows:
        publish_on_commit(memberships.added(Standing.of(membership.user, room)))
    publish_on_commit(*_listed(room))


def _free_slug(room: Room, attempt: int) -> str:
    """The name's own slug, or the first free one after it. Direct rooms get one that tells
    nothing, and private ones one that nobody meets by chance: that an address is taken would tell
    of the room that has it."""
    if room.kind == Room.Kind.DIRECT:
        return f"direct-{secrets.token_hex(6)}"
    base = names.slugify_name(room.name) or f"room-{secrets.token_hex(3)}"
    if room.kind == Room.Kind.PRIVATE:
        return f"{base}-{secrets.token_hex(4)}"
    taken = set(Room.objects.filter(slug__startswith=base).values_list("slug", flat=True)[:10_000])
    if attempt == 0 and base not in taken:
        return base
    number = 2 + attempt
    while f"{base}-{number}" in taken:
        number += 1
    return f"{base}-{number}"


def _name_taken(name: str) -> Conflict:
    return Conflict(
        _("There is a room called '%(name)s' already, or one that looks like it."), name=name
    )
