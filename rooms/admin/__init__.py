"""Where moderators work: every change goes through the same operations as everywhere else."""

from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from rooms import models
from rooms.admin import accounts, messages, moderation, rooms

__all__ = ["accounts", "messages", "moderation", "rooms"]


class Completions(AutocompleteJsonView):
    """People and rooms under the names that are unique: anybody can be called Alice."""

    def serialize_result(self, obj: object, to_field_name: str) -> dict[str, str]:
        shown = super().serialize_result(obj, to_field_name)  # type: ignore[arg-type]
        if isinstance(obj, models.User):
            shown["text"] = f"{obj.name} (@{obj.username})"
        elif isinstance(obj, models.Room):
            shown["text"] = f"{obj.name} (#{obj.slug})"
        return shown


def _autocomplete(request: HttpRequest) -> HttpResponseBase:
    return Completions.as_view(admin_site=admin.site)(request)


def _password_change(request: HttpRequest, extra_context: object = None) -> HttpResponse:
    return redirect("account_change_password")


admin.site.site_header = admin.site.site_title = settings.SITE_NAME
admin.site.index_title = _("Moderation")
# One log-in and one page for passwords: with their limits on guessing, and they end sockets.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.password_change = _password_change  # type: ignore[method-assign, assignment]
admin.site.autocomplete_view = _autocomplete  # type: ignore[method-assign, assignment]
