"""Mails about missed messages: the people who get one, and what each of them wants. What such a
mail says is decided when it is sent (`digests.py`)."""

from collections.abc import Collection
from datetime import datetime, time, timedelta
from typing import ClassVar

from django.conf import settings
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms import ratelimit
from rooms.errors import Invalid
from rooms.models import InboxItem, Job, User
from rooms.queries import site as sites
from rooms.queries.jobs import Work, enqueue, enqueue_each
from rooms.text import zones

WAITS = {
    User.Mailed.SOON: timedelta(minutes=15),
    User.Mailed.HOUR: timedelta(hours=1),
    User.Mailed.DAY: timedelta(days=1),
}
CHUNK = 500  # people per statement
MONDAY, AT_NINE = 0, time(9)


class Missed(Work, frozen=True):
    """Somebody may have missed something. Its key is the person."""

    kind: ClassVar[str] = "missed"
    user: int


class Weekly(Work, frozen=True):
    """Somebody wants a mail every week. Its key is the person."""

    kind: ClassVar[str] = "weekly"
    user: int


def await_reader(user_ids: Collection[int]) -> None:
    """Have these people mailed what they have just been told of, unless they read it in time. Call
    it once their items of the inbox are written."""
    everyone = sorted({*user_ids})
    if not everyone or not mails():
        return
    for start in range(0, len(everyone), CHUNK):
        rows = User.objects.filter(
            pk__in=everyone[start : start + CHUNK], is_active=True, emailaddress__verified=True
        )
        wishes = {*rows.values_list("pk", "mail_missed")}
        for wish, wait in WAITS.items():
            works = {str(pk): Missed(user=pk) for pk, wished in wishes if wished == wish}
            enqueue_each(works, delay=wait.total_seconds())


def reconsider(user_id: int) -> None:
    """Have the mail that waits for somebody, if one does, decided about now: it may have been put
    off until the end of a quiet that ends earlier."""
    key = str(user_id)
    if Job.objects.filter(kind=Missed.kind, key=key).exists():
        enqueue(Missed(user=user_id), key=key)


def choose(*, actor: User, missed: str, weekly: bool) -> None:
    """Say what one is mailed. What came while nothing was to be mailed isn't mailed later. Raises
    Invalid."""
    ratelimit.consume("profile", actor.pk)
    if missed not in User.Mailed.values:
        raise Invalid(_("Choose one of the options."))
    _set(actor.pk, missed=missed, weekly=weekly)


def unsubscribe(*, user_id: int, what: str) -> None:
    """Stop the mails of one kind, by the link that is in each of them: `missed` or `weekly`."""
    ratelimit.consume("unsubscribe", user_id)
    if what == Weekly.kind:
        _set(user_id, weekly=False)
    else:
        _set(user_id, missed=User.Mailed.NEVER)


def _set(user_id: int, *, missed: str | None = None, weekly: bool | None = None) -> None:
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        return
    changes: dict[str, str | bool | int] = {}
    if missed is not None and missed != user.mail_missed:
        changes["mail_missed"] = missed
        if user.mail_missed == User.Mailed.NEVER:
            newest = InboxItem.objects.filter(user=user).aggregate(newest=Max("id"))["newest"]
            changes["mailed_item"] = newest or 0
    if weekly is not None and weekly != user.mail_weekly:
        changes["mail_weekly"] = weekly
        if weekly:
            enqueue(Weekly(user=user_id), key=str(user_id), delay=until_monday(user))
    if changes:
        User.objects.filter(pk=user_id).update(**changes)


def until_monday(user: User) -> float:
    """Return the seconds until next Monday morning where they are."""
    zone = zones.zone(user.local_zone)
    now = timezone.now().astimezone(zone)
    day = now.date() + timedelta(days=(MONDAY - now.weekday()) % 7)
    begins = datetime.combine(day, AT_NINE, zone)
    if begins <= now:
        begins = datetime.combine(day + timedelta(days=7), AT_NINE, zone)
    return (begins - timezone.now()).total_seconds()


def mails() -> bool:
    """Whether this site mails people what they miss."""
    return bool(settings.MAIL.host and sites.current().mails_missed)
