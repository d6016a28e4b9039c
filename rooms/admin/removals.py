"""Removing a person's messages in bulk: previewed first, then done or undone with one click."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from rooms.actions.moderation import removals
from rooms.actions.rooms.directory import find_person
from rooms.admin.base import actor
from rooms.admin.lists import ChosenFilter
from rooms.admin.search import SearchedAdmin
from rooms.errors import ChatError, NotFound
from rooms.models import Removal, Room, User

MAX_REASON = 250


class ScopeForm(forms.Form):
    """Names are typed in, so that the page works without scripts."""

    user = forms.CharField(label=_("Username"), max_length=150)
    scope = forms.ChoiceField(label=_("Scope"), choices=Removal.Scope)
    room = forms.CharField(
        label=_("Room"),
        required=False,
        help_text=_("The room's address. Leave empty for the whole site."),
    )
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=MAX_REASON,
        help_text=_("Shown only in the audit log."),
    )

    def clean_user(self) -> User:
        try:
            return find_person(self.cleaned_data["user"].removeprefix("@"))
        except NotFound as error:
            raise forms.ValidationError(error.detail) from error

    def clean_room(self) -> Room | None:
        slug = self.cleaned_data["room"].strip().removeprefix("#")
        room = Room.objects.filter(slug=slug).first() if slug else None
        if slug and room is None:
            raise forms.ValidationError(_("There is no such room."))
        return room


@admin.register(Removal)
class RemovalAdmin(SearchedAdmin):
    list_display = ("user", "where", "scope", "state", "reason", "created_by", "created_at")
    list_filter = (("user", ChosenFilter), ("room", ChosenFilter), ("created_by", ChosenFilter))
    list_select_related = ("user", "room", "created_by")
    fields = readonly_fields = (
        *("user", "where", "scope", "state", "reason"),
        *("created_by", "created_at", "finished_at", "undone_at"),
    )
    sortable_by = ()
    ordering = ("-pk",)
    search_fields = ("user__username",)
    search_help_text = _("@username, #room.")
    person_fields, room_field = ("user",), "room"
    change_form_template = "admin/rooms/removal/change_form.html"

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # a removal can only be undone

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> Any:
        undo = self.admin_site.admin_view(self.undo_view)
        return [path("<int:pk>/undo/", undo, name="rooms_removal_undo"), *super().get_urls()]

    # -- a new one --

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        asked = request.POST if request.method == "POST" else request.GET
        form = ScopeForm(asked or None, initial={"scope": Removal.Scope.HOUR})
        preview = None
        if form.is_valid():
            try:
                if request.method == "POST" and "look" not in request.POST:
                    return self._remove(request, form.cleaned_data)
                wanted = {name: form.cleaned_data[name] for name in ("user", "scope", "room")}
                preview = removals.preview(actor=actor(request), **wanted)
            except ChatError as error:
                form.add_error(None, error.detail)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Remove someone's messages"),
            "opts": self.opts,
            "form": form,
            "preview": preview,
            "days": settings.TOMBSTONE_DAYS,
        }
        return TemplateResponse(request, "admin/rooms/removal/add.html", context)

    def _remove(self, request: HttpRequest, data: dict[str, Any]) -> HttpResponse:
        removal = removals.remove_posts(actor=actor(request), **data)
        return self._back(request, removal)

    # -- one that is there --

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        removal = self.get_object(request, object_id)
        may = request.user.has_perm("rooms.change_removal")
        can = may and removal is not None and removal.undone_at is None
        extra = {**(extra_context or {}), "can_undo": can}
        response: HttpResponse = super().change_view(request, object_id, form_url, extra)
        return response

    def undo_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        if request.method != "POST" or not request.user.has_perm("rooms.change_removal"):
            raise PermissionDenied
        removal = get_object_or_404(self.get_queryset(request), pk=pk)
        try:
            removal = removals.undo_removal(actor=actor(request), removal=removal)
        except ChatError as error:
            self.message_user(request, error.detail, messages.ERROR)
            return HttpResponseRedirect(reverse("admin:rooms_removal_change", args=[pk]))
        return self._back(request, removal)

    def _back(self, request: HttpRequest, removal: Removal) -> HttpResponse:
        self.tell(request, self.state(removal))
        return HttpResponseRedirect(reverse("admin:rooms_removal_change", args=[removal.pk]))

    # -- columns --

    @admin.display(description=_("where"))
    def where(self, obj: Removal) -> str:
        return str(obj.room or _("the whole site"))

    @admin.display(description=_("status"))
    def state(self, obj: Removal) -> str:
        if obj.undone_at is not None:
            done = _("Undone.") if obj.finished_at else _("Being undone; the rest will follow.")
            return str(done)
        shown = ngettext("%(count)d message removed.", "%(count)d messages removed.", obj.count)
        shown %= {"count": obj.count}
        if obj.finished_at:
            return shown
        return gettext("%(done)s The rest will follow.") % {"done": shown}
