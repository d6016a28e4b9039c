"""The log of what staff did."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ERROR_FLAG
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import (
    Http404,
    HttpRequest,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms.admin.base import ChosenFilter, DatedChangeList, NotOffered, made_no_sense
from rooms.admin.deeds import DEEDS
from rooms.admin.exports import KINDS, MAX_EXPORTED, export
from rooms.admin.search import Search, SearchedAdmin
from rooms.models import AuditEntry


class SubjectFilter(admin.SimpleListFilter):
    """By the first word of the action. The words are written down here: asking the table for its
    distinct actions would walk all of it."""

    title = _("about")
    parameter_name = "about"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("user", _("User")),
            ("member", _("Member")),
            ("message", _("Message")),
            ("posts", _("Removal")),
            ("reaction", _("Reaction")),
            ("room", _("Room")),
            ("invite", _("Invite")),
            ("report", _("Report")),
            ("rule", _("Rule")),
            ("held", _("Held message")),
            ("site", _("Site")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(action__startswith=f"{self.value()}.") if self.value() else queryset


class DeedFilter(admin.SimpleListFilter):
    """One action; of one subject only its own."""

    title = _("action")
    parameter_name = "action"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        subject = request.GET.get(SubjectFilter.parameter_name, "")
        return [(code, words) for code, words in DEEDS.items() if code.startswith(subject)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(action=self.value()) if self.value() else queryset


@admin.register(AuditEntry)
class AuditEntryAdmin(SearchedAdmin):
    """Read-only for everybody, superusers included."""

    list_display = ("created_at", "actor", "deed", "user", "room", "message", "detail", "changed")
    list_filter = (
        SubjectFilter,
        DeedFilter,
        *((name, ChosenFilter) for name in ("actor", "user", "room")),
    )
    list_select_related = ("actor", "user", "room", "message")
    fields = readonly_fields = (*list_display[:-1], "before", "after")
    sortable_by = ()
    ordering = ("-created_at",)
    date_hierarchy = "created_at"
    search_fields = ("detail",)
    search_help_text = _(
        "@username who did it or whom it concerns, #room, an action such as user.banned."
    )
    person_fields, room_field = ("actor", "user"), "room"

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        return DatedChangeList

    def filter_words(
        self, request: HttpRequest, queryset: QuerySet[Any], search: Search
    ) -> QuerySet[Any]:
        return queryset.filter(action=search.words) if search.words else queryset

    @admin.display(description=_("action"))
    def deed(self, obj: AuditEntry) -> str:
        """With the code, which is what one searches by."""
        words = DEEDS.get(obj.action)
        return f"{words} ({obj.action})" if words else obj.action

    @admin.display(description=_("changed"))
    def changed(self, obj: AuditEntry) -> str:
        return f"{obj.before} → {obj.after}" if obj.before or obj.after else ""

    def get_urls(self) -> Any:
        export = self.admin_site.admin_view(self.export_view)
        return [
            path("export/<str:kind>/", export, name="rooms_auditentry_export"),
            *super().get_urls(),
        ]

    def export_view(self, request: HttpRequest, kind: str) -> HttpResponseBase:
        """What the list is narrowed to, newest first."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if kind not in KINDS:
            raise Http404
        try:
            listed = self.get_changelist_instance(request).queryset
        except NotOffered as refusal:
            return made_no_sense(request, refusal)
        except IncorrectLookupParameters:  # typed by hand: the list says so
            address = reverse("admin:rooms_auditentry_changelist")
            return HttpResponseRedirect(f"{address}?{ERROR_FLAG}=1")
        rows = listed.order_by("-created_at", "-pk")
        name = f"audit-{timezone.now():%Y-%m-%d}.{kind}"
        return StreamingHttpResponse(
            export(kind, [*rows.values_list("pk", flat=True)[:MAX_EXPORTED]]),
            content_type=KINDS[kind],
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
