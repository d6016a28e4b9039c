"""Settings of the whole installation."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from rooms.actions import audit
from rooms.actions.moderation.rules import renew
from rooms.errors import Invalid
from rooms.models import Installation, User
from rooms.models.site import new_epoch
from rooms.policy.site import require_admin

MAX_HOURS = 24 * 365
MAX_ROOMS = 1000


def renew_epoch() -> str:
    """Make every client forget the revisions it knows, and return the new epoch. Needed after the
    database was restored, when the same revisions will stand for other changes."""
    installation = Installation.current()
    installation.epoch = new_epoch()
    installation.save(update_fields=["epoch"])
    return installation.epoch


def set_newcomers(*, actor: User, hours: int, links: str, directs: int, rooms: int) -> Installation:
    """Set how long an account counts as new (0: never), what happens to links that it posts, and
    how many rooms it may create per day."""
    if links not in Installation.Links.values or not 0 <= hours <= MAX_HOURS:
        raise Invalid(_("An account can count as new for 0 to %(most)d hours."), most=MAX_HOURS)
    if not (0 <= directs <= MAX_ROOMS and 0 <= rooms <= MAX_ROOMS):
        raise Invalid(_("A new account can create 0 to %(most)d rooms per day."), most=MAX_ROOMS)
    with transaction.atomic():
        require_admin(actor)
        renew()
        site = Installation.current()
        before = _words(site)
        site.newcomer_hours, site.newcomer_links = hours, links
        site.newcomer_directs, site.newcomer_rooms = directs, rooms
        site.save(
            update_fields=["newcomer_hours", "newcomer_links", "newcomer_directs", "newcomer_rooms"]
        )
        audit.record("site.newcomers", actor=actor, before=before, after=_words(site))
    return site


def _words(site: Installation) -> str:
    return (
        f"{site.newcomer_hours} h, links: {site.newcomer_links},"
        f" directs: {site.newcomer_directs}, rooms: {site.newcomer_rooms}"
    )
