"""allauth's pages for two-factor authentication, with our forms: authenticator app, passkeys and
recovery codes. A passkey can also log in by itself."""

from typing import Any

from allauth.decorators import rate_limit
from allauth.mfa.base import views as base
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from allauth.mfa.webauthn.internal import auth
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse_lazy

from rooms.forms import accounts as forms
from rooms.views.decorators import signed_in
from rooms.views.settings import in_settings


class LogIn(webauthn.LoginWebAuthnView):  # type: ignore[misc]
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The challenge to sign, which allauth's script fetches when the button is pressed."""
        response = JsonResponse({"request_options": auth.begin_authentication(user=None)})
        response["Cache-Control"] = "no-store"
        return response


class AddPasskey(webauthn.AddWebAuthnView):  # type: ignore[misc]
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Store the passkey on the device if it can, so that it logs in by itself. A plain security
        key, which can't, still serves as a second factor."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        options = context["js_data"]["creation_options"]["publicKey"]
        selection = options["authenticatorSelection"]
        selection.update(residentKey="preferred", requireResidentKey=False)
        return context


index = in_settings(base.IndexView.as_view())
authenticate = base.AuthenticateView.as_view(form_class=forms.FactorForm)
reauthenticate = in_settings(base.ReauthenticateView.as_view(form_class=forms.FactorAgainForm))
app_add = in_settings(totp.ActivateTOTPView.as_view(form_class=forms.AppForm))
app_remove = in_settings(totp.deactivate_totp)
codes_show = in_settings(codes.view_recovery_codes)
codes_download = signed_in(codes.download_recovery_codes)
codes_renew = in_settings(codes.generate_recovery_codes)
passkey_log_in = rate_limit(action="passkey", limit_get=True)(LogIn.as_view())
passkey_again = in_settings(webauthn.reauthenticate_webauthn)
passkey_add = in_settings(AddPasskey.as_view(form_class=forms.PasskeyForm))
passkey_remove = in_settings(
    webauthn.RemoveWebAuthnView.as_view(success_url=reverse_lazy("mfa_index"))
)
