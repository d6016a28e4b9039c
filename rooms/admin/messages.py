"""Messages and reactions."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.functional import lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from rooms.actions.messages import changes, reactions
from rooms.admin.base import (
    AT_ONCE,
    OperationForm,
    ReasonActionForm,
    actor,
    chunks,
    listed,
    one_line,
)
from rooms.admin.lists import ChosenFilter, DatedChangeList
from rooms.admin.search import Search, SearchedAdmin
from rooms.models import Message, Reaction, Room
from rooms.policy.secrecy import with_secrecy
from rooms.queries import tallies, uploads
from rooms.serializers.excerpts import words

RECENT = 50_000  # messages that a search for words scans, which takes about 0.1 s
SECRET = _("Hidden: not in a public room. You can read it once it's reported.")


class StateFilter(admin.SimpleListFilter):
    title = _("status")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("visible", _("Visible")), ("deleted", _("Deleted"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "visible":
            return queryset.filter(deleted_at=None)
        if self.value() == "deleted":
            return queryset.filter(deleted_at__isnull=False)
        return queryset


class MessageForm(OperationForm):
    deleted = forms.BooleanField(
        required=False,
        label=_("Deleted"),
        help_text=_("A deleted message leaves a placeholder in the room. Untick to restore it."),
    )
    reason = forms.CharField(
        required=False,
        max_length=200,
        label=_("Reason"),
        help_text=_("Shown only in the audit log."),
    )

    class Meta:
        model = Message
        fields = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["deleted"] = self.instance.deleted


class MessageList(DatedChangeList):
    """Reads the files of all listed messages at once."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        uploads.load([*self.result_list])


