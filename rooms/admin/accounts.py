"""Users and their permissions."""

from typing import Any
from urllib.parse import urlencode

from allauth.account import admin as _addresses  # noqa: F401  unregistered below
from allauth.account.models import EmailAddress
from allauth.mfa import admin as _factors  # noqa: F401
from allauth.mfa.models import Authenticator
from allauth.socialaccount import admin as _social  # noqa: F401
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions import admin as _sessions  # noqa: F401
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.forms import UserCreationForm
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from rooms.actions import audit
from rooms.actions.accounts import accounts, arrivals, people, sessions, statuses
from rooms.admin.base import AT_ONCE, ChatAdmin, actor, links
from rooms.admin.lists import OfferedAdmin
from rooms.errors import ChatError, Forbidden
from rooms.models import User
from rooms.text.folding import fold

SHOWN = ("display_name", "pronouns", "about", "status_text")  # to others
FACTS = ("last_login", "date_joined", "lists")


RIGHTS = {"is_staff", "is_superuser", "groups"}


def _rights(data: dict[str, Any]) -> str:
    """A user's permissions as the audit log shows them."""
    kinds = [name for name in ("is_staff", "is_superuser") if data[name]]
    return ", ".join([*kinds, *sorted(str(group) for group in data["groups"])]) or "none"


class AddForm(UserCreationForm):  # type: ignore[type-arg]
    def clean_username(self) -> str:
        """Django returns None for a name that is taken, which our model can't normalise."""
        return str(super().clean_username() or "")


