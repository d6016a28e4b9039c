"""Deactivating or deleting one's account."""

from collections.abc import Callable

from allauth.account.decorators import reauthentication_required
from allauth.decorators import rate_limit
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from rooms.actions.accounts import erasure
from rooms.forms.accounts import DepartureForm
from rooms.views.decorators import Request
from rooms.views.settings import in_settings, settings_page

Operation = Callable[..., None]
View = Callable[[HttpRequest], HttpResponseBase]


def _page(template: str, operation: Operation, done: Callable[[], str]) -> View:
    """A page that asks for the password or a second factor (by allauth), then for the username."""

    def page(request: Request) -> HttpResponseBase:
        form = DepartureForm(request.POST or None)
        if form.is_valid():
            with form.refusing():
                operation(actor=request.user, username=form.cleaned_data["username"])
                logout(request)
                messages.success(request, done())
                return redirect("account_login")
        return settings_page(request, template, {"form": form}, refused=bool(form.errors))

    asked = reauthentication_required(app="allauth.account")(page)
    limited = rate_limit(action="departure")(asked)
    view: View = require_http_methods(["GET", "HEAD", "POST"])(in_settings(limited))
    return view


deactivate = _page(
    "account/deactivate.html",
    erasure.deactivate,
    lambda: _("Your account is deactivated. A site administrator can reactivate it."),
)
delete = _page("account/delete.html", erasure.erase, lambda: _("Your account was deleted."))
