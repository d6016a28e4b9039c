"""Count what waits for the site's moderators: reported messages and held ones."""

from collections.abc import Iterable
from typing import NamedTuple

from django.db import transaction

from rooms.broadcast import envelope, publish_on_commit, user_group
from rooms.fanout.envelopes import Envelope, Subject
from rooms.models import Installation, User, moderators
from rooms.protocol import events
from rooms.storage.sql import select

MOST = 100  # of each kind; a larger number would say nothing more


class Waiting(NamedTuple):
    """The author of each reported message, and the number of held ones; up to MOST of each."""

    authors: list[int]
    held: int

    def of(self, person: User) -> int:
        """Return how much waits for one moderator: others judge what they wrote themselves."""
        own = 0 if person.is_superuser else self.authors.count(person.pk)
        return len(self.authors) - own + self.held


def waiting() -> Waiting:
    """Load what waits now. Uses indexes: report_waiting, held_waiting."""
    authors = select(
        "SELECT DISTINCT m.id, m.author_id FROM rooms_report r JOIN rooms_message m"
        " ON m.id = r.message_id WHERE r.resolved_at IS NULL LIMIT %s",
        [MOST],
    )
    held = select(
        "SELECT COUNT(*) FROM (SELECT id FROM rooms_held WHERE decided_at IS NULL LIMIT %s) h",
        [MOST],
    )
    return Waiting([author for _, author in authors], int(held[0][0]))


def announce() -> None:
    """Tell each site moderator how much waits now. Call it at the end of the transaction that
    changes it. Moderators are few, and they change, so they have no group of their own."""
    # Locked, so that of two simultaneous changes the second counts both.
    Installation.objects.select_for_update(no_key=True).filter(pk=1).first()
    now = waiting()
    publish_on_commit(
        *(changed(person, now) for person in User.objects.filter(pk__in=moderators.ids()))
    )


def changed(person: User, now: Waiting) -> Envelope:
    """Build the event with how much waits for a person; None if they don't moderate the site."""
    count = now.of(person) if person.moderates_site else None
    event = events.WaitingChanged(waiting=count)
    flags = {name: getattr(person, name) for name in ("is_active", "is_staff", "is_superuser")}
    order = {"op": "flags", **flags}
    about = Subject("waiting", user=person.pk)
    return envelope(user_group(person.pk), event, order=order, about=about)


def appoint(people: Iterable[int]) -> None:
    """Tell people whose rights on the site may have changed what their rights are now."""
    with transaction.atomic():
        rows = User.objects.filter(pk__in=people).order_by("pk").select_for_update(no_key=True)
        found, now = [*rows], waiting()
        publish_on_commit(*(changed(person, now) for person in found))
