"""The admin, where moderators work. Every change goes through the same operations as elsewhere."""

from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from rooms import models
from rooms.accounts.mfa import has_factor
from rooms.actions.accounts.handshake import site_ban
from rooms.admin import (
    accounts,
    audit,
    files,
    home,
    jobs,
    messages,
    previews,
    removals,
    reports,
    rooms,
    rules,
    sanctions,
)
from rooms.admin.base import actor
from rooms.queries import site

__all__ = [
    "accounts",
    "audit",
    "files",
    "home",
    "jobs",
    "messages",
    "previews",
    "removals",
    "reports",
    "rooms",
    "rules",
    "sanctions",
]


class Completions(AutocompleteJsonView):
    """Autocomplete that shows usernames and slugs: display names aren't unique."""

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
    """allauth's log-in, with its rate limits; or how to set up a second factor that is required."""
    reason = _ban(request) if request.user.is_authenticated else None
    if reason is not None:
        return render(request, "rooms/banned.html", {"reason": _(reason)}, status=403)
    if _is_staff(request) and not _may_enter(request):
        return render(request, "account/factor_needed.html", status=403)
    response: HttpResponseBase = secure_admin_login(_django_log_in)(request)
    return response


def _is_staff(request: HttpRequest) -> bool:
    """Staff, unless they are banned from the site. Times are shown in their zone from here on."""
    user = request.user
    allowed = user.is_active and user.is_staff and _ban(request) is None
    if allowed:
        timezone.activate(_zone(actor(request)))
    return allowed


def _zone(user: models.User) -> tzinfo:
    """The time zone that they are in; UTC as long as the site doesn't know it."""
    try:
        return ZoneInfo(user.local_zone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def _ban(request: HttpRequest) -> str | None:
    """The reason of a site ban. Cached on the request: a page asks several times."""
    if not hasattr(request, "site_ban"):
        request.site_ban = site_ban(actor(request))  # type: ignore[attr-defined]
    reason: str | None = request.site_ban  # type: ignore[attr-defined]
    return reason


def _autocomplete(request: HttpRequest) -> HttpResponseBase:
    return Completions.as_view(admin_site=admin.site)(request)


def _index(request: HttpRequest, extra_context: dict[str, object] | None = None) -> HttpResponse:
    return _django_index(request, {**(extra_context or {}), **home.context(request)})


def _password_change(request: HttpRequest, extra_context: object = None) -> HttpResponse:
    return redirect("account_change_password")


admin.site.site_header = admin.site.site_title = lazy(lambda: site.current().name, str)()
admin.site.index_title = _("Moderation")
_django_log_in = admin.site.login
_django_index = admin.site.index
admin.site.has_permission = _may_enter  # type: ignore[method-assign]
admin.site.login = _log_in  # type: ignore[method-assign, assignment]
admin.site.index = _index  # type: ignore[method-assign, assignment]
# There is one page for changing passwords, since that also closes sockets.
admin.site.password_change = _password_change  # type: ignore[method-assign, assignment]
admin.site.autocomplete_view = _autocomplete  # type: ignore[method-assign, assignment]