@admin.register(Message)
class MessageAdmin(SearchedAdmin):
    """Moderators delete and restore messages but can't edit them. Deleted ones stay readable here,
    unless they were private."""

    class Media:
        css: ClassVar[Any] = {"all": ["css/desk.css"]}

    form = MessageForm
    fields = (
        *("deleted", "reason"),
        *("address", "author", "text", "files", "reply_to"),
        *("created_at", "edited_at", "deleted_at"),
        "reactions",
    )
    readonly_fields = fields[2:]
    list_display = ("address", "username", "excerpt", "created_at", "is_visible")
    list_filter = (StateFilter, ("room", ChosenFilter), ("author", ChosenFilter))
    list_select_related = ("room", "author")
    sortable_by = ()  # every order would need its own index
    ordering = ("-created_at",)
    date_hierarchy = "created_at"
    search_fields = ("body",)
    search_help_text = format_lazy(
        _(
            "@username, #room, #room 42 or a message link, and words. Words are searched for in "
            "the newest {count} messages that match everything else, including dates."
        ),
        count=lazy(number_format, str)(RECENT, force_grouping=True),
    )
    person_fields, room_field, number_field = ("author",), "room", "number"
    room_of_person = "in_room"
    action_form = ReasonActionForm
    actions = ("delete_selected", "restore_selected")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        gone = obj is not None and obj.deleted
        return not gone and super().has_delete_permission(request, obj)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        return MessageList

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        # For someone with many messages in a large room, the index on the author is the right one.
        # Adding 0 to the room's id keeps the planner from choosing the index on the room.
        rows: QuerySet[Any] = super().get_queryset(request).alias(in_room=F("room_id") + 0)
        return with_secrecy(rows, actor(request)).defer("html")

    def filter_words(
        self, request: HttpRequest, queryset: QuerySet[Any], search: Search
    ) -> QuerySet[Any]:
        """Also sets the order, to one that an index provides: it is called for every list."""
        of_one = bool(search.people) or "author__id__exact" in request.GET
        in_room = search.room is not None or "room__id__exact" in request.GET
        dated = "created_at__year" in request.GET
        if of_one:  # Uses index: message_author, also with a room or a status.
            newest = "-created_at"
        elif request.GET.get("state") == "deleted":  # Uses index: message_deleted_at.
            newest = "-deleted_at"
        elif in_room and not dated:  # Uses index: message_room_number.
            newest = "-number"
        else:  # Uses index: message_created_at.
            newest = "-created_at"
        queryset = queryset.order_by(newest)
        if not search.words:
            return queryset
        field = newest[1:]
        edge = queryset.values_list(field, flat=True)[RECENT : RECENT + 1].first()
        if edge is not None:
            queryset = queryset.filter(**{f"{field}__gt": edge})
        return queryset.filter(body__icontains=search.words, secret=False)

    # -- operations --

    def change(self, request: HttpRequest, obj: Message, form: Any) -> None:
        wanted, reason = form.cleaned_data["deleted"], form.cleaned_data["reason"]
        operation = changes.delete_messages if wanted else changes.restore_messages
        operation(actor=actor(request), messages=[obj], reason=reason)

    def delete_model(self, request: HttpRequest, obj: Message) -> None:
        changes.delete_messages(actor=actor(request), messages=[obj])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        changes.delete_messages(actor=actor(request), messages=queryset[:AT_ONCE])

    @admin.action(permissions=["delete"], description=_("Delete (leaves placeholders)"))
    def delete_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Replaces Django's action and its list of what would be lost: nothing is."""
        self._each(request, queryset.filter(deleted_at=None), changes.delete_messages)

    @admin.action(permissions=["change"], description=_("Restore"))
    def restore_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        rows = queryset.filter(deleted_at__isnull=False)
        self._each(request, rows, changes.restore_messages)

    def _each(self, request: HttpRequest, queryset: QuerySet[Any], operation: Any) -> None:
        rows = list(queryset[:AT_ONCE])
        reason = request.POST.get("reason", "")
        count = sum(
            operation(actor=actor(request), messages=some, reason=reason) for some in chunks(rows)
        )
        if operation is changes.delete_messages:
            done = ngettext(
                "%(count)d message was deleted.", "%(count)d messages were deleted.", count
            )
        else:
            done = ngettext(
                "%(count)d message was restored.", "%(count)d messages were restored.", count
            )
        self.tell(request, done % {"count": count}, more=len(rows) == AT_ONCE)

    # -- columns --

    @admin.display(description=_("message"))
    def address(self, obj: Message) -> str:
        return f"{obj.room.slug}/{obj.number}"

    @admin.display(description=_("author"))
    def username(self, obj: Message) -> str:
        return obj.author.username

    @admin.display(description=_("body"))
    def excerpt(self, obj: Any) -> str:
        return str(SECRET) if obj.secret else one_line(obj.body or words(uploads.of(obj)))

    @admin.display(description=_("body"))
    def text(self, obj: Any) -> str:
        return str(SECRET) if obj.secret else str(obj.body)

    @admin.display(description=_("files"))
    def files(self, obj: Any) -> str:
        return str(SECRET) if obj.secret else listed(uploads.of(obj))

    @admin.display(description=_("visible"), boolean=True)
    def is_visible(self, obj: Message) -> bool:
        return not obj.deleted

    @admin.display(description=_("reactions"))
    def reactions(self, obj: Message) -> str:
        shown = [
            f"{one.emoji} {one.count}: {', '.join(name for _id, name in one.people)}"
            + (", …" if one.count > len(one.people) else "")
            for one in tallies.of(obj)
        ]
        return " · ".join(shown) or str(_("none"))

    def view_on_site(self, obj: Message) -> str | None:
        if obj.room.kind != Room.Kind.PUBLIC:
            return None
        return reverse("room_at", args=[obj.room.slug, obj.number])


@admin.register(Reaction)
class ReactionAdmin(SearchedAdmin):
    list_display = ("emoji", "username", "address", "created_at")
    list_filter = (("user", ChosenFilter),)
    list_select_related = ("user", "message__room")
    fields = readonly_fields = ("emoji", "user", "address", "created_at")
    sortable_by = ()
    ordering = ("-pk",)
    search_fields = ("emoji",)
    search_help_text = _("@username, and #room 42 or a message link.")
    person_fields, room_field, number_field = ("user",), "message__room", "message__number"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def delete_model(self, request: HttpRequest, obj: Reaction) -> None:
        reactions.clear_reactions(actor=actor(request), reactions=[obj])

    @admin.display(description=_("username"))
    def username(self, obj: Reaction) -> str:
        return obj.user.username

    @admin.display(description=_("message"))
    def address(self, obj: Reaction) -> str:
        return f"{obj.message.room.slug}/{obj.message.number}"
