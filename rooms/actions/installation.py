"""What concerns the installation as a whole."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from rooms.actions import audit
from rooms.actions.rules import renew
from rooms.errors import Invalid
from rooms.models import Installation, User
from rooms.models.site import new_epoch
from rooms.policy import require_admin

MAX_HOURS = 24 * 365
MAX_ROOMS = 1000


def renew_epoch() -> str:
    """Make every client forget the revisions that it remembers: the database was restored, and
    the same revisions will name other changes. Returns the new epoch."""
    installation = Installation.current()
    installation.epoch = new_epoch()
    installation.save(update_fields=["epoch"])
    return installation.epoch


def set_newcomers(*, actor: User, hours: int, links: str, directs: int, rooms: int) -> Installation:
    """For how long somebody is a newcomer (0: nobody is), what becomes of their links, and how many
    rooms they begin in a day."""
    if links not in Installation.Links.values or not 0 <= hours <= MAX_HOURS:
        raise Invalid(_("Somebody is a newcomer for 0 to %(most)d hours."), most=MAX_HOURS)
    if not (0 <= directs <= MAX_ROOMS and 0 <= rooms <= MAX_ROOMS):
        raise Invalid(_("A newcomer begins 0 to %(most)d rooms in a day."), most=MAX_ROOMS)
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
