"""Logging in with OpenID Connect: allauth's pages, with our forms. They exist if the environment
names a provider."""

import logging
from collections.abc import Callable
from typing import Any

from allauth.decorators import rate_limit
from allauth.socialaccount import views as allauth
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect import views as openid
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from requests import RequestException  # noqa: TID251  the operator names the provider

from rooms.forms import accounts as forms
from rooms.views.accounts import SignUp
from rooms.views.settings import in_settings

logger = logging.getLogger(__name__)


class OidcSignUp(allauth.SignupView):  # type: ignore[misc]
    """The provider knows who it is; only the username is chosen here."""

    form_class = forms.OidcSignUpForm
    closed = SignUp.closed


@require_POST
@never_cache
@rate_limit(action="oidc")  # type: ignore[untyped-decorator]  # allauth has no types
def log_in(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Go on to the provider, by a page that redirects by itself: `form-action` in our CSP also
    covers redirects after a form, and a provider may have several hosts."""
    response = _answered(request, openid.login, provider_id)
    if response.status_code != 302:
        return response
    return render(request, "socialaccount/leaving.html", {"url": response["Location"]})


@require_safe
@never_cache
def callback(request: HttpRequest, provider_id: str) -> HttpResponse:
    return _answered(request, openid.callback, provider_id)


@require_safe
def cancelled(request: HttpRequest) -> HttpResponse:
    messages.info(request, _("The log-in was cancelled."))
    return redirect("account_login")


def _answered(
    request: HttpRequest, view: Callable[..., HttpResponse], provider_id: str
) -> HttpResponse:
    """Call allauth's view, which asks the provider; it may be down, or send nonsense."""
    try:
        return view(request, provider_id=provider_id)
    except (RequestException, OAuth2Error, KeyError, ValueError) as error:
        logger.warning("The OpenID Connect provider failed: %s", type(error).__name__)
        context: dict[str, Any] = {"is_away": True}
        return render(request, "socialaccount/authentication_error.html", context, status=503)


sign_up = OidcSignUp.as_view()
connections = in_settings(allauth.ConnectionsView.as_view())
