"""What concerns the site as a whole, and who may do it."""

from django.utils.translation import gettext_lazy as _

from rooms.errors import Forbidden
from rooms.models import Installation, User
from rooms.policy import mutes, sanctions
from rooms.policy.standing import reread

STAFF_ONLY = _("Only the people who moderate the site can do that.")


def require_staff(actor: User) -> None:
    """For anything that concerns the whole site."""
    if not reread(actor).moderates_site:
        raise Forbidden(STAFF_ONLY)


def require_admin(actor: User) -> None:
    """For what only the people who run the site may change."""
    actor = reread(actor)
    if not (actor.is_active and actor.is_superuser):
        raise Forbidden(_("Only the people who run the site can do that."))


def require_site_voice(user: User) -> None:
    """For writing outside of any room: naming one, or starting a direct room."""
    if not reread(user).is_active or sanctions.ban(user.pk):
        raise Forbidden(_("This account can't do that."))
    mute = sanctions.mute(user.pk, None)
    if mute is not None:
        raise mutes.refusal_of([mute])


def require_room_making(user: User) -> None:
    """For creating a public or private room."""
    require_site_voice(user)
    makers = Installation.objects.filter(pk=1).values_list("room_makers", flat=True).first()
    if makers == Installation.Makers.STAFF and not reread(user).moderates_site:
        raise Forbidden(_("Only the people who moderate the site can create rooms here."))
