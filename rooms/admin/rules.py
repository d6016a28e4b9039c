"""Rules, the messages they hold back, and the limits of newcomers."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from rooms.actions.moderation import review, rules
from rooms.actions.site import installation
from rooms.admin.base import AT_ONCE, ChatAdmin, OperationForm, ReasonActionForm, actor, listed
from rooms.admin.lists import ChosenFilter, OfferedList
from rooms.admin.search import Search, SearchedAdmin
from rooms.errors import ChatError
from rooms.models import Held, Installation, Rule
from rooms.queries import uploads
from rooms.text import matcher as patterns


class RuleForm(OperationForm):
    class Meta:
        model = Rule
        fields = ("kind", "pattern", "action", "room", "note")
        help_texts = {
            "pattern": _(
                "Words: one or more whole words in a row; * at either end stands for any letters. "
                "Case, accents, invisible characters and look-alikes are ignored. Site: "
                "example.com also covers its subdomains."
            )
        }

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if "pattern" in data and "kind" in data:
            is_link = data["kind"] == Rule.Kind.LINK
            try:
                data["pattern"] = patterns.clean_pattern(data["pattern"], is_link=is_link)
            except ChatError as error:
                self.add_error("pattern", error.detail)
        return data


@admin.register(Rule)
class RuleAdmin(SearchedAdmin):
    """Rules apply from the next message on. They don't apply to the room's moderators."""

    form = RuleForm
    fields = ("kind", "pattern", "action", "room", "note")
    list_display = ("pattern", "kind", "action", "where", "note", "created_by", "created_at")
    list_filter = ("kind", "action", ("room", ChosenFilter))
    list_select_related = ("room", "created_by")
    autocomplete_fields = ("room",)
    ordering = ("pattern",)
    search_fields = ("pattern",)
    search_help_text = _("#room, or words from the pattern.")
    room_field = "room"

    def filter_words(
        self, request: HttpRequest, queryset: QuerySet[Any], search: Search
    ) -> QuerySet[Any]:
        return queryset.filter(pattern__icontains=search.words) if search.words else queryset

    def create(self, request: HttpRequest, data: dict[str, Any]) -> Rule:
        return rules.add_rule(actor=actor(request), **{name: data[name] for name in self.fields})

    def change(self, request: HttpRequest, obj: Rule, form: Any) -> None:
        wanted = {name: form.cleaned_data[name] for name in self.fields}
        if form.has_changed():
            rules.change_rule(actor=actor(request), rule=obj, **wanted)

    def delete_model(self, request: HttpRequest, obj: Rule) -> None:
        rules.delete_rules(actor=actor(request), rules=[obj])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        rules.delete_rules(actor=actor(request), rules=queryset[:AT_ONCE])

    @admin.display(description=_("where"))
    def where(self, obj: Rule) -> str:
        return str(obj.room or _("the whole site"))


class WaitingFilter(admin.SimpleListFilter):
    """Lists pending messages by default: they are what moderators come for."""

    title = _("status")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("approved", _("Posted")), ("refused", _("Rejected")), ("all", _("All"))]

    def choices(self, changelist: Any) -> Any:
        first, *others = super().choices(changelist)
        yield {**first, "display": _("Pending")}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() is None:  # Uses index: held_waiting.
            return queryset.filter(decided_at=None)
        return queryset if self.value() == "all" else queryset.filter(outcome=self.value())


class HeldList(OfferedList):
    """Reads the files of all listed messages at once."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        uploads.load_held([*self.result_list])


