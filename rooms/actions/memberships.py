"""Join, leave, remove, give roles, invite."""

from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from msgspec import UNSET

from rooms import events, inviting, protocol, ratelimit, sanctions
from rooms.actions import audit
from rooms.actions.sight import describe, find_room, position
from rooms.broadcast import envelope, publish_on_commit, room_group, user_group
from rooms.envelopes import Envelope, Subject
from rooms.errors import Conflict, Forbidden, Invalid, NotFound
from rooms.models import Invite, Membership, Room, User
from rooms.models.rooms import MembershipQuerySet
from rooms.policy import Standing, anew, require_staff

MAX_INVITE_DAYS = 365
MAX_INVITE_USES = 1000
OWNER, MODERATOR, MEMBER = (
    Membership.Role.OWNER,
    Membership.Role.MODERATOR,
    Membership.Role.MEMBER,
)

NEEDS_OWNER = _("A room needs an owner. Make somebody else an owner first.")
BANNED = _("You are banned from this room.")
USED_UP = _(
    "This invitation has expired, was used up or taken back, or its maker may no longer invite."
)
ROLES = _("A role is one of %(roles)s.")


def join_room(*, actor: User, slug: str) -> Standing:
    """Become a member of a public room. Joining twice is joining once."""
    ratelimit.consume("room.join", actor.pk)
    with transaction.atomic():
        standing = find_room(actor=actor, slug=slug)
        if standing.is_member:
            return standing
        standing.require_open()
        return add_member(room=standing.room, user=actor)


def leave_room(*, actor: User, slug: str) -> Standing:
    """Stop being a member. The last owner hands the room to who has been there longest. A private
    room that nobody is left in is archived: only superusers can bring somebody back."""
    ratelimit.consume("room.join", actor.pk)
    with transaction.atomic():
        standing = find_room(actor=actor, slug=slug)
        standing.require_membership()
        if standing.room.kind == Room.Kind.DIRECT:
            raise Forbidden(_("A direct room is made of its people: nobody can leave it."))
        _end(standing, code="left")
    return Standing(standing.user, standing.room, None, banned=False, muted=standing.muted)


def remove_member(*, actor: User, room: Room, user: User, reason: str = "") -> None:
    """Put somebody out of a room; their open sockets obey at once."""
    ratelimit.consume("member", actor.pk)
    with transaction.atomic():
        mine, theirs = Standing.of(actor, room), Standing.of(user, room)
        mine.require_moderation()
        if not theirs.is_member:
            raise NotFound(_("There is no such member."))
        mine.require_power_over(theirs)
        if room.kind == Room.Kind.DIRECT:
            raise Forbidden(
                _("A direct room is made of its people: nobody can be removed from it.")
            )
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
    """Make a member owner, moderator or member. A room keeps at least one owner."""
    ratelimit.consume("member", actor.pk)
    if role not in Membership.Role.values:
        raise Invalid(ROLES, roles=", ".join(Membership.Role.values))
    with transaction.atomic():
        # Locked, so that two owners who take the role from each other don't both succeed.
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
    """Make somebody a member without asking them. Only owners put in more than members."""
    ratelimit.consume("member", actor.pk)
    if role not in Membership.Role.values:
        raise Invalid(ROLES, roles=", ".join(Membership.Role.values))
    with transaction.atomic():
        mine = Standing.of(actor, room)
        mine.require_moderation()
        if room.kind == Room.Kind.DIRECT:
            raise Forbidden(_("A direct room is made of its people: nobody can be added to it."))
        mine.require_invitation()
        mine.require_open()
        if role != MEMBER:
            mine.require_ownership()
        theirs = Standing.of(user, room)
        if theirs.is_member:
            raise Conflict(_("%(name)s is a member already."), name=user.name)
        if theirs.banned or not theirs.user.is_active:
            raise Forbidden(
                _("%(name)s is banned or deactivated. Lift that first."), name=user.name
            )
        membership = add_member(room=room, user=user, role=role).membership
        assert membership is not None  # noqa: S101  add_member has made it
        audit.record(
            "member.added", actor=actor, room=room, user=user, before="no member", after=role
        )
    return membership


