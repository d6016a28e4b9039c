"""Join and leave rooms, add and remove members, assign roles."""

from collections.abc import Collection, Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from msgspec import UNSET

from rooms import ratelimit, serializers
from rooms.actions import audit
from rooms.actions.notifications import inboxes, telling
from rooms.actions.rooms.lookup import describe, find_concern, find_room, position
from rooms.actions.rooms.rooms import lobby_changed
from rooms.broadcast import envelope, publish_on_commit, room_group, user_group
from rooms.errors import Conflict, Forbidden, Invalid, NotFound
from rooms.fanout.envelopes import Envelope, Subject
from rooms.models import Membership, Room, User
from rooms.models.rooms import MembershipQuerySet
from rooms.policy import sanctions
from rooms.policy.standing import Standing
from rooms.protocol import events, limits, shapes
from rooms.protocol.codes import Removed
from rooms.queries import inbox

OWNER, MODERATOR, MEMBER = (
    Membership.Role.OWNER,
    Membership.Role.MODERATOR,
    Membership.Role.MEMBER,
)

NEEDS_OWNER = _("A room needs an owner. Make someone else an owner first.")
BANNED = _("You are banned from this room.")
ROLES = _("A role must be one of %(roles)s.")


def join_room(*, actor: User, slug: str) -> Standing:
    """Join a public room. Joining again changes nothing."""
    ratelimit.consume("room.join", actor.pk)
    with transaction.atomic():
        standing = find_room(actor=actor, slug=slug)
        if standing.is_member:
            return standing
        standing.require_open()
        return add_member(room=standing.room, user=actor)


def leave_room(*, actor: User, slug: str) -> Standing:
    """Leave a room.

    If the last owner leaves, the longest-standing moderator, or else member, becomes the owner. A
    private room without members is archived; only superusers can add people to it again.
    """
    ratelimit.consume("room.join", actor.pk)
    with transaction.atomic():
        standing = find_room(actor=actor, slug=slug)
        standing.require_membership()
        if standing.room.kind == Room.Kind.DIRECT:
            raise Forbidden(_("You can't leave a direct room."))
        _end(standing, code="left")
    return Standing(standing.user, standing.room, None, banned=False, muted=standing.muted)


def remove_member(*, actor: User, room: Room, user: User, reason: str = "") -> None:
    """Remove a member from a room; this applies to their open sockets at once."""
    ratelimit.consume("member", actor.pk)
    with transaction.atomic():
        mine, theirs = Standing.of(actor, room), Standing.of(user, room)
        mine.require_moderation()
        if not theirs.is_member:
            raise NotFound(_("There is no such member."))
        mine.require_power_over(theirs)
        if room.kind == Room.Kind.DIRECT:
            raise Forbidden(_("People can't be removed from a direct room."))
        _end(theirs, code="removed", reason=reason)
        audit.record(
            "member.removed",
            actor=actor,
            room=room,
            user=user,
            detail=reason,
            before=str(theirs.role),
            after="no member",
        )


def set_role(*, actor: User, room: Room, user: User, role: str) -> None:
    """Give a member another role. A room keeps at least one owner."""
    ratelimit.consume("member", actor.pk)
    if role not in Membership.Role.values:
        raise Invalid(ROLES, roles=", ".join(Membership.Role.values))
    with transaction.atomic():
        # Locked, so that two owners can't demote each other at the same time.
        room = Room.objects.select_for_update(no_key=True).get(pk=room.pk)
        mine = Standing.of(actor, room)
        mine.require_ownership()
        mine.require_no_direct()
        membership = room.memberships.with_people().filter(user=user).first()
        if membership is None:
            raise NotFound(_("There is no such member."))
        if membership.role == role:
            return
        if membership.role == OWNER and not _other_owners(membership).exists():
            raise Forbidden(NEEDS_OWNER)
        before, membership.role = membership.role, role
        membership.save(update_fields=["role"])
        audit.record("member.role", actor=actor, room=room, user=user, before=before, after=role)
        publish_on_commit(_updated(room, membership))