@admin.register(Held)
class HeldAdmin(SearchedAdmin):
    """Each row has two buttons. The actions above the list decide about several messages at once,
    with a note for their authors."""

    class Media:
        css: ClassVar[Any] = {"all": ["css/desk.css"]}

    list_display = ("case",)
    list_display_links = None
    list_filter = (WaitingFilter, ("room", ChosenFilter), ("author", ChosenFilter))
    list_select_related = ("room", "author", "decided_by")
    fields = readonly_fields = (
        *("body", "files", "author", "room", "reply_to", "reason", "note", "created_at"),
        *("outcome", "decided_by", "decided_at"),
    )
    sortable_by = ()
    ordering = ("-created_at",)
    search_fields = ("body",)
    search_help_text = _("@username, #room.")
    person_fields, room_field = ("author",), "room"
    action_form = ReasonActionForm
    actions = ("approve", "refuse")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        return HeldList

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Also handles the buttons of a row, which are part of the list's form."""
        for outcome in ("approve", "refuse"):
            pk = request.POST.get(f"{outcome}_one", "")
            if pk.isdecimal() and self.has_change_permission(request):
                self._decide(request, Held.objects.filter(pk=pk[:18]), outcome)
                return HttpResponseRedirect(request.get_full_path())
        return super().changelist_view(request, extra_context)

    @admin.action(permissions=["change"], description=_("Post"))
    def approve(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._decide(request, queryset, "approve")

    @admin.action(permissions=["change"], description=_("Reject"))
    def refuse(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._decide(request, queryset, "refuse")

    def _decide(self, request: HttpRequest, queryset: QuerySet[Any], outcome: str) -> None:
        """Decide in the order of writing. A message that can't be posted stays in the list."""
        note, count = request.POST.get("reason", ""), 0
        found = review.waiting_held([*queryset.values_list("pk", flat=True)[:AT_ONCE]])
        for held in found:
            try:
                if outcome == "approve":
                    review.approve_held(actor=actor(request), held=held)
                else:
                    review.refuse_held(actor=actor(request), held=held, note=note)
            except ChatError as error:
                self.message_user(request, error.detail, messages.ERROR)
            else:
                count += 1
        if not found:
            self.message_user(request, str(review.DECIDED), messages.ERROR)
        if not count:
            return
        if outcome == "approve":
            done = ngettext(
                "%(count)d message was posted.", "%(count)d messages were posted.", count
            )
        else:
            done = ngettext(
                "%(count)d message was rejected.", "%(count)d messages were rejected.", count
            )
        self.tell(request, done % {"count": count}, more=len(found) == AT_ONCE)

    # -- columns --

    @admin.display(description=_("message"))
    def case(self, obj: Held) -> SafeString:
        """The whole case in one column, so that it fits on a phone."""
        return render_to_string(
            "admin/rooms/held/_case.html", {"held": obj, "reason": self.reason(obj)}
        )

    @admin.display(description=_("files"))
    def files(self, obj: Held) -> str:
        return listed(uploads.of_held(obj))

    @admin.display(description=_("why it is held"))
    def reason(self, obj: Held) -> str:
        return gettext(obj.why) if obj.why else ""


class SiteForm(OperationForm):
    class Meta:
        model = Installation
        fields = ("newcomer_hours", "newcomer_links", "newcomer_directs", "newcomer_rooms")

    newcomer_hours = forms.IntegerField(
        min_value=0, max_value=installation.MAX_HOURS, label=_("Hours an account counts as new")
    )


@admin.register(Installation)
class SiteAdmin(ChatAdmin):
    """The settings of the site: one row, for superusers."""

    form = SiteForm
    fieldsets = (
        (
            _("Newcomers"),
            {
                "fields": (
                    *("newcomer_hours", "newcomer_links"),
                    *("newcomer_directs", "newcomer_rooms"),
                ),
                "description": _(
                    "0 turns this off. Staff and people who signed up with an invitation never "
                    "count as newcomers."
                ),
            },
        ),
    )

    def has_module_permission(self, request: HttpRequest) -> bool:
        return actor(request).is_superuser

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return actor(request).is_superuser

    has_view_permission = has_change_permission

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return redirect("admin:rooms_installation_change", Installation.current().pk)

    def change(self, request: HttpRequest, obj: Installation, form: Any) -> None:
        data = form.cleaned_data
        if form.has_changed():
            installation.set_newcomers(
                actor=actor(request),
                hours=data["newcomer_hours"],
                links=data["newcomer_links"],
                directs=data["newcomer_directs"],
                rooms=data["newcomer_rooms"],
            )
