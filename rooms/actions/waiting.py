"""How much waits for the people who moderate the site: messages that were reported, and held."""

from collections.abc import Iterable
from typing import NamedTuple

from django.db import transaction

from rooms import moderators, protocol
from rooms.broadcast import envelope, publish_on_commit, user_group
from rooms.envelopes import Envelope, Subject
from rooms.models import Installation, User
from rooms.statements import select

MOST = 100  # of each kind: beyond it, the number tells nobody anything


class Waiting(NamedTuple):
    """Who wrote the reported messages, one for each, and how many are held; up to MOST of both."""

    authors: list[int]
    held: int

    def of(self, person: User) -> int:
        """How much waits for somebody. What they wrote themselves is for others to judge."""
        own = 0 if person.is_superuser else self.authors.count(person.pk)
        return len(self.authors) - own + self.held


def waiting() -> Waiting:
    """What waits now. Uses indexes: report_waiting, held_waiting."""
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
    """Tell those who moderate the site how much waits now; at the end of the transaction that
    changes it. They are few, and who is one of them may change at any time: each is told alone."""
    # Of two who change it at once, the second counts what the first has written.
    Installation.objects.select_for_update(no_key=True).filter(pk=1).first()
    now = waiting()
    publish_on_commit(
        *(changed(person, now) for person in User.objects.filter(pk__in=moderators.everybody()))
    )


def changed(person: User, now: Waiting) -> Envelope:
    """Says how much waits for somebody now, if that is any of their business."""
    count = now.of(person) if person.moderates_site else None
    event = protocol.WaitingChanged(waiting=count)
    flags = {name: getattr(person, name) for name in ("is_active", "is_staff", "is_superuser")}
    order = {"op": "flags", **flags}
    about = Subject("waiting", user=person.pk)
    return envelope(user_group(person.pk), event, order=order, about=about)


def appoint(people: Iterable[int]) -> None:
    """Tell people whose rights on the site have changed, perhaps, what they are now."""
    with transaction.atomic():
        rows = User.objects.filter(pk__in=people).order_by("pk").select_for_update(no_key=True)
        found, now = [*rows], waiting()
        publish_on_commit(*(changed(person, now) for person in found))
