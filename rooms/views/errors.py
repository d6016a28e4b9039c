"""The error pages. They say no more than the user may know: what doesn't exist and what is hidden
look the same."""

import sys

from allauth.account.utils import get_next_redirect_url
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from rooms.errors import Unavailable
from rooms.storage.failures import trouble
from rooms.storage.threads import drop_dead_connections
from rooms.views.trouble import trouble_page

RETRY_SECONDS = 5


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return trouble_page(request, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return trouble_page(request, 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return trouble_page(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer any exception that no view caught, including the session's and the admin's."""
    error = sys.exc_info()[1]
    reason = trouble(error)
    if reason is not None:
        drop_dead_connections(reason)
    if reason is not None or isinstance(error, Unavailable):
        return _unavailable(request)
    # Without the request: reading who is logged in may be the very thing that fails.
    shown = {"now": timezone.now(), "is_again": request.method == "GET"}
    return HttpResponse(render_to_string("500.html", shown), status=500)


# If one of these forms is sent twice, by a second click or after going back, it carries the old
# CSRF token: logging in gives the browser a new one.
ENTRANCES = {
    *("account_login", "account_signup", "setup", "mfa_authenticate", "mfa_login_webauthn"),
    "socialaccount_signup",
}


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Someone who is logged in already goes on to where the form would have led."""
    match = request.resolver_match
    if match is not None and match.url_name in ENTRANCES and request.user.is_authenticated:
        return redirect(get_next_redirect_url(request) or "home")
    detail = _("This form has expired, perhaps because you logged in or out in another tab.")
    return trouble_page(request, 403, detail=detail, is_stale=True)


def _unavailable(request: HttpRequest) -> HttpResponse:
    """The page for a storage failure, also without the request; for scripts, in the shape of their
    other errors."""
    response: HttpResponse
    if request.get_preferred_type(["text/html", "application/json"]) == "application/json":
        detail = _("The site's storage is busy or unavailable.")
        refusal = {"code": Unavailable.code, "detail": detail}
        response = JsonResponse({"error": refusal}, status=503)
    else:
        shown = {"is_again": request.method == "GET"}
        response = HttpResponse(render_to_string("503.html", shown), status=503)
    response["Retry-After"] = str(RETRY_SECONDS)
    response["Cache-Control"] = "no-store"
    return response