def put_member(*, actor: User, room: Room, user: User, role: str = MEMBER) -> Membership:
    """Add a user without asking them. Only owners may give a higher role than member."""
    ratelimit.consume("member", actor.pk)
    if role not in Membership.Role.values:
        raise Invalid(ROLES, roles=", ".join(Membership.Role.values))
    with transaction.atomic():
        mine = Standing.of(actor, room)
        _require_adding(mine)
        if role != MEMBER:
            mine.require_ownership()
        theirs = Standing.of(user, room)
        if theirs.is_member:
            raise Conflict(_("%(name)s is already a member."), name=user.name)
        return _put(actor, theirs, role)


def add_people(*, actor: User, slug: str, people: Sequence[str]) -> list[shapes.Member]:
    """Make people members without asking them, all or none; return the new ones. Members stay as
    they are. Raises NotFound for an unknown username, Forbidden for someone who is banned."""
    usernames = {username.strip().lower().removeprefix("@") for username in people} - {""}
    if not 1 <= len(usernames) <= limits.MAX_ADDED:
        raise Invalid(_("You can add 1 to %(most)d people at once."), most=limits.MAX_ADDED)
    for _username in usernames:
        ratelimit.consume("member", actor.pk)
    with transaction.atomic():
        Room.objects.locked([slug])
        mine = find_concern(actor=actor, slug=slug)
        _require_adding(mine)
        found = find_people(usernames)
        inside = {*mine.room.memberships.filter(user__in=found).values_list("user_id", flat=True)}
        added = [
            _put(actor, Standing.of(user, mine.room)) for user in found if user.pk not in inside
        ]
    return [serializers.member(one.user, one.role) for one in added]


def find_people(usernames: Collection[str]) -> list[User]:
    """Return the users with these usernames, by name. Raises NotFound unless each has an active
    account."""
    found = User.objects.filter(username__in=usernames, is_active=True).order_by("username")
    unknown = {*usernames} - {user.username for user in found}
    if unknown:
        raise NotFound(_("There is no user called %(names)s."), names=", ".join(sorted(unknown)))
    return [*found]


def _require_adding(mine: Standing) -> None:
    mine.require_moderation()
    if mine.kind == Room.Kind.DIRECT:
        raise Forbidden(_("People can't be added to a direct room."))
    mine.require_invitation()
    mine.require_open()


def _put(actor: User, theirs: Standing, role: str = MEMBER) -> Membership:
    """Make someone a member who isn't one."""
    room, user = theirs.room, theirs.user
    if theirs.banned or not theirs.is_active:
        raise Forbidden(_("%(name)s is banned or deactivated. Undo that first."), name=user.name)
    membership = add_member(room=room, user=user, role=role).membership
    assert membership is not None  # noqa: S101  add_member has created it
    audit.record("member.added", actor=actor, room=room, user=user, before="no member", after=role)
    return membership


def add_member(*, room: Room, user: User, role: str = MEMBER) -> Standing:
    """Make a user a member, with all earlier messages read. For operations that have checked the
    rights. Raises Forbidden if the user has been banned meanwhile."""
    # Locked, so that two simultaneous joins count each other, and to have the current counters.
    room = Room.objects.select_for_update(no_key=True).get(pk=room.pk)
    if sanctions.of(user.pk, room.pk)[0]:
        raise Forbidden(BANNED)
    membership, created = Membership.objects.get_or_create(
        room=room,
        user=user,
        defaults={
            "role": role,
            "read_number": room.last_number,
            "seen_number": room.last_number,
        },
    )
    standing = Standing.of(user, room)
    if created:
        member = events.MemberJoined(
            room=room.slug,
            member=serializers.member(user, membership.role),
            members=room.memberships.count(),
        )
        # In this order: the sockets must watch the room before its members' event arrives.
        publish_on_commit(added(standing), _inside(room, user, member), *lobby_changed(room))
    return standing


def added(standing: Standing) -> Envelope:
    """Build the event that adds the room to a user's sockets, which watch it from this moment."""
    room, user = standing.room, standing.user
    event = events.RoomAdded(room=describe(standing))
    order = {"op": "watch", "group": room_group(room.pk), "position": position(room)}
    about = Subject("membership", room.pk, user.pk)
    return envelope(user_group(user.pk), event, order=order, about=about)


