"""Jobs: what waits, and what was given up. Never their arguments, which may be private."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from rooms.actions.site import jobs
from rooms.admin.base import AT_ONCE, ChatAdmin, actor
from rooms.models import Job


class GivenUpFilter(admin.SimpleListFilter):
    title = _("given up")
    parameter_name = "given_up"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Yes")), ("no", _("No"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() in ("yes", "no"):
            return queryset.filter(given_up_at__isnull=self.value() == "no")
        return queryset


@admin.register(Job)
class JobAdmin(ChatAdmin):
    list_display = ("kind", "created_at", "due", "attempts", "error", "given_up_at")
    list_filter = (GivenUpFilter,)
    list_display_links = None
    sortable_by = ()
    ordering = ("-pk",)
    actions = ("retry", "drop")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return actor(request).is_superuser

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is None and actor(request).is_superuser

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.list_display

    @admin.action(permissions=["change"], description=_("Try again"))
    def retry(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        count = jobs.retry_jobs(actor=actor(request), jobs=queryset[:AT_ONCE])
        done = ngettext(
            "%(count)d job will be tried again.", "%(count)d jobs will be tried again.", count
        )
        self.tell(request, done % {"count": count}, more=count == AT_ONCE)

    @admin.action(permissions=["change"], description=_("Drop"))
    def drop(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        count = jobs.drop_jobs(actor=actor(request), jobs=queryset[:AT_ONCE])
        done = ngettext("%(count)d job was dropped.", "%(count)d jobs were dropped.", count)
        self.tell(request, done % {"count": count}, more=count == AT_ONCE)