def add_member(*, room: Room, user: User, role: str = MEMBER) -> Standing:
    """Let somebody in, with everything up to now read. For operations, which have checked. Raises
    Forbidden for who was banned meanwhile."""
    # Locked, so that two who join at once count each other; with its counters as they are now.
    room = Room.objects.select_for_update(no_key=True).get(pk=room.pk)
    if sanctions.of(user.pk, room.pk)[0]:
        raise Forbidden(BANNED)
    membership, created = Membership.objects.get_or_create(
        room=room, user=user, defaults={"role": role, "read_number": room.last_number}
    )
    standing = Standing.of(user, room)
    if created:
        member = protocol.MemberJoined(
            room=room.slug,
            member=events.member(user, membership.role),
            members=room.memberships.count(),
        )
        # The right before the news of it, which is for those who have the right.
        publish_on_commit(added(standing), _inside(room, user, member))
    return standing


def added(standing: Standing) -> Envelope:
    """Gives the room to the person's sockets: they learn of what is said there after this
    moment."""
    room, user = standing.room, standing.user
    event = protocol.RoomAdded(room=describe(standing))
    order = {"op": "watch", "group": room_group(room.pk), "position": position(room)}
    about = Subject("membership", room.pk, user.pk)
    return envelope(user_group(user.pk), event, order=order, about=about)


def _inside(room: Room, user: User, event: protocol.Event) -> Envelope:
    """For members: who else is one is nobody else's business."""
    about = Subject("member", room.pk, user.pk)
    return envelope(room_group(room.pk), event, about=about, inside=True)


def _updated(room: Room, membership: Membership) -> Envelope:
    event = protocol.MemberUpdated(
        room=room.slug, member=events.member(membership.user, membership.role)
    )
    return _inside(room, membership.user, event)


def create_invite(
    *, actor: User, room: Room | None, days: int | None = 7, max_uses: int | None = None
) -> tuple[Invite, str]:
    """An invite into a room, or by staff into the site, and its token, which is shown once.

    `days` until it expires, None for never; `max_uses` None for any number.
    """
    ratelimit.consume("invite.create", actor.pk)
    if room is None:
        require_staff(actor)
    else:
        standing = Standing.of(actor, room)
        standing.require_moderation()
        if room.kind == Room.Kind.DIRECT:
            raise Forbidden(
                _("Nobody can be invited to a direct room. Make a private room instead.")
            )
        standing.require_invitation()
        standing.require_open()
    if days is not None and not 1 <= days <= MAX_INVITE_DAYS:
        raise Invalid(_("An invite lasts 1 to %(most)d days, or for ever."), most=MAX_INVITE_DAYS)
    if max_uses is not None and not 1 <= max_uses <= MAX_INVITE_USES:
        raise Invalid(
            _("An invite serves 1 to %(most)d people, or any number."), most=MAX_INVITE_USES
        )
    expires_at = None if days is None else timezone.now() + timedelta(days=days)
    invite, token = Invite.draw(
        room=room, created_by=actor, expires_at=expires_at, max_uses=max_uses
    )
    with transaction.atomic():
        invite.save()
        lasts = f"{days} days" if days else "for good"
        audit.record("invite.created", actor=actor, room=room, after=f"{lasts}, {max_uses or '∞'}×")
    return invite, token


def find_invite(*, token: str) -> Invite:
    """The invite of a token, usable now: it counts only while whoever made it could still make it.
    Raises NotFound for every other."""
    invite = Invite.objects.by_token(token).usable().select_related("room", "created_by").first()
    if invite is None or not inviting.counting([invite.pk]):
        raise NotFound(USED_UP)
    return invite


