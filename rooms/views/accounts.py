"""allauth's pages for logging in, signing up and managing an account, with our forms."""

from typing import Any

from allauth.account import views as allauth
from allauth.account.adapter import get_adapter
from django.http import HttpResponse
from django.shortcuts import render

from rooms.accounts.adapter import invite_of
from rooms.forms import accounts as forms
from rooms.models import User
from rooms.queries import site
from rooms.views.settings import in_settings


class SignUp(allauth.SignupView):  # type: ignore[misc]
    form_class = forms.SignUpForm

    def closed(self) -> HttpResponse:
        context = {
            "by_invite": site.current().signup == "invite",
            "unset": not User.objects.exists(),
        }
        return render(self.request, "account/signup_closed.html", context, status=403)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), "invite": invite_of(self.request)}


class LogIn(allauth.LoginView):  # type: ignore[misc]
    form_class = forms.LogInForm

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        signup = get_adapter().is_open_for_signup(self.request)
        context = {"invite": invite_of(self.request), "signup": signup}
        return {**super().get_context_data(**kwargs), **context}


log_in = LogIn.as_view()
sign_up = SignUp.as_view()
email = in_settings(allauth.EmailView.as_view(form_class=forms.EmailForm))
email_confirm = allauth.confirm_email
reauthenticate = in_settings(allauth.ReauthenticateView.as_view(form_class=forms.PasswordForm))
log_out = allauth.logout
inactive = allauth.account_inactive
password_change = in_settings(
    allauth.PasswordChangeView.as_view(form_class=forms.ChangePasswordForm)
)
password_set = in_settings(allauth.PasswordSetView.as_view(form_class=forms.SetPasswordForm))
password_reset = allauth.PasswordResetView.as_view(form_class=forms.ResetPasswordForm)
password_reset_done = allauth.password_reset_done
password_reset_from_key = allauth.PasswordResetFromKeyView.as_view(
    form_class=forms.ResetPasswordKeyForm
)
password_reset_from_key_done = allauth.password_reset_from_key_done
