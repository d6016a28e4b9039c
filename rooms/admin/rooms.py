"""Rooms, memberships and invitations."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib import messages as notices
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from rooms import address
from rooms.actions.rooms import creation, invites, memberships, rooms
from rooms.admin.base import AT_ONCE, ChatAdmin, OperationForm, actor, links
from rooms.admin.lists import ChosenFilter, OfferedList
from rooms.admin.search import SearchedAdmin
from rooms.errors import ChatError, Conflict, Invalid
from rooms.models import Invite, Membership, Room
from rooms.policy.standing import OUTRANKED, OWNERS_ONLY
from rooms.queries import invites as invite_queries
from rooms.text import names


class ArchivedFilter(admin.SimpleListFilter):
    title = _("archived")
    parameter_name = "archived"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Yes")), ("no", _("No"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() in {"yes", "no"}:
            return queryset.filter(archived_at__isnull=self.value() == "no")
        return queryset


class WebFilter(admin.SimpleListFilter):
    """Rooms that anyone on the web can read. Their settings in the chat close them."""

    title = _("on the web")
    parameter_name = "web"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Yes"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() != "yes":
            return queryset
        return queryset.filter(pk__in=Room.objects.on_the_web())


class OwnedFilter(admin.SimpleListFilter):
    """Rooms whose owners have all left or been deactivated. The room's page links to its members,
    one of whom can be made the owner."""

    title = _("owner")
    parameter_name = "owner"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("none", _("No owner"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() != "none":
            return queryset
        owners = Membership.objects.filter(
            room=OuterRef("pk"), role=Membership.Role.OWNER, user__is_active=True
        )
        rooms = queryset.exclude(kind=Room.Kind.DIRECT).filter(archived_at=None)
        return rooms.filter(~Exists(owners))


class RoomForm(OperationForm):
    slug = forms.CharField(
        required=False,
        max_length=100,
        label=_("Address"),
        help_text=_("Leave empty to derive it from the name."),
    )
    kind = forms.ChoiceField(choices=Room.Kind.choices[:2], label=_("Kind"))
    archived = forms.BooleanField(
        required=False,
        label=_("Archived"),
        help_text=_("Members can still read it, but nobody can change anything."),
    )

    class Meta:
        model = Room
        fields = ("name", "topic", "kind", "slug")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["archived"] = self.instance.archived

    def clean_name(self) -> str:
        return str(self.checked(names.clean_room_name, self.cleaned_data["name"]))

    def clean_topic(self) -> str:
        return str(self.checked(names.clean_topic, self.cleaned_data["topic"]))


@admin.register(Room)
class RoomAdmin(ChatAdmin):
    """Rooms are archived, never deleted, so that links keep working."""

    form = RoomForm
    list_display = ("slug", "name", "kind", "last_number", "is_open", "created_at")
    list_filter = ("kind", ArchivedFilter, WebFilter, OwnedFilter)
    list_select_related = ("created_by",)
    ordering = ("slug",)
    search_fields = ("slug", "name", "topic")
    actions = ("archive", "unarchive")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return [(None, {"fields": ("name", "topic", "kind", "slug")})]
        facts = ("web_opened_at", "last_number", "revision", "created_at", "created_by", "lists")
        return [
            (None, {"fields": ("name", "topic", "archived")}),
            (_("Details"), {"fields": ("slug", "kind", *facts)}),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        facts = ("web_opened_at", "last_number", "revision", "created_at", "created_by", "lists")
        if obj is None:
            return facts
        fixed = ("slug", "kind", *facts)
        # A direct room is named after the people in it.
        return ("name", "topic", *fixed) if obj.kind == Room.Kind.DIRECT else fixed

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def create(self, request: HttpRequest, data: dict[str, Any]) -> Room:
        return creation.create_room(
            actor=actor(request),
            name=data["name"],
            kind=data["kind"],
            topic=data["topic"],
            slug=data["slug"] or None,
        )

    def change(self, request: HttpRequest, obj: Room, form: Any) -> None:
        data = form.cleaned_data
        if {"name", "topic"} & set(form.changed_data):
            rooms.update_room(
                actor=actor(request), room=obj, name=data["name"], topic=data["topic"]
            )
        if "archived" in form.changed_data:
            rooms.archive_room(actor=actor(request), room=obj, archived=data["archived"])

    def field_at_fault(self, refusal: ChatError) -> str | None:
        if isinstance(refusal, Invalid):  # the form has validated the name and the topic
            return "slug"
        return "name" if isinstance(refusal, Conflict) else None

    @admin.action(permissions=["change"], description=_("Archive"))
    def archive(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._archive(request, queryset.filter(archived_at=None), archived=True)

    @admin.action(permissions=["change"], description=_("Unarchive"))
    def unarchive(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._archive(request, queryset.filter(archived_at__isnull=False), archived=False)

    def _archive(self, request: HttpRequest, queryset: QuerySet[Any], *, archived: bool) -> None:
        found = list(queryset[:AT_ONCE])
        for room in found:
            rooms.archive_room(actor=actor(request), room=room, archived=archived)
        count = len(found)
        if archived:
            done = ngettext("%(count)d room was archived.", "%(count)d rooms were archived.", count)
        else:
            done = ngettext(
                "%(count)d room was unarchived.", "%(count)d rooms were unarchived.", count
            )
        self.tell(request, done % {"count": count}, more=count == AT_ONCE)

    @admin.display(description=_("open"), boolean=True)
    def is_open(self, obj: Room) -> bool:
        return not obj.archived

    @admin.display(description=_("related"))
    def lists(self, obj: Room) -> SafeString:
        only = f"room__id__exact={obj.pk}"
        return links(
            (_("Messages"), "message", only),
            (_("Members"), "membership", only),
            (_("Bans"), "ban", only),
            (_("Mutes"), "mute", only),
            (_("Reports"), "report", f"state=all&message__room__id__exact={obj.pk}"),
            (_("Invites"), "invite", only),
            (_("Audit log"), "auditentry", only),
        )

    def view_on_site(self, obj: Room) -> str | None:
        return reverse("room", args=[obj.slug]) if obj.kind == Room.Kind.PUBLIC else None


@admin.register(Membership)
class MembershipAdmin(SearchedAdmin):
    list_display = ("username", "room", "role", "joined_at")
    list_filter = ("role", ("room", ChosenFilter), ("user", ChosenFilter))
    list_select_related = ("room", "user")
    fields = ("room", "user", "role", "joined_at", "read_number")
    autocomplete_fields = ("room", "user")
    sortable_by = ()
    ordering = ("-pk",)
    search_fields = ("user__username",)
    search_help_text = _("@username, #room.")
    person_fields, room_field = ("user",), "room"

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        facts = ("joined_at", "read_number")
        return facts if obj is None else ("room", "user", *facts)

    def create(self, request: HttpRequest, data: dict[str, Any]) -> Membership:
        return memberships.put_member(
            actor=actor(request), room=data["room"], user=data["user"], role=data["role"]
        )

    def change(self, request: HttpRequest, obj: Membership, form: Any) -> None:
        if "role" in form.changed_data:
            memberships.set_role(
                actor=actor(request),
                room=obj.room,
                user=obj.user,
                role=form.cleaned_data["role"],
            )

    def delete_model(self, request: HttpRequest, obj: Membership) -> None:
        memberships.remove_member(actor=actor(request), room=obj.room, user=obj.user)

    @admin.display(description=_("username"))
    def username(self, obj: Membership) -> str:
        return obj.user.username

    def field_at_fault(self, refusal: ChatError) -> str | None:
        about_roles = (memberships.NEEDS_OWNER, OUTRANKED, OWNERS_ONLY)
        return "role" if refusal.words in about_roles else None


class InviteForm(OperationForm):
    days = forms.IntegerField(
        required=False,
        min_value=1,
        initial=7,
        label=_("Valid for (days)"),
        help_text=_("Leave empty if it should never expire."),
    )
    revoked = forms.BooleanField(
        required=False, label=_("Revoked"), help_text=_("The link no longer works.")
    )

    class Meta:
        model = Invite
        fields = ("room", "max_uses")


class InviteList(OfferedList):
    """Reads in one query which of the listed invitations still count."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        counting = invite_queries.counting([row.pk for row in self.result_list])
        for row in self.result_list:
            row.counts = row.pk in counting


