"""Reported messages: one row and one page each, however many people reported it."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from rooms.actions.moderation import reports
from rooms.actions.moderation.reports import Resolution
from rooms.admin.base import AT_ONCE, actor, links, one_line
from rooms.admin.lists import ChosenFilter, DatedChangeList
from rooms.admin.messages import SECRET
from rooms.admin.search import SearchedAdmin
from rooms.errors import ChatError, Conflict
from rooms.models import Message, Report, Room, User
from rooms.policy.decisions import require_power
from rooms.policy.secrecy import AROUND, with_secrecy
from rooms.queries import uploads
from rooms.serializers.excerpts import words
from rooms.text import durations

SUMS = {"message__author": "written_by", "message__room": "in_room"}
SHOWN = 50  # reports of one message
DISMISSED, DELETED = Report.Outcome.DISMISSED, Report.Outcome.DELETED
MUTED, BANNED = Report.Outcome.MUTED, Report.Outcome.BANNED


class Button(NamedTuple):
    """A resolution by one click, and the key that leads to it. `right`: the permission it needs
    besides that to decide."""

    name: str
    label: Any
    resolution: Resolution
    right: str
    key: str


BUTTONS = (
    Button("dismiss", _("Dismiss report"), Resolution(DISMISSED), "rooms.change_report", "d"),
    Button("delete", _("Delete"), Resolution(DELETED), "rooms.delete_message", "x"),
    Button(
        "mute-hour",
        _("Delete and mute for 1 hour"),
        Resolution(MUTED, durations.HOUR),
        "rooms.add_mute",
        "m",
    ),
    Button(
        "mute-day",
        _("Delete and mute for 1 day"),
        Resolution(MUTED, durations.DAY),
        "rooms.add_mute",
        "",
    ),
    Button(
        "mute-week",
        _("Delete and mute for 7 days"),
        Resolution(MUTED, 7 * durations.DAY),
        "rooms.add_mute",
        "",
    ),
    Button("ban-room", _("Delete and ban from the room"), Resolution(BANNED), "rooms.add_ban", "b"),
    Button(
        "ban-site",
        _("Delete and ban from the site"),
        Resolution(BANNED, everywhere=True),
        "rooms.add_ban",
        "",
    ),
)


class StateFilter(admin.SimpleListFilter):
    """Pending reports by default. Each message has one row: its first report with the status."""

    title = _("status")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("decided", _("Resolved")), ("all", _("All"))]

    def choices(self, changelist: Any) -> Any:
        waiting, *others = super().choices(changelist)
        yield waiting | {"display": _("Pending")}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        earlier = Report.objects.filter(message=OuterRef("message"), pk__lt=OuterRef("pk"))
        if self.value() != "all":
            decided = self.value() == "decided"
            queryset = queryset.filter(resolved_at__isnull=not decided)
            earlier = earlier.filter(resolved_at__isnull=not decided)
        return queryset.filter(~Exists(earlier))


class SumFilter(ChosenFilter):
    """Filters by a sum, so that the planner uses no index on people or rooms: it would walk through
    all messages of a busy person instead of the few reports."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if not self.pk.isdecimal():
            return queryset
        return queryset.filter(**{SUMS[self.path]: int(self.pk[:18])})


