"""Jobs that were given up: an owner has them tried again, or drops them."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from rooms.actions import audit
from rooms.errors import Forbidden
from rooms.models import Job, User


def retry_jobs(*, actor: User, jobs: Iterable[Job]) -> int:
    """Have jobs that were given up tried again from the start. Returns how many."""
    with transaction.atomic():
        rows = _given_up(actor, jobs)
        if kinds := _named(rows):
            audit.record("job.retried", actor=actor, detail=kinds)
        return rows.update(given_up_at=None, attempts=0, error="", due=Now())


def drop_jobs(*, actor: User, jobs: Iterable[Job]) -> int:
    """Delete jobs that were given up. Returns how many."""
    with transaction.atomic():
        rows = _given_up(actor, jobs)
        if kinds := _named(rows):
            audit.record("job.dropped", actor=actor, detail=kinds)
        return rows.delete()[0]


def _given_up(actor: User, jobs: Iterable[Job]) -> QuerySet[Job]:
    if not (actor.is_active and actor.is_superuser):
        raise Forbidden(_("Only owners of the site can do that."))
    return Job.objects.filter(pk__in=[job.pk for job in jobs]).exclude(given_up_at=None)


def _named(jobs: QuerySet[Job]) -> str:
    return ", ".join(f"{job.kind} {job.pk}" for job in jobs.order_by("pk"))
