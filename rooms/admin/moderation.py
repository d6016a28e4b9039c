"""Bans, and the log of what staff did."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from rooms.actions import sanctions
from rooms.admin.base import AT_ONCE, ChosenFilter, DatedChangeList, OperationForm, actor
from rooms.admin.deeds import DEEDS
from rooms.admin.search import Search, SearchedAdmin
from rooms.errors import ChatError
from rooms.models import AuditEntry, Ban


class ForceFilter(admin.SimpleListFilter):
    title = _("in force")
    parameter_name = "force"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Yes")), ("no", _("No"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "yes":
            return queryset.filter(pk__in=Ban.objects.active())
        if self.value() == "no":
            return queryset.exclude(pk__in=Ban.objects.active())
        return queryset


class BanForm(OperationForm):
    lifted = forms.BooleanField(
        required=False, label=_("Lifted"), help_text=_("Let them in again.")
    )

    class Meta:
        model = Ban
        fields = ("user", "room", "reason", "expires_at")


@admin.register(Ban)
class BanAdmin(SearchedAdmin):
    form = BanForm
    list_display = ("user", "where", "reason", "created_by", "created_at", "expires_at", "in_force")
    list_filter = (ForceFilter, ("user", ChosenFilter), ("room", ChosenFilter))
    list_select_related = ("user", "room", "created_by")
    autocomplete_fields = ("user", "room")
    sortable_by = ()
    ordering = ("-pk",)
    search_fields = ("user__username",)
    search_help_text = _("@username, #room, words of the reason.")
    person_fields, room_field = ("user",), "room"
    actions = ("lift",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return ("user", "room", "reason", "expires_at")
        return ("lifted", *self.get_readonly_fields(request, obj))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return ()
        facts = ("created_by", "created_at", "expires_at", "lifted_at")
        return ("user", "where", "reason", *facts)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        over = obj is not None and not self.in_force(obj)
        return not over and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def filter_words(
        self, request: HttpRequest, queryset: QuerySet[Any], search: Search
    ) -> QuerySet[Any]:
        return queryset.filter(reason__icontains=search.words) if search.words else queryset

    def create(self, request: HttpRequest, data: dict[str, Any]) -> Ban:
        wanted = {name: data[name] for name in ("user", "room", "reason", "expires_at")}
        return sanctions.ban_user(actor=actor(request), **wanted)

    def change(self, request: HttpRequest, obj: Ban, form: Any) -> None:
        if form.cleaned_data["lifted"]:
            sanctions.lift_bans(actor=actor(request), bans=[obj])

    def field_at_fault(self, refusal: ChatError) -> str | None:
        return "expires_at" if refusal.words == sanctions.ENDS else "user"

    @admin.action(permissions=["change"], description=_("Lift: let them in again"))
    def lift(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        rows = list(queryset.filter(pk__in=Ban.objects.active())[:AT_ONCE])
        count = sanctions.lift_bans(actor=actor(request), bans=rows)
        done = ngettext("%(count)d ban was lifted.", "%(count)d bans were lifted.", count)
        self.tell(request, done % {"count": count}, more=len(rows) == AT_ONCE)

    @admin.display(description=_("from"))
    def where(self, obj: Ban) -> str:
        return str(obj.room or _("the whole site"))

    @admin.display(description=_("in force"), boolean=True)
    def in_force(self, obj: Ban) -> bool:
        expired = obj.expires_at is not None and obj.expires_at <= timezone.now()
        return obj.lifted_at is None and not expired


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
            ("rule", _("Rule")),
            ("held", _("Held message")),
            ("site", _("Site")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(action__startswith=f"{self.value()}.") if self.value() else queryset


@admin.register(AuditEntry)
class AuditEntryAdmin(SearchedAdmin):
    """Read-only for everybody, superusers included."""

    list_display = ("created_at", "actor", "deed", "user", "room", "message", "detail")
    list_filter = (
        SubjectFilter,
        *((name, ChosenFilter) for name in ("actor", "user", "room")),
    )
    list_select_related = ("actor", "user", "room", "message")
    fields = readonly_fields = list_display
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

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
