"""What staff do to other people's accounts."""

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from rooms.actions import audit
from rooms.actions.accounts import people, statuses
from rooms.actions.accounts.sessions import DEACTIVATED, end_sessions
from rooms.errors import Forbidden, Invalid
from rooms.models import User
from rooms.policy.site import require_admin
from rooms.policy.standing import reread


def set_active(*, actor: User, user: User, active: bool) -> None:
    """Deactivate or reactivate an account. Its messages stay."""
    actor = reread(actor)
    staff = user.is_staff or user.is_superuser
    if not actor.moderates_site or (staff and not actor.is_superuser):
        raise Forbidden(_("This account can't do that."))
    if user.pk == actor.pk and not active:
        raise Invalid(_("You can't deactivate your own account."))
    if user.is_erased:
        raise Invalid(_("This account was deleted by its owner."))
    with transaction.atomic():
        if User.objects.filter(pk=user.pk, is_active=not active).update(is_active=active):
            action = "user.activated" if active else "user.deactivated"
            before, after = ("inactive", "active") if active else ("active", "inactive")
            audit.record(action, actor=actor, user=user, before=before, after=after)
            changed = User.objects.get(pk=user.pk)
            people.announce(changed)
            statuses.announce(changed)
            if not active:
                end_sessions(user=user, farewell=DEACTIVATED)


def remove_factors(*, actor: User, user: User) -> None:
    """Remove all second factors, for a user who has lost them. The actor has verified that the
    request is genuine."""
    require_admin(actor)
    with transaction.atomic():
        if Authenticator.objects.filter(user=user).delete()[0]:
            audit.record("user.factors_removed", actor=actor, user=user)