@admin.register(User)
class PersonAdmin(ChatAdmin, UserAdmin):  # type: ignore[type-arg]
    """Users are never deleted, since messages keep their author. Moderators can deactivate accounts
    and set display names; permissions, passwords and other staff are for superusers."""

    add_form = AddForm
    list_display = ("username", "display_name", "email", "is_active", "is_staff", "date_joined")
    list_filter = ("is_active", "is_staff", "is_superuser")
    search_fields = ("username", "display_name", "email")
    ordering = ("username",)
    actions = ("deactivate", "activate", "remove_factors")
    readonly_fields = FACTS
    add_fieldsets = (
        (None, {"fields": ("username", "display_name", "email", "password1", "password2")}),
    )
    fieldsets = (
        (None, {"fields": ("username", "password", *SHOWN, "email", "is_active")}),
        (_("Permissions"), {"fields": ("is_staff", "is_superuser", "groups", "user_permissions")}),
        (_("Details"), {"fields": FACTS}),
    )
    moderator_fieldsets = (
        (None, {"fields": ("username", *SHOWN, "is_active")}),
        (_("Details"), {"fields": FACTS}),
    )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Search usernames, display names (ignoring case and accents) and email addresses."""
        for word in search_term.split():
            folded = fold(word)
            named = Q(username__contains=folded) | Q(folded_name__contains=folded)
            queryset = queryset.filter(named | Q(email__icontains=word))
        return queryset, False

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is not None and not actor(request).is_superuser:
            return self.moderator_fieldsets
        return super().get_fieldsets(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is not None and not actor(request).is_superuser:
            return ("username", *FACTS)
        return FACTS

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is not None and obj.is_erased:
            return False
        staff = obj is not None and (obj.is_staff or obj.is_superuser)
        if staff and not actor(request).is_superuser:
            return False
        return super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    # -- operations --

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change:
            obj.save()
            audit.record("user.added", actor=actor(request), user=obj)
            arrivals.arrive(user=obj)
            return
        changed = set(form.changed_data)
        if "is_active" in changed:
            changed.remove("is_active")
            accounts.set_active(actor=actor(request), user=obj, active=obj.is_active)
        columns = {field.name for field in User._meta.concrete_fields}
        obj.save(update_fields=changed & columns)
        if "email" in changed:
            # Also where a link to a new password goes to, and what one logs in with.
            EmailAddress.objects.filter(user=obj).delete()
        if changed & {"username", "display_name"}:
            people.announce(obj)
        if "status_text" in changed:
            statuses.announce(obj)
        if changed:
            # What people are called is theirs: only that it was changed. Groups are saved later.
            has_rights = bool(changed & RIGHTS)
            audit.record(
                "user.changed",
                actor=actor(request),
                user=obj,
                detail=", ".join(sorted(changed)),
                before=_rights(form.initial | {"groups": obj.groups.all()}) if has_rights else "",
                after=_rights(form.cleaned_data) if has_rights else "",
            )

    def field_at_fault(self, refusal: ChatError) -> str | None:
        return "is_active"

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> Any:
        """A new password ends the user's sessions and closes their sockets immediately."""
        if not actor(request).is_superuser:
            raise PermissionDenied
        passwords = User.objects.filter(pk=id if id.isdecimal() else 0).values_list("password")
        former = request.session.session_key
        with transaction.atomic():
            before = passwords.first()
            response = super().user_change_password(request, id, form_url)
            if passwords.first() != before:
                user = User.objects.get(pk=id)
                audit.record("user.password", actor=actor(request), user=user)
                if user == request.user:
                    current = request.session.session_key
                    sessions.end_other_sessions(user=user, former=former, current=current)
                else:
                    sessions.end_sessions(user=user, farewell=sessions.NEW_PASSWORD)
        return response

    @admin.action(permissions=["change"], description=_("Deactivate"))
    def deactivate(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._set_active(request, queryset, active=False)

    @admin.action(permissions=["change"], description=_("Activate"))
    def activate(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._set_active(request, queryset, active=True)

    @admin.action(permissions=["change"], description=_("Turn off two-factor authentication"))
    def remove_factors(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        rows = list(queryset[:AT_ONCE])
        with transaction.atomic():
            for user in rows:
                accounts.remove_factors(actor=actor(request), user=user)
        done = ngettext(
            "%(count)d user can now log in with just a password.",
            "%(count)d users can now log in with just a password.",
            len(rows),
        )
        self.tell(request, done % {"count": len(rows)}, more=len(rows) == AT_ONCE)

    def _set_active(self, request: HttpRequest, queryset: QuerySet[Any], *, active: bool) -> None:
        rows = list(queryset.filter(is_active=not active)[:AT_ONCE])
        with transaction.atomic():
            for user in rows:
                if not self.has_change_permission(request, user):
                    raise Forbidden(
                        _("Only superusers can do that to %(name)s."), name=user.username
                    )
                accounts.set_active(actor=actor(request), user=user, active=active)
        count = len(rows)
        if active:
            done = ngettext(
                "%(count)d user was activated.", "%(count)d users were activated.", count
            )
        else:
            done = ngettext(
                "%(count)d user was deactivated.", "%(count)d users were deactivated.", count
            )
        self.tell(request, done % {"count": count}, more=count == AT_ONCE)

    @admin.display(description=_("related"))
    def lists(self, obj: User) -> SafeString:
        shown = links(
            (_("Messages"), "message", f"author__id__exact={obj.pk}"),
            (_("Rooms"), "membership", f"user__id__exact={obj.pk}"),
            (_("Reactions"), "reaction", f"user__id__exact={obj.pk}"),
            (_("Bans"), "ban", f"user__id__exact={obj.pk}"),
            (_("Mutes"), "mute", f"user__id__exact={obj.pk}"),
            (_("Reports"), "report", f"state=all&message__author__id__exact={obj.pk}"),
            (_("Removals"), "removal", f"user__id__exact={obj.pk}"),
            (_("Audit log: about them"), "auditentry", f"user__id__exact={obj.pk}"),
            (_("Audit log: by them"), "auditentry", f"actor__id__exact={obj.pk}"),
        )
        query = urlencode({"user": obj.username, "scope": "hour"})
        address = f"{reverse('admin:rooms_removal_add')}?{query}"
        words = _("Remove their messages")
        return shown + format_html(' · <a href="{}">{}</a>', address, words)


class RightsAdmin(OfferedAdmin, GroupAdmin):
    """Groups are for superusers only: editing one grants permissions."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return actor(request).is_superuser

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return actor(request).is_superuser

    has_add_permission = has_view_permission
    has_change_permission = has_view_permission
    has_delete_permission = has_view_permission


# Private to their owners: sessions, addresses, authenticators and connected accounts.
for _private in (Authenticator, EmailAddress, SocialAccount, SocialApp, SocialToken, UserSession):
    admin.site.unregister(_private)
admin.site.unregister(Group)
admin.site.register(Group, RightsAdmin)