def _inside(room: Room, user: User, event: events.Event) -> Envelope:
    """Address an event to members only: nobody else may know who is one."""
    about = Subject("member", room.pk, user.pk)
    return envelope(room_group(room.pk), event, about=about, inside=True)


def _updated(room: Room, membership: Membership) -> Envelope:
    event = events.MemberUpdated(
        room=room.slug, member=serializers.member(membership.user, membership.role)
    )
    return _inside(room, membership.user, event)


def lock_rooms(*, user: User) -> None:
    """Lock the rooms that a user is in. Call it before locking any user row, because posting locks
    the room before it refers to its author. For operations that have checked the rights."""
    rooms = Room.objects.filter(pk__in=Membership.objects.filter(user=user).values("room"))
    list(rooms.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))


def leave_everywhere(*, user: User) -> None:
    """End all of a user's memberships except those in direct rooms, which exist only between their
    people. For operations that have checked the rights."""
    rooms = Room.objects.filter(memberships__user=user).exclude(kind=Room.Kind.DIRECT)
    for room in rooms.order_by("pk"):  # so that two processes never wait for each other
        _end(Standing.of(user, room), code="left")


def expel(*, room: Room, user: User, reason: str) -> None:
    """End the membership of a banned user, if there is one. For operations that have checked the
    rights."""
    theirs = Standing.of(user, room)
    if theirs.is_member:
        _end(theirs, code="banned", reason=reason)
    else:
        publish_on_commit(_farewell(room, user, "banned", reason))


def _end(standing: Standing, *, code: Removed, reason: str = "") -> None:
    room, user = standing.room, standing.user
    # Locked, so that two simultaneous departures count each other. The membership is read again:
    # a departure in between may have made this user the owner.
    room.wanted = Room.objects.select_for_update(no_key=True).get(pk=room.pk).wanted
    membership = Membership.objects.filter(room=room, user=user).first()
    if membership is None:
        return
    if membership.role == OWNER and not _other_owners(membership).exists():
        _hand_over(membership)
    unread = inbox.unread_places(user.pk, [room.pk])
    membership.delete()
    if room.wanted:
        telling.settle_wanted(room)
    members = room.memberships.count()
    event = events.MemberLeft(
        room=room.slug, member=serializers.member(user, membership.role), members=members
    )
    farewell = _farewell(room, user, code, reason)
    publish_on_commit(farewell, _inside(room, user, event), *lobby_changed(room))
    inboxes.announce(user.pk, unread)
    if not members and room.kind == Room.Kind.PRIVATE:
        _close(room)


def _close(room: Room) -> None:
    if Room.objects.filter(pk=room.pk, archived_at=None).update(archived_at=timezone.now()):
        audit.record(
            "room.archived",
            actor=None,
            room=room,
            detail="Everybody has left.",
            before="open",
            after="archived",
        )


def _farewell(room: Room, user: User, code: Removed, reason: str) -> Envelope:
    """Build the event that takes the room from a user's sockets. A public room that they left
    themselves may stay open."""
    keeps_sight = code == "left" and room.kind == Room.Kind.PUBLIC
    event = events.RoomRemoved(room=room.slug, code=code, reason=reason or UNSET)
    order = {"op": "unwatch" if keeps_sight else "forget", "group": room_group(room.pk)}
    about = Subject("membership", room.pk, user.pk)
    return envelope(user_group(user.pk), event, order=order, about=about)


def _hand_over(membership: Membership) -> None:
    others = membership.room.memberships.exclude(pk=membership.pk).with_people()
    heirs = others.filter(user__is_active=True).order_by("joined_at", "pk")
    heir = heirs.filter(role=MODERATOR).first() or heirs.first()
    if heir is None:
        return
    heir.role = OWNER
    heir.save(update_fields=["role"])
    publish_on_commit(_updated(membership.room, heir))


def _other_owners(membership: Membership) -> MembershipQuerySet:
    """Return the other owners whose accounts are active."""
    owners = Membership.objects.filter(room=membership.room_id, role=OWNER, user__is_active=True)
    return owners.exclude(pk=membership.pk)