class CaseList(DatedChangeList):
    """Reads the number of reports of all listed messages, and whether they may be read, in one
    query."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        counts: dict[int, dict[str, int]] = defaultdict(dict)
        shown = [row.message_id for row in self.result_list]
        messages = with_secrecy(Message.objects.filter(pk=OuterRef("message")), actor(request))
        of_each = Report.objects.filter(message__in=shown).annotate(
            readable=Exists(messages.exclude(Q(secret=True)))
        )
        rows = of_each.values_list("message", "reason", "readable").annotate(count=Count("pk"))
        readable = set()
        for message, reason, is_readable, count in rows.order_by("-count", "reason"):
            counts[message][reason] = count
            if is_readable:
                readable.add(message)
        uploads.load([row.message for row in self.result_list])
        for row in self.result_list:
            row.counts = counts[row.message_id]
            row.secret = row.message_id not in readable


@admin.register(Report)
class ReportAdmin(SearchedAdmin):
    """Reports can't be added or deleted here. A case is decided with one of its buttons."""

    list_display = ("address", "author", "excerpt", "reasons", "times", "created_at", "state")
    list_filter = (
        StateFilter,
        *((name, SumFilter) for name in SUMS),
        ("reporter", ChosenFilter),
    )
    list_select_related = ("message__room", "message__author", "resolved_by", "reporter")
    sortable_by = ()
    ordering = ("-created_at",)
    date_hierarchy = "created_at"
    search_fields = ("message__author__username",)
    search_help_text = _("@username of the author, and #room, #room 42 or a message link.")
    person_fields, room_field = ("written_by",), "in_room"
    number_field = "message__number"
    actions = ("dismiss", "delete_reported")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Without the user's own messages: nobody judges those, or learns who reported them."""
        sums = {name: F(f"{path}_id") + 0 for path, name in SUMS.items()}
        rows: QuerySet[Any] = super().get_queryset(request).alias(**sums)
        person = actor(request)
        return rows if person.is_superuser else rows.exclude(written_by=person.pk)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_remove_permission(self, request: HttpRequest) -> bool:
        """The permission for the action that deletes messages."""
        return request.user.has_perm("rooms.delete_message") and self.has_change_permission(request)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        return CaseList

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        response: HttpResponse = super().changelist_view(request, {"title": gettext("Reports")})
        return response

    # -- one case --

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        report = self.get_object(request, object_id)
        if report is None or not self.has_view_permission(request, report):
            refused: HttpResponse = super().change_view(request, object_id)
            return refused
        if request.method == "POST":
            return self._decide(request, report)
        return TemplateResponse(
            request, "admin/rooms/report/case.html", self._case(request, report)
        )

    def _decide(self, request: HttpRequest, report: Report) -> HttpResponse:
        button = next((one for one in BUTTONS if one.name == request.POST.get("verdict")), None)
        if button is None or not self._may(request, report, button):
            raise PermissionDenied
        try:
            count = reports.resolve_reports(
                actor=actor(request),
                message=report.message,
                resolution=button.resolution,
                reason=request.POST.get("reason", ""),
            )
        except ChatError as error:
            self.message_user(request, error.detail, messages.ERROR)
            return HttpResponseRedirect(request.path)
        self.tell(request, _done(report, button, count))
        following = self._beside(request, report, older=True) or self._beside(request, report)
        address = _address(following) if following else reverse("admin:rooms_report_changelist")
        return HttpResponseRedirect(address)

    def _beside(
        self, request: HttpRequest, report: Report, *, older: bool = False
    ) -> Report | None:
        """The next case in the queue, the one before by default. Uses index: report_waiting."""
        waiting = self.get_queryset(request).filter(resolved_at=None)
        earlier = Report.objects.filter(
            message=OuterRef("message"), pk__lt=OuterRef("pk"), resolved_at=None
        )
        rows = waiting.filter(~Exists(earlier)).exclude(message=report.message_id)
        if older:
            rows = rows.filter(created_at__lte=report.created_at).order_by("-created_at", "-pk")
        else:
            rows = rows.filter(created_at__gte=report.created_at).order_by("created_at", "pk")
        return rows.first()

    def _case(self, request: HttpRequest, report: Report) -> dict[str, Any]:
        message = report.message
        rows = Report.objects.filter(message=message).select_related("reporter", "resolved_by")
        told = list(rows.order_by("resolved_at", "-pk")[: SHOWN + 1])
        waits = any(row.resolved_at is None for row in told)
        buttons = [one for one in BUTTONS if waits and self._may(request, report, one)]
        beside = {older: self._beside(request, report, older=older) for older in (True, False)}
        return {
            **self.admin_site.each_context(request),
            "title": gettext("Report"),
            "subtitle": self.address(report),
            "opts": self.opts,
            "message": message,
            "around": _around(message, actor(request), told),
            "secret": SECRET,
            "reports": told[:SHOWN],
            "more": len(told) > SHOWN,
            "waits": waits,
            "buttons": buttons,
            "dismissal": next((one for one in buttons if one.name == "dismiss"), None),
            "measures": _grouped(buttons),
            "later": _address(beside[True]),
            "former": _address(beside[False]),
            "links": _links(message),
            "has_view_permission": True,
        }

    def _may(self, request: HttpRequest, report: Report, button: Button) -> bool:
        if not (self.has_change_permission(request) and request.user.has_perm(button.right)):
            return False
        outcome, message = button.resolution.outcome, report.message
        is_direct = message.room.kind == Room.Kind.DIRECT
        if outcome not in {MUTED, BANNED}:
            return True
        if is_direct and button.name == "ban-room":
            return False
        everywhere = button.resolution.everywhere or is_direct
        return _has_power(actor(request), message.author, None if everywhere else message.room)

    # -- many cases --

    @admin.action(permissions=["change"], description=_("Dismiss reports"))
    def dismiss(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._each(request, queryset, BUTTONS[0])

    @admin.action(permissions=["remove"], description=_("Delete messages"))
    def delete_reported(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._each(request, queryset, BUTTONS[1])

    def _each(self, request: HttpRequest, queryset: QuerySet[Any], button: Button) -> None:
        count, refusals = 0, set()
        rows = list(queryset[:AT_ONCE])
        for row in rows:
            try:
                reports.resolve_reports(
                    actor=actor(request), message=row.message, resolution=button.resolution
                )
            except Conflict:
                continue  # someone else has decided it meanwhile
            except ChatError as error:
                refusals.add(str(error.detail))
                continue
            count += 1
        for refusal in sorted(refusals):
            self.message_user(request, refusal, messages.ERROR)
        done = ngettext("%(count)d case was resolved.", "%(count)d cases were resolved.", count)
        self.tell(request, done % {"count": count}, more=len(rows) == AT_ONCE)

    # -- columns --

    @admin.display(description=_("message"))
    def address(self, obj: Report) -> str:
        return f"{obj.message.room.slug}/{obj.message.number}"

    @admin.display(description=_("author"))
    def author(self, obj: Report) -> str:
        return obj.message.author.username

    @admin.display(description=_("body"))
    def excerpt(self, obj: Any) -> str:
        message = obj.message
        return str(SECRET) if obj.secret else one_line(message.body or words(uploads.of(message)))

    @admin.display(description=_("reasons"))
    def reasons(self, obj: Any) -> str:
        first, *others = [str(Report.Reason(reason).label) for reason in obj.counts]
        return f"{first} + {len(others)}" if others else first

    @admin.display(description=_("reports"))
    def times(self, obj: Any) -> int:
        return sum(obj.counts.values())

    @admin.display(description=_("status"))
    def state(self, obj: Report) -> str:
        if obj.resolved_at is None:
            return str(_("Pending"))
        return f"{obj.get_outcome_display()} ({obj.resolved_by})"


def _around(message: Message, reader: User, reports: Iterable[Report]) -> Iterable[Message]:
    """The messages around a reported one. Whoever reports it discloses them with it; a rule
    discloses only what it matched. Numbers have no gaps. Uses index: message_room_number."""
    first, last = message.number - AROUND, message.number + AROUND
    rows: QuerySet[Message] = Message.objects.filter(
        room=message.room_id, number__range=(first, last)
    )
    if all(report.reporter_id is None for report in reports):
        rows = with_secrecy(rows, reader).exclude(Q(secret=True))
    shown = [*rows.select_related("author").defer("html").order_by("number")]
    uploads.load(shown)
    return shown


def _address(report: Report | None) -> str:
    return reverse("admin:rooms_report_change", args=[report.pk]) if report else ""


def _grouped(buttons: Iterable[Button]) -> list[list[Button]]:
    """What goes against the author: deleting, muting, banning."""
    groups: dict[str, list[Button]] = {}
    for button in buttons:
        if button.resolution.outcome != DISMISSED:
            groups.setdefault(str(button.resolution.outcome), []).append(button)
    return [*groups.values()]


def _links(message: Message) -> Any:
    author = message.author
    return links(
        (_("Messages"), "message", f"author__id__exact={author.pk}"),
        (_("Reports"), "report", f"state=all&message__author__id__exact={author.pk}"),
        (_("Mutes"), "mute", f"user__id__exact={author.pk}"),
        (_("Bans"), "ban", f"user__id__exact={author.pk}"),
    )


def _has_power(person: User, author: User, room: Room | None) -> bool:
    try:
        require_power(person, author, room)
    except ChatError:
        return False
    return True


def _done(report: Report, button: Button, count: int) -> str:
    decided = ngettext("%(count)d report was resolved.", "%(count)d reports were resolved.", count)
    message = report.message
    return gettext("%(message)s by %(author)s: %(outcome)s. %(decided)s") % {
        "message": f"{message.room.slug}/{message.number}",
        "author": message.author.username,
        "outcome": button.label,
        "decided": decided % {"count": count},
    }
