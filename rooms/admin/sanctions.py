"""Bans and mutes."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from rooms.actions.moderation import sanctions
from rooms.admin.base import AT_ONCE, OperationForm, actor
from rooms.admin.lists import ChosenFilter
from rooms.admin.search import Search, SearchedAdmin
from rooms.errors import ChatError
from rooms.models import Ban, Mute, User
from rooms.models.sanctions import Sanction, SanctionQuerySet


class ForceFilter(admin.SimpleListFilter):
    title = _("in force")
    parameter_name = "force"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Yes")), ("no", _("No"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        active = _active(queryset.model)
        if self.value() == "yes":
            return queryset.filter(pk__in=active)
        if self.value() == "no":
            return queryset.exclude(pk__in=active)
        return queryset


class SanctionAdmin(SearchedAdmin):
    """Sanctions stay in the list when they are over; nothing is deleted."""

    list_display = ("user", "where", "reason", "created_by", "created_at", "expires_at", "in_force")
    list_filter = (ForceFilter, ("user", ChosenFilter), ("room", ChosenFilter))
    list_select_related = ("user", "room", "created_by")
    autocomplete_fields = ("user", "room")
    sortable_by = ()
    ordering = ("-pk",)
    search_fields = ("user__username",)
    search_help_text = _("@username, #room, or words from the reason.")
    person_fields, room_field = ("user",), "room"
    actions = ("lift",)

    def impose(self, **wanted: Any) -> Sanction:
        raise NotImplementedError

    def lift_all(self, person: User, rows: Sequence[Any]) -> int:
        raise NotImplementedError

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return ("user", "room", "reason", "expires_at")
        facts = self.get_readonly_fields(request, obj)
        return ("lifted", *facts) if self.has_change_permission(request, obj) else facts

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

    def create(self, request: HttpRequest, data: dict[str, Any]) -> Sanction:
        wanted = {name: data[name] for name in ("user", "room", "reason", "expires_at")}
        return self.impose(actor=actor(request), **wanted)

    def change(self, request: HttpRequest, obj: Any, form: Any) -> None:
        if form.cleaned_data["lifted"]:
            self.lift_all(actor(request), [obj])

    def field_at_fault(self, refusal: ChatError) -> str | None:
        return "expires_at" if refusal.words == sanctions.ENDS else "user"

    @admin.action(permissions=["change"], description=_("Lift"))
    def lift(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        rows = list(queryset.filter(pk__in=_active(queryset.model))[:AT_ONCE])
        count = self.lift_all(actor(request), rows)
        self.tell(request, self.count_lifted(count), more=len(rows) == AT_ONCE)

    def count_lifted(self, count: int) -> str:
        raise NotImplementedError

    @admin.display(description=_("where"))
    def where(self, obj: Sanction) -> str:
        return str(obj.room or _("the whole site"))

    @admin.display(description=_("in force"), boolean=True)
    def in_force(self, obj: Sanction) -> bool:
        expired = obj.expires_at is not None and obj.expires_at <= timezone.now()
        return obj.lifted_at is None and not expired


class BanForm(OperationForm):
    lifted = forms.BooleanField(
        required=False, label=_("Lifted"), help_text=_("Lets them back in.")
    )

    class Meta:
        model = Ban
        fields = ("user", "room", "reason", "expires_at")


@admin.register(Ban)
class BanAdmin(SanctionAdmin):
    form = BanForm

    def impose(self, **wanted: Any) -> Ban:
        return sanctions.ban_user(**wanted)

    def lift_all(self, person: User, rows: Sequence[Any]) -> int:
        return sanctions.lift_bans(actor=person, bans=rows)

    def count_lifted(self, count: int) -> str:
        done = ngettext("%(count)d ban was lifted.", "%(count)d bans were lifted.", count)
        return done % {"count": count}


class MuteForm(OperationForm):
    lifted = forms.BooleanField(
        required=False, label=_("Lifted"), help_text=_("Lets them post again.")
    )

    class Meta:
        model = Mute
        fields = ("user", "room", "reason", "expires_at")


@admin.register(Mute)
class MuteAdmin(SanctionAdmin):
    form = MuteForm

    def impose(self, **wanted: Any) -> Mute:
        return sanctions.mute_user(**wanted)

    def lift_all(self, person: User, rows: Sequence[Any]) -> int:
        return sanctions.lift_mutes(actor=person, mutes=rows)

    def count_lifted(self, count: int) -> str:
        done = ngettext("%(count)d mute was lifted.", "%(count)d mutes were lifted.", count)
        return done % {"count": count}


def _active(model: Any) -> SanctionQuerySet:
    active: SanctionQuerySet = model.objects.active()
    return active
