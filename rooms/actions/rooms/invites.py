"""Invite links: into a room, or into the site."""

from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms import ratelimit
from rooms.actions import audit
from rooms.actions.rooms.memberships import BANNED, add_member
from rooms.errors import Forbidden, Invalid, NotFound
from rooms.models import Invite, Room, User
from rooms.policy.site import require_staff
from rooms.policy.standing import Standing, reread
from rooms.queries import invites

MAX_INVITE_DAYS = 365
MAX_INVITE_USES = 1000

USED_UP = _(
    "This invitation has expired, was used up or revoked,"
    " or its creator can no longer invite people."
)


def create_invite(
    *, actor: User, room: Room | None, days: int | None = 7, max_uses: int | None = None
) -> tuple[Invite, str]:
    """Create an invite into a room, or, without one, into the site (staff only). Return it with
    its token, which is shown only this once.

    It expires after `days` (None: never) or `max_uses` (None: no limit).
    """
    ratelimit.consume("invite.create", actor.pk)
    if room is None:
        require_staff(actor)
    else:
        standing = Standing.of(actor, room)
        standing.require_moderation()
        if room.kind == Room.Kind.DIRECT:
            raise Forbidden(
                _("People can't be invited to a direct room. Create a private room instead.")
            )
        standing.require_invitation()
        standing.require_open()
    if days is not None and not 1 <= days <= MAX_INVITE_DAYS:
        raise Invalid(_("An invite can last 1 to %(most)d days, or forever."), most=MAX_INVITE_DAYS)
    if max_uses is not None and not 1 <= max_uses <= MAX_INVITE_USES:
        raise Invalid(
            _("An invite can be for 1 to %(most)d people, or for any number."), most=MAX_INVITE_USES
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
    """Return the invite with this token. Raises NotFound if it can't be used now, also because its
    creator could no longer create it."""
    invite = Invite.objects.by_token(token).usable().select_related("room", "created_by").first()
    if invite is None or not invites.counting([invite.pk]):
        raise NotFound(USED_UP)
    return invite


def accept_invite(*, actor: User, token: str) -> Room | None:
    """Use an invite: join its room, if it has one. If the user is already a member, no use is
    counted."""
    ratelimit.consume("room.join", actor.pk)
    with transaction.atomic():
        _lock(find_invite(token=token))
        invite = find_invite(token=token)  # again, now that nobody else can change it
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


def revoke_invite(*, actor: User, invite: Invite) -> None:
    """Revoke an invite."""
    ratelimit.consume("invite.create", actor.pk)
    with transaction.atomic():
        if invite.room is not None:
            Standing.of(actor, invite.room).require_moderation()
        elif not reread(actor).moderates_site:
            raise NotFound(_("There is no such invite."))
        if Invite.objects.filter(pk=invite.pk, revoked_at=None).update(revoked_at=timezone.now()):
            audit.record(
                "invite.revoked", actor=actor, room=invite.room, before="usable", after="revoked"
            )


def _lock(invite: Invite) -> None:
    """Lock an invite's room, then its creator, the usual order. Until the transaction ends, the
    creator can't be removed, demoted or deactivated."""
    if invite.room is not None:
        Room.objects.locked([invite.room.slug])
    User.objects.select_for_update(no_key=True).get(pk=invite.created_by_id)
