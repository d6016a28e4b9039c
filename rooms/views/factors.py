"""allauth's pages for second factors, with our forms: an authenticator app, passkeys, recovery
codes. A passkey also logs in by itself."""

from typing import Any

from allauth.decorators import rate_limit
from allauth.mfa.base import views as base
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from allauth.mfa.webauthn.internal import auth
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse_lazy

from rooms import forms
from rooms.views.door import signed_in


class LogIn(webauthn.LoginWebAuthnView):  # type: ignore[misc]
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """What the browser has to sign; the page's script asks for it when it is wanted."""
        response = JsonResponse(auth.begin_authentication(user=None))
        response["Cache-Control"] = "no-store"
        return response


index = signed_in(base.IndexView.as_view())
authenticate = base.AuthenticateView.as_view(form_class=forms.FactorForm)
reauthenticate = signed_in(base.ReauthenticateView.as_view(form_class=forms.FactorAgainForm))
app_add = signed_in(totp.ActivateTOTPView.as_view(form_class=forms.AppForm))
app_remove = signed_in(totp.deactivate_totp)
codes_show = signed_in(codes.view_recovery_codes)
codes_download = signed_in(codes.download_recovery_codes)
codes_renew = signed_in(codes.generate_recovery_codes)
passkey_log_in = rate_limit(action="passkey", limit_get=True)(LogIn.as_view())
passkey_again = signed_in(webauthn.reauthenticate_webauthn)
passkey_add = signed_in(webauthn.AddWebAuthnView.as_view(form_class=forms.PasskeyForm))
passkey_remove = signed_in(
    webauthn.RemoveWebAuthnView.as_view(success_url=reverse_lazy("mfa_index"))
)
