"""The audit log."""

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

from rooms.admin.exports import KINDS, MAX_EXPORTED, export
from rooms.admin.lists import ChosenFilter, DatedChangeList, NotOffered, bad_request
from rooms.admin.search import Search, SearchedAdmin
from rooms.models import AuditEntry

# The names of the actions.
ACTION_NAMES = {
    "user.added": _("account added"),
    "user.changed": _("account changed"),
    "user.password": _("password set"),
    "user.factors_removed": _("two-factor authentication turned off"),
    "user.activated": _("account activated"),
    "user.deactivated": _("account deactivated"),
    "user.left": _("own account deactivated"),
    "user.erased": _("own account deleted"),
    "user.owner": _("site set up"),
    "user.banned": _("banned"),
    "user.unbanned": _("unbanned"),
    "user.muted": _("muted"),
    "user.unmuted": _("unmuted"),
    "member.added": _("added to the room"),
    "member.removed": _("removed from the room"),
    "member.role": _("role changed"),
    "message.deleted": _("message deleted"),
    "message.restored": _("message restored"),
    "message.preview_removed": _("preview of a link removed"),
    "preview.removed": _("preview of a page removed everywhere"),
    "file.removed": _("file deleted for good"),
    "posts.removed": _("messages bulk-removed"),
    "posts.restored": _("messages bulk-restored"),
    "report.resolved": _("report resolved"),
    "reaction.removed": _("reaction removed"),
    "room.updated": _("room changed"),
    "room.pace": _("posting settings changed"),
    "room.web": _("reading from the web changed"),
    "room.archived": _("room archived"),
    "room.unarchived": _("room unarchived"),
    "emoji.added": _("emoji added"),
    "emoji.removed": _("emoji removed"),
    "rule.added": _("rule added"),
    "rule.changed": _("rule changed"),
    "rule.deleted": _("rule deleted"),
    "held.approved": _("held message posted"),
    "held.refused": _("held message rejected"),
    "site.newcomers": _("newcomer limits changed"),
    "site.changed": _("site settings changed"),
    "site.logo": _("logo changed"),
    "site.rooms": _("rooms for new people changed"),
    "invite.created": _("invite created"),
    "invite.used": _("invite used"),
    "invite.revoked": _("invite revoked"),
    "job.retried": _("job tried again"),
    "job.dropped": _("job dropped"),
}


class SubjectFilter(admin.SimpleListFilter):
    """Filters by the first word of the action. The words are listed here, since selecting the
    distinct actions would scan the table."""

    title = _("subject")
    parameter_name = "about"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("user", _("User")),
            ("member", _("Member")),
            ("message", _("Message")),
            ("file", _("File")),
            ("posts", _("Removal")),
            ("reaction", _("Reaction")),
            ("room", _("Room")),
            ("invite", _("Invite")),
            ("report", _("Report")),
            ("rule", _("Rule")),
            ("held", _("Held message")),
            ("site", _("Site")),
            ("job", _("Job")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(action__startswith=f"{self.value()}.") if self.value() else queryset


class ActionFilter(admin.SimpleListFilter):
    """Filters by action; with a subject, it offers only the actions of that subject."""

    title = _("action")
    parameter_name = "action"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        subject = request.GET.get(SubjectFilter.parameter_name, "")
        return [(code, words) for code, words in ACTION_NAMES.items() if code.startswith(subject)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(action=self.value()) if self.value() else queryset


@admin.register(AuditEntry)
class AuditEntryAdmin(SearchedAdmin):
    """Read-only for everyone, including superusers."""

    list_display = ("created_at", "actor", "deed", "user", "room", "message", "detail", "changed")
    list_filter = (
        SubjectFilter,
        ActionFilter,
        *((name, ChosenFilter) for name in ("actor", "user", "room")),
    )
    list_select_related = ("actor", "user", "room", "message")
    fields = readonly_fields = (*list_display[:-1], "before", "after")
    sortable_by = ()
    ordering = ("-created_at",)
    date_hierarchy = "created_at"
    search_fields = ("detail",)
    search_help_text = _(
        "@username (who did it, or who it was done to), #room, or an action such as user.banned."
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
        """The action with its code, which is what the search takes."""
        words = ACTION_NAMES.get(obj.action)
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
        """Export the filtered list, newest first."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if kind not in KINDS:
            raise Http404
        try:
            listed = self.get_changelist_instance(request).queryset
        except NotOffered as refusal:
            return bad_request(request, refusal)
        except IncorrectLookupParameters:  # a hand-typed URL: the list reports it
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
