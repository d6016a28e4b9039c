"""Create rooms, and find the direct room of a group of people."""

import secrets
from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from rooms import ratelimit
from rooms.actions.rooms import hiding, memberships
from rooms.actions.rooms.rooms import lobby_changed, name_taken
from rooms.actions.screening import newcomers, rulebook
from rooms.broadcast import publish_on_commit
from rooms.errors import Conflict, Forbidden, Invalid
from rooms.models import Ignore, Membership, Room, User
from rooms.policy.blocks import BLOCKED, BLOCKED_AMONG_THEM
from rooms.policy.site import require_room_making, require_site_voice
from rooms.policy.standing import Standing
from rooms.protocol import limits
from rooms.text import lookalikes, names

TRIES = 5  # to find a slug, when others take the same one at the same moment


def create_room(
    *,
    actor: User,
    name: str,
    kind: str,
    topic: str = "",
    slug: str | None = None,
    people: Sequence[User] = (),
) -> Room:
    """Create a public or private room, owned by the actor. `people` are members from the start: for
    operations that have checked that they may be.

    Raises Invalid for an unacceptable name, topic or slug, Conflict for one that is taken.
    """
    ratelimit.consume("room.create", actor.pk)
    require_room_making(actor)
    name, topic = names.clean_room_name(name), names.clean_topic(topic)
    if kind not in (Room.Kind.PUBLIC, Room.Kind.PRIVATE):
        raise Invalid(_("A room must be public or private."))
    name_key = lookalikes.name_key(name) if kind == Room.Kind.PUBLIC else ""
    rulebook.require_name(actor, None, name, topic)
    room = Room(kind=kind, name=name, name_key=name_key, topic=topic, created_by=actor)
    with transaction.atomic():
        newcomers.require_room(actor)
        _save_new(room, [actor, *people], slug=names.clean_slug(slug) if slug is not None else None)
    return room


def direct_room(*, actor: User, people: Sequence[str]) -> Room:
    """Return the direct room of the actor and exactly these people; create it if needed. It is in
    the actor's list afterwards, but not in the others' before something was said in it."""
    ratelimit.consume("room.direct", actor.pk)
    require_site_voice(actor)
    wanted = {username.strip().lower() for username in people} - {actor.username}
    found = memberships.find_people(wanted)
    if not found or len(found) > limits.MAX_PEOPLE:
        raise Invalid(
            _("A direct room can have 1 to %(most)d people besides you."), most=limits.MAX_PEOPLE
        )
    everybody = [actor, *found]
    key = ",".join(map(str, sorted(user.pk for user in everybody)))
    room = Room.objects.filter(people_key=key).first()
    if room is None:
        blocks = Ignore.objects.filter(user__in=found, kind=Ignore.Kind.BLOCK)
        if blocks.filter(other=actor).exists():
            raise Forbidden(BLOCKED)
        if blocks.filter(other__in=found).exists():
            raise Forbidden(BLOCKED_AMONG_THEM)  # a third person can't bring them together either
        room = Room(kind=Room.Kind.DIRECT, people_key=key, created_by=actor)
        try:
            with transaction.atomic():
                newcomers.require_direct(actor)
                _save_new(room, everybody, slug=None)
        except Conflict:  # another request was faster, and created this very room
            room = Room.objects.get(people_key=key)
    if room.memberships.filter(user=actor, hidden_to__isnull=False).exists():
        hiding.was_opened(actor=actor, slug=room.slug)
    return room


def _save_new(room: Room, people: Sequence[User], *, slug: str | None) -> None:
    """Save a room with its people; the first one owns it. Raises Conflict."""
    for attempt in range(TRIES):
        room.pk, room.slug = None, slug or _free_slug(room, attempt)
        try:
            with transaction.atomic():
                room.save(force_insert=True)
                _populate(room, people)
        except IntegrityError as error:
            if room.name_key and Room.objects.filter(name_key=room.name_key).exists():
                raise name_taken(room.name) from error
            if room.people_key and Room.objects.filter(people_key=room.people_key).exists():
                raise Conflict(_("These people already have a direct room.")) from error
            if slug:
                raise Conflict(
                    _("The address '%(address)s' is taken. Choose another."), address=slug
                ) from error
        else:
            return
    raise Conflict(_("Someone else is creating a room with this name. Try again."))


def _populate(room: Room, people: Sequence[User]) -> None:
    direct = room.kind == Room.Kind.DIRECT
    owner, member = Membership.Role.OWNER, Membership.Role.MEMBER
    rows = Membership.objects.bulk_create(
        Membership(
            room=room,
            user=user,
            role=owner if user is people[0] and not direct else member,
            hidden_to=0 if user is not people[0] and direct else None,
        )
        for user in people
    )
    for membership in rows:
        if not membership.is_hidden:
            publish_on_commit(memberships.added(Standing.of(membership.user, room)))
    publish_on_commit(*lobby_changed(room))


def _free_slug(room: Room, attempt: int) -> str:
    """Derive a free slug from the room's name.

    The slugs of direct and private rooms have a random part: nobody finds such a room by guessing,
    or learns of it because its address is taken.
    """
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
