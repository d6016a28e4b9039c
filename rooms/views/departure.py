"""Leaving the site, for a while or for good."""

from collections.abc import Callable

from allauth.account.decorators import reauthentication_required
from allauth.decorators import rate_limit
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from rooms.actions import erasure
from rooms.errors import ChatError
from rooms.forms import DepartureForm
from rooms.views.door import Request, signed_in

Operation = Callable[..., None]
View = Callable[[HttpRequest], HttpResponseBase]


def _page(template: str, operation: Operation, done: Callable[[], str]) -> View:
    """Asks for the password or a second factor first, which is allauth's, then for the name."""

    def page(request: Request) -> HttpResponse:
        form = DepartureForm(request.POST or None)
        if form.is_valid():
            try:
                operation(actor=request.user, username=form.cleaned_data["username"])
            except ChatError as error:
                form.refuse(error)
            else:
                logout(request)
                messages.success(request, done())
                return redirect("account_login")
        status = 422 if form.errors else 200
        return render(request, template, {"form": form}, status=status)

    asked = reauthentication_required(app="allauth.account")(page)
    limited = rate_limit(action="departure")(asked)
    view: View = require_http_methods(["GET", "HEAD", "POST"])(signed_in(limited))
    return view


deactivate = _page(
    "account/deactivate.html",
    erasure.deactivate,
    lambda: _("Your account is deactivated. The people who run the site can bring it back."),
)
delete = _page("account/delete.html", erasure.erase, lambda: _("Your account is deleted."))
