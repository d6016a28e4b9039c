"""Previews of links: what pages said of themselves, and which messages show it. For the people who
run the site, since links of private messages are in this list."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from rooms.actions.messages.links import digest
from rooms.actions.moderation import previews
from rooms.admin.base import AT_ONCE, ReasonActionForm, actor, one_line
from rooms.admin.search import Search, SearchedAdmin
from rooms.models import LinkPreview, MessageLink
from rooms.queries.previews import SAYS_SOMETHING

LISTED = 20  # messages on the page of one


class SaysFilter(admin.SimpleListFilter):
    title = _("shows something")
    parameter_name = "says"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Yes")), ("no", _("No"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case "yes":
                return queryset.filter(SAYS_SOMETHING)
            case "no":
                return queryset.exclude(SAYS_SOMETHING)
            case _:
                return queryset


@admin.register(LinkPreview)
class LinkPreviewAdmin(SearchedAdmin):
    list_display = ("words", "site", "page", "messages", "fetched_at")
    list_filter = (SaysFilter,)
    fields = readonly_fields = (
        *("url", "site", "title", "description", "shown", "fetched_at", "addresses"),
    )
    sortable_by = ()
    ordering = ("-pk",)
    search_help_text = _("The whole address of a page.")
    action_form = ReasonActionForm
    actions = ("remove_everywhere",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return actor(request).is_superuser

    has_module_permission = has_view_permission

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is None and actor(request).is_superuser

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        links = MessageLink.objects.filter(preview=OuterRef("pk"), removed=False).order_by()
        count = links.values("preview").annotate(count=Count("pk")).values("count")
        rows: QuerySet[Any] = super().get_queryset(request).annotate(shown_by=Subquery(count))
        return rows

    def filter_words(
        self, request: HttpRequest, queryset: QuerySet[Any], search: Search
    ) -> QuerySet[Any]:
        return queryset.filter(digest=digest(search.words)) if search.words else queryset

    # -- operations --

    @admin.action(permissions=["change"], description=_("Remove from all messages"))
    def remove_everywhere(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        rows = [*queryset[:AT_ONCE]]
        reason = request.POST.get("reason", "")
        count = previews.remove_everywhere(actor=actor(request), previews=rows, reason=reason)
        done = ngettext("%(count)d preview was removed.", "%(count)d previews were removed.", count)
        self.tell(request, done % {"count": count}, more=len(rows) == AT_ONCE)

    # -- columns --

    @admin.display(description=_("title"))
    def words(self, obj: LinkPreview) -> str:
        return obj.title or str(_("a picture") if obj.picture else _("nothing"))

    @admin.display(description=_("address"))
    def page(self, obj: LinkPreview) -> str:
        return one_line(obj.url)

    @admin.display(description=_("messages"))
    def messages(self, obj: Any) -> int:
        return obj.shown_by or 0

    @admin.display(description=_("picture"))
    def shown(self, obj: LinkPreview) -> str | SafeString:
        if not obj.picture:
            return str(_("none"))
        address = reverse("preview_picture", args=[obj.picture])
        return format_html(
            '<img src="{}" width="{}" height="{}" alt="">', address, obj.width, obj.height
        )

    @admin.display(description=_("newest messages"))
    def addresses(self, obj: LinkPreview) -> str | SafeString:
        links = obj.links.filter(removed=False).select_related("message__room").order_by("-pk")
        rows = (
            (
                reverse("admin:rooms_message_change", args=[one.message_id]),
                f"{one.message.room.slug}/{one.message.number}",
            )
            for one in links[:LISTED]
        )
        return format_html_join(" · ", '<a href="{}">{}</a>', rows) or str(_("none"))
