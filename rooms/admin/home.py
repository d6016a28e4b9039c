"""The admin's home page: what is waiting for this moderator, by their rights."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rooms.admin.base import actor
from rooms.admin.lists import AtLeast
from rooms.models import Ban, Held, Installation, Mute, Removal, Report, Room, User
from rooms.models.sanctions import Sanction

MOST = 99  # that a number says
LISTED = 6
RECENT = timedelta(days=7)  # newcomers on a site that doesn't say how long one is new


class Waiting(NamedTuple):
    """A kind of thing that waits, or is under way. `calls` if somebody has to decide."""

    label: str | Promise
    number: int
    address: str
    calls: bool


def context(request: HttpRequest) -> dict[str, Any]:
    """What the home shows besides the list of models. Each number is read by an index, and no
    further than it is shown."""
    may = request.user.has_perm
    newcomers = _newcomers() if may("rooms.view_user") else []
    kinds = [kind for kind in (Ban, Mute) if may(f"rooms.view_{kind._meta.model_name}")]
    newest = [(kind._meta.verbose_name, row) for kind in kinds for row in _newest(kind)]
    newest.sort(key=lambda one: one[1].created_at, reverse=True)
    return {
        "waiting": [*_waiting(request, _cut(len(newcomers)))],
        "newcomers": newcomers[:LISTED],
        "sanctions": newest[:LISTED],
    }


def _waiting(request: HttpRequest, newcomers: int) -> Iterator[Waiting]:
    may = request.user.has_perm
    if may("rooms.view_report"):
        yield Waiting(_("Reported messages"), _reports(request), _list("report"), True)
    if may("rooms.view_held"):
        held = Held.objects.filter(decided_at=None)  # Uses index: held_waiting.
        yield Waiting(_("Held messages"), _bounded(held), _list("held"), True)
    if may("rooms.view_removal"):
        removals = Removal.objects.filter(finished_at=None)
        yield Waiting(_("Removals under way"), _bounded(removals), _list("removal"), False)
    if may("rooms.view_user"):
        newest_first = f"{_list('user')}?o=-6"  # the column of the date
        yield Waiting(_("Newcomers"), newcomers, newest_first, False)
    if may("rooms.view_room"):
        web = Room.objects.on_the_web()  # Uses index: room_web.
        yield Waiting(_("Rooms on the web"), _bounded(web), f"{_list('room')}?web=yes", False)


def _reports(request: HttpRequest) -> int:
    """How many messages are reported, apart from one's own. Uses index: report_waiting."""
    rows = Report.objects.filter(resolved_at=None)
    person = actor(request)
    if not person.is_superuser:
        rows = rows.exclude(message__author=person)
    return _bounded(rows.order_by("message").values("message").distinct())


def _newcomers() -> list[User]:
    """Those of the newest accounts that count as new; where none does, those of the last days.
    By id, the order in which they came: there is no index by date."""
    hours = Installation.current().newcomer_hours
    since = timezone.now() - (timedelta(hours=hours) if hours else RECENT)
    return [
        user
        for user in User.objects.order_by("-pk")[: MOST + 1]
        if user.date_joined > since
        and user.is_active
        and not user.is_staff
        and not (hours and user.invited)
    ]


def _newest(kind: type[Ban | Mute]) -> list[Sanction]:
    rows = kind.objects.select_related("user", "room", "created_by").order_by("-pk")
    return [*rows[:LISTED]]


def _bounded(rows: QuerySet[Any, Any]) -> int:
    return _cut(rows[: MOST + 1].count())


def _cut(count: int) -> int:
    return AtLeast(MOST) if count > MOST else count


def _list(model: str) -> str:
    return reverse(f"admin:rooms_{model}_changelist")