def accept_invite(*, actor: User, token: str) -> Room | None:
    """Use an invite: join its room, if it has one. Who is a member already uses none of it."""
    ratelimit.consume("room.join", actor.pk)
    with transaction.atomic():
        _hold(find_invite(token=token))
        invite = find_invite(token=token)  # once more, as it is now that nobody changes it
        room = invite.room
        if room is not None and room.memberships.filter(user=actor).exists():
            return room
        if room is not None and Standing.of(actor, room).banned:
            raise Forbidden(BANNED)
        # Counted by a condition in the statement: two at once can't both take the last use.
        if not Invite.objects.usable().filter(pk=invite.pk).update(uses=F("uses") + 1):
            raise NotFound(USED_UP)
        audit.record("invite.used", actor=actor, room=room, user=actor)
        if room is not None:
            add_member(room=room, user=actor)
        return room


def _hold(invite: Invite) -> None:
    """Lock the room of an invite and whoever made it, in this order as everywhere: until the end,
    neither is anybody removed or demoted there, nor the maker deactivated."""
    if invite.room is not None:
        Room.objects.locked([invite.room.slug])
    User.objects.select_for_update(no_key=True).get(pk=invite.created_by_id)


def revoke_invite(*, actor: User, invite: Invite) -> None:
    """Take an invite back."""
    ratelimit.consume("invite.create", actor.pk)
    with transaction.atomic():
        if invite.room is not None:
            Standing.of(actor, invite.room).require_moderation()
        elif not anew(actor).moderates_site:
            raise NotFound(_("There is no such invite."))
        if Invite.objects.filter(pk=invite.pk, revoked_at=None).update(revoked_at=timezone.now()):
            audit.record(
                "invite.revoked", actor=actor, room=invite.room, before="usable", after="revoked"
            )


def lock_rooms(*, user: User) -> None:
    """Hold the rooms that somebody is in until the transaction ends. Before any person is locked: a
    post holds its room when it refers to its author. For operations, which have checked."""
    rooms = Room.objects.filter(pk__in=Membership.objects.filter(user=user).values("room"))
    list(rooms.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))


def leave_everywhere(*, user: User) -> None:
    """End every membership but those in direct rooms, which are made of their people. For
    operations, which have checked."""
    rooms = Room.objects.filter(memberships__user=user).exclude(kind=Room.Kind.DIRECT)
    for room in rooms.order_by("pk"):  # so that two who leave at once never wait for each other
        _end(Standing.of(user, room), code="left")


def expel(*, room: Room, user: User, reason: str) -> None:
    """End a membership of somebody who was banned, if there is one. For operations, which have
    checked."""
    theirs = Standing.of(user, room)
    if theirs.is_member:
        _end(theirs, code="banned", reason=reason)
    else:
        publish_on_commit(_farewell(room, user, "banned", reason))


def _end(standing: Standing, *, code: protocol.Removed, reason: str = "") -> None:
    room, user = standing.room, standing.user
    # Locked, so that two who leave at once count each other, and read anew: who has left meanwhile
    # may have made this person the owner.
    Room.objects.select_for_update(no_key=True).get(pk=room.pk)
    membership = Membership.objects.filter(room=room, user=user).first()
    if membership is None:
        return
    if membership.role == OWNER and not _other_owners(membership).exists():
        _hand_over(membership)
    membership.delete()
    members = room.memberships.count()
    event = protocol.MemberLeft(
        room=room.slug, member=events.member(user, membership.role), members=members
    )
    publish_on_commit(_farewell(room, user, code, reason), _inside(room, user, event))
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


def _farewell(room: Room, user: User, code: protocol.Removed, reason: str) -> Envelope:
    """Takes the room from the person's sockets; a public one, left freely, may stay open."""
    keeps_sight = code == "left" and room.kind == Room.Kind.PUBLIC
    event = protocol.RoomRemoved(room=room.slug, code=code, reason=reason or UNSET)
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
    """Who was deactivated owns nothing any more."""
    owners = Membership.objects.filter(room=membership.room_id, role=OWNER, user__is_active=True)
    return owners.exclude(pk=membership.pk)
