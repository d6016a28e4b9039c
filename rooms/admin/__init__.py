"""Where moderators work: every change goes through the same operations as everywhere else."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from rooms.admin import accounts, messages, moderation, rooms

__all__ = ["accounts", "messages", "moderation", "rooms"]


def _password_change(request: HttpRequest, extra_context: object = None) -> HttpResponse:
    return redirect("account_change_password")


admin.site.site_header = admin.site.site_title = "Chatsite"
admin.site.index_title = "Moderation"
# One log-in and one page for passwords: with their limits on guessing, and they end sockets.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.password_change = _password_change  # type: ignore[method-assign, assignment]
