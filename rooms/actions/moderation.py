"""Ban people from a room or the site, and let them in again."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from rooms.actions import audit
from rooms.actions.memberships import expel
from rooms.broadcast import envelope, publish_on_commit, user_group
from rooms.errors import Forbidden, Invalid
from rooms.models import Ban, Room, User
from rooms.policy import Standing
from rooms.protocol import Close

ENDS = _("A ban must end in the future, or never.")


def ban_user(
    *,
    actor: User,
    user: User,
    room: Room | None = None,
    reason: str = "",
    expires_at: datetime | None = None,
) -> Ban:
    """Keep somebody out of a room, or of the whole site; open sockets obey at once."""
    _require_power(actor, user, room)
    if expires_at is not None and expires_at <= timezone.now():
        raise Invalid(ENDS)
    with transaction.atomic():
        ban = Ban.objects.create(
            user=user, room=room, reason=reason[:250], created_by=actor, expires_at=expires_at
        )
        audit.record("user.banned", actor=actor, room=room, user=user, detail=reason)
        if room is not None:
            expel(
                room=room,
                user=user,
                reason=reason or gettext_noop("You were banned from the room."),
            )
        else:
            order = {
                "op": "end",
                "code": Close.BANNED,
                "reason": reason or gettext_noop("You were banned from this site."),
            }
            publish_on_commit(envelope(user_group(user.pk), order=order))
    return ban


def lift_bans(*, actor: User, bans: Iterable[Ban]) -> int:
    """Let people in again; the number of bans that were in force."""
    count = 0
    with transaction.atomic():
        for ban in bans:
            _require_power(actor, ban.user, ban.room)
            if Ban.objects.active().filter(pk=ban.pk).update(lifted_at=timezone.now()):
                audit.record("user.unbanned", actor=actor, room=ban.room, user=ban.user)
                count += 1
    return count


def _require_power(actor: User, user: User, room: Room | None) -> None:
    if actor.pk == user.pk:
        raise Invalid(_("Nobody can ban themselves."))
    if user.is_superuser or (user.is_staff and not actor.is_superuser):
        raise Forbidden(_("Staff can't be banned by this account."))
    if room is None:
        if not (actor.is_active and actor.is_staff):
            raise Forbidden(_("Only staff can ban from the whole site."))
        return
    mine, theirs = Standing.of(actor, room), Standing.of(user, room)
    mine.require_moderation()
    if theirs.moderates and not mine.owns:
        raise Forbidden(_("Only an owner can ban a moderator or an owner."))
