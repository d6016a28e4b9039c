"""Decisions against people: who may make them, and who may lift or replace them."""

from django.utils.translation import gettext_lazy as _

from rooms.errors import Forbidden, Invalid
from rooms.models import Room, User
from rooms.policy.site import require_staff
from rooms.policy.standing import Decision, Rank, Standing, reread

OVERRULED = _("Someone with a higher rank decided that, so you can't change it.")


def require_power(actor: User, user: User, room: Room | None) -> None:
    """For sanctions against people, in a room or (without one) on the whole site."""
    if actor.pk == user.pk:
        raise Invalid(_("You can't do that to yourself."))
    actor, user = reread(actor), reread(user)
    if user.is_superuser or (user.is_staff and not actor.is_superuser):
        raise Forbidden(_("This account can't do that to staff."))
    if room is not None:
        Standing.of(actor, room).require_power_over(Standing.of(user, room))
    else:
        require_staff(actor)


def require_undoing(actor: User, decision: Decision) -> None:
    """For lifting or replacing what somebody decided in a room. Decisions for the whole site are
    open to anyone who moderates it. Raises Forbidden."""
    if decision.room is not None and not Standing.of(actor, decision.room).undoes(decision):
        raise Forbidden(OVERRULED)


def decides_as(actor: User, room: Room | None) -> Rank:
    """The rank to store with a decision of somebody who may make it."""
    return Rank.STAFF if room is None else Standing.of(actor, room).decides_as