@admin.register(Invite)
class InviteAdmin(SearchedAdmin):
    form = InviteForm
    list_display = ("id", "room", "created_by", "created_at", "expires_at", "used", "is_usable")
    list_filter = (("room", ChosenFilter), ("created_by", ChosenFilter))
    list_select_related = ("room", "created_by")
    autocomplete_fields = ("room",)
    sortable_by = ()
    ordering = ("-pk",)
    search_fields = ("created_by__username",)
    search_help_text = _("@username of the creator, #room.")
    person_fields, room_field = ("created_by",), "room"
    actions = ("revoke",)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        return InviteList

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return ("room", "days", "max_uses")
        facts = self.get_readonly_fields(request, obj)
        return ("revoked", *facts) if self.has_change_permission(request, obj) else facts

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return ()
        return ("room", "created_by", "created_at", "expires_at", "used", "revoked_at")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        gone = obj is not None and obj.revoked_at is not None
        return not gone and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def create(self, request: HttpRequest, data: dict[str, Any]) -> Invite:
        invite, token = invites.create_invite(
            actor=actor(request), room=data["room"], days=data["days"], max_uses=data["max_uses"]
        )
        url = address.link(request, reverse("invite", args=[token]))
        words = _("Copy the link now; it won't be shown again: %(url)s") % {"url": url}
        self.message_user(request, words, notices.WARNING)
        return invite

    def change(self, request: HttpRequest, obj: Invite, form: Any) -> None:
        if form.cleaned_data["revoked"]:
            invites.revoke_invite(actor=actor(request), invite=obj)

    @admin.action(permissions=["change"], description=_("Revoke"))
    def revoke(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        found = list(queryset.filter(revoked_at=None).select_related("room")[:AT_ONCE])
        for invite in found:
            invites.revoke_invite(actor=actor(request), invite=invite)
        count = len(found)
        done = ngettext("%(count)d invite was revoked.", "%(count)d invites were revoked.", count)
        self.tell(request, done % {"count": count}, more=count == AT_ONCE)

    @admin.display(description=_("used"))
    def used(self, obj: Invite) -> str:
        return _("%(uses)s of %(most)s") % {"uses": obj.uses, "most": obj.max_uses or "∞"}

    @admin.display(description=_("valid"), boolean=True)
    def is_usable(self, obj: Any) -> bool:
        expired = obj.expires_at is not None and obj.expires_at <= timezone.now()
        used_up = obj.max_uses is not None and obj.uses >= obj.max_uses
        over = expired or used_up or obj.revoked_at is not None
        return not over and obj.counts
