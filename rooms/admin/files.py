"""Files: the largest first, who uses how much, and deleting what isn't worth its space. For the
people who run the site, since names of private files are in these lists."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import filesizeformat
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from rooms.actions.moderation import files
from rooms.admin.base import AT_ONCE, ReasonActionForm, actor, links, listed
from rooms.admin.lists import ChosenFilter, OfferedList
from rooms.admin.search import SearchedAdmin
from rooms.models import Installation, Upload, User

MIB = 1024 * 1024
LISTED = 100  # people on the page of who uses how much


class PostedFilter(admin.SimpleListFilter):
    title = _("posted")
    parameter_name = "posted"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Yes")), ("held", _("Waits for a moderator")), ("no", _("No"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case "yes":
                return queryset.filter(message__isnull=False)
            case "held":
                return queryset.filter(held__isnull=False)
            case "no":
                return queryset.filter(message=None, held=None, poster_of=None)
            case _:
                return queryset


class FileList(OfferedList):
    """Also adds up what the files take that the filters leave."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.space = self.queryset.order_by().aggregate(space=Sum("stored"))["space"] or 0


@admin.register(Upload)
class FileAdmin(SearchedAdmin):
    list_display = ("name", "kind", "space", "username", "address", "state", "created_at")
    list_filter = (PostedFilter, "kind", "state", ("user", ChosenFilter), ("room", ChosenFilter))
    list_select_related = ("user", "room", "message")
    fields = readonly_fields = (
        *("shown", "kind", "type", "space", "state", "user", "room", "address"),
        *("alt", "transcript", "created_at"),
    )
    sortable_by = ()
    ordering = ("-stored",)  # Uses index: upload_stored.
    search_help_text = _("@username, #room.")
    person_fields, room_field = ("user",), "room"
    action_form = ReasonActionForm
    actions = ("delete_selected",)
    change_list_template = "admin/rooms/upload/change_list.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return actor(request).is_superuser

    has_delete_permission = has_view_permission

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return actor(request).is_superuser

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        return FileList

    def get_urls(self) -> Any:
        usage = self.admin_site.admin_view(self.usage_view)
        return [path("usage/", usage, name="rooms_upload_usage"), *super().get_urls()]

    # -- who uses how much --

    def usage_view(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        site = Installation.current()
        sums = {"space": Sum("stored"), "number": Count("pk")}
        of_each: QuerySet[Any, Any] = Upload.objects.values("user").annotate(**sums)
        rows: list[dict[str, Any]] = [*of_each.order_by("-space", "user")[: LISTED + 1]]
        people = User.objects.in_bulk([row["user"] for row in rows])
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Who uses how much"),
            "opts": self.opts,
            "total": Upload.objects.aggregate(**sums),
            "site_limit": site.site_files_mb * MIB,
            "person_limit": site.person_files_mb * MIB,
            "rows": [(people[row["user"]], row["number"], row["space"]) for row in rows[:LISTED]],
            "more": len(rows) > LISTED,
        }
        return TemplateResponse(request, "admin/rooms/upload/usage.html", context)

    # -- operations --

    def delete_model(self, request: HttpRequest, obj: Upload) -> None:
        files.remove_files(actor=actor(request), files=[obj])

    @admin.action(permissions=["delete"], description=_("Delete for good"))
    def delete_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Replaces Django's action, which would delete rows and leave the bytes."""
        rows = [*queryset[:AT_ONCE]]
        reason = request.POST.get("reason", "")
        count = files.remove_files(actor=actor(request), files=rows, reason=reason)
        done = ngettext("%(count)d file was deleted.", "%(count)d files were deleted.", count)
        self.tell(request, done % {"count": count}, more=len(rows) == AT_ONCE)

    # -- columns --

    @admin.display(description=_("space"))
    def space(self, obj: Upload) -> str:
        return filesizeformat(obj.stored)

    @admin.display(description=_("sent by"))
    def username(self, obj: Upload) -> SafeString:
        return links((obj.user.username, "upload", f"user__id__exact={obj.user_id}"))

    @admin.display(description=_("message"))
    def address(self, obj: Upload) -> str | SafeString:
        if obj.message is None:
            return obj.room.slug
        page = reverse("admin:rooms_message_change", args=[obj.message_id])
        return format_html('<a href="{}">{}/{}</a>', page, obj.room.slug, obj.message.number)

    @admin.display(description=_("file"))
    def shown(self, obj: Upload) -> str:
        # Until it is posted, only its sender reads it.
        return listed([obj]) if obj.message_id or obj.held_id else obj.name
