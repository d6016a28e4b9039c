"""The pages for what went wrong. They tell no more than the person may know: what doesn't exist
and what is hidden look the same."""

import sys

from allauth.account.utils import get_next_redirect_url
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from rooms.db import drop_dead_connections, trouble
from rooms.errors import Unavailable

RETRY_SECONDS = 5


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "403.html", status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Whatever no view has caught; it sees the session's and the admin's failures too."""
    error = sys.exc_info()[1]
    reason = trouble(error)
    if reason is not None:
        drop_dead_connections(reason)
    if reason is not None or isinstance(error, Unavailable):
        return _unavailable(request)
    # Without the request: whatever broke may be what tells who is signed in.
    return HttpResponse(render_to_string("500.html"), status=500)


# A form of these that is sent twice, by a second click or by the way back, comes with the token of
# before: logging in gives the browser another one.
ENTRANCES = {
    *("account_login", "account_signup", "setup", "mfa_authenticate", "mfa_login_webauthn"),
    "socialaccount_signup",
}


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Anyone who is in already goes on to where the form would have led."""
    match = request.resolver_match
    if match is not None and match.url_name in ENTRANCES and request.user.is_authenticated:
        return redirect(get_next_redirect_url(request) or "home")
    detail = _(
        "This form was no longer valid, perhaps because you logged in or out in another tab."
    )
    return render(request, "403.html", {"detail": detail, "stale": True}, status=403)


def _unavailable(request: HttpRequest) -> HttpResponse:
    """Without the request as well, and for scripts in the shape of their other refusals."""
    response: HttpResponse
    if request.get_preferred_type(["text/html", "application/json"]) == "application/json":
        refusal = {"code": Unavailable.code, "detail": _("The site's storage is busy or away.")}
        response = JsonResponse({"error": refusal}, status=503)
    else:
        response = HttpResponse(render_to_string("503.html"), status=503)
    response["Retry-After"] = str(RETRY_SECONDS)
    response["Cache-Control"] = "no-store"
    return response
