"""Where moderators work: every change goes through the same operations as everywhere else."""

from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _

from rooms import models
from rooms.actions.accounts import site_ban
from rooms.admin import accounts, audit, messages, removals, reports, rooms, rules, sanctions
from rooms.admin.base import actor
from rooms.factors import has_factor

__all__ = [
    "accounts",
    "audit",
    "messages",
    "removals",
    "reports",
    "rooms",
    "rules",
    "sanctions",
]


class Completions(AutocompleteJsonView):
    """People and rooms under the names that are unique: anybody can be called Alice."""

    def serialize_result(self, obj: object, to_field_name: str) -> dict[str, str]:
        shown = super().serialize_result(obj, to_field_name)  # type: ignore[arg-type]
        if isinstance(obj, models.User):
            shown["text"] = f"{obj.name} (@{obj.username})"
        elif isinstance(obj, models.Room):
            shown["text"] = f"{obj.name} (#{obj.slug})"
        return shown


def _may_enter(request: HttpRequest) -> bool:
    return _is_staff(request) and not (settings.STAFF_MFA and not has_factor(actor(request)))


def _log_in(request: HttpRequest, extra_context: object = None) -> HttpResponseBase:
    """One log-in, with its limits on guessing; and the way to a second factor that is needed."""
    reason = _ban(request) if request.user.is_authenticated else None
    if reason is not None:
        return render(request, "rooms/banned.html", {"reason": _(reason)}, status=403)
    if _is_staff(request) and not _may_enter(request):
        return render(request, "account/factor_needed.html", status=403)
    response: HttpResponseBase = secure_admin_login(_django_log_in)(request)
    return response


def _is_staff(request: HttpRequest) -> bool:
    """Whoever is banned from the site is nobody there, too."""
    user = request.user
    return user.is_active and user.is_staff and _ban(request) is None


def _ban(request: HttpRequest) -> str | None:
    """Read once for a page, which asks several times who may enter."""
    if not hasattr(request, "site_ban"):
        request.site_ban = site_ban(actor(request))  # type: ignore[attr-defined]
    reason: str | None = request.site_ban  # type: ignore[attr-defined]
    return reason


def _autocomplete(request: HttpRequest) -> HttpResponseBase:
    return Completions.as_view(admin_site=admin.site)(request)


def _password_change(request: HttpRequest, extra_context: object = None) -> HttpResponse:
    return redirect("account_change_password")


admin.site.site_header = admin.site.site_title = settings.SITE_NAME
admin.site.index_title = _("Moderation")
_django_log_in = admin.site.login
admin.site.has_permission = _may_enter  # type: ignore[method-assign]
admin.site.login = _log_in  # type: ignore[method-assign, assignment]
# One page for passwords: changing one ends sockets.
admin.site.password_change = _password_change  # type: ignore[method-assign, assignment]
admin.site.autocomplete_view = _autocomplete  # type: ignore[method-assign, assignment]
