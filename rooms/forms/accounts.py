"""Forms for a person's own account: our own, and allauth's with our labels and help texts."""

import time
from itertools import chain
from typing import Any

from allauth.account import forms as allauth
from allauth.mfa.base import forms as mfa
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from allauth.socialaccount import forms as social
from django import forms
from django.conf import settings
from django.http import HttpRequest, QueryDict
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from rooms.accounts.backends import to_be_reset
from rooms.files import icons
from rooms.forms.base import ChatForm
from rooms.models import User
from rooms.text import names, zones

PASSWORD_HELP = _("At least 8 characters. A few random words are strong and easy to remember.")


class NameForm(ChatForm):
    name = forms.CharField(
        max_length=40,
        required=False,
        label=_("Display name"),
        help_text=_("What others see. If you leave it empty, they see your username."),
        widget=forms.TextInput(attrs={"autocomplete": "nickname"}),
    )


class AboutForm(ChatForm):
    """What one's card says."""

    pronouns = forms.CharField(
        max_length=names.MAX_PRONOUNS,
        required=False,
        label=_("Pronouns"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    about = forms.CharField(
        max_length=names.MAX_ABOUT,
        required=False,
        label=_("About you"),
        help_text=_("What others should know: what you do, how to reach you. One line."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    zone = forms.ChoiceField(label=_("Time zone"), required=False)
    shows_time = forms.BooleanField(
        label=_("Show others my local time"),
        required=False,
    )

    @classmethod
    def of(cls, user: User, data: QueryDict | None = None) -> "AboutForm":
        """The form for a user, whose zone may be one that isn't offered."""
        asked = ("pronouns", "about", "zone", "shows_time")
        form = cls(data, initial={name: getattr(user, name) for name in asked})
        automatic = _("That of your browser")
        if user.browser_zone:
            automatic = format_lazy("{} ({})", automatic, _called(user.browser_zone))
        choices: list[Any] = [("", automatic)]
        if user.zone and user.zone not in chain.from_iterable(zones.offered().values()):
            choices.append((user.zone, _called(user.zone)))
        for area, offered in zones.offered().items():
            choices.append((area, [(one, _called(one.partition("/")[2])) for one in offered]))
        form.fields["zone"].choices = choices  # type: ignore[attr-defined]
        return form


def _called(zone: str) -> str:
    return zone.replace("_", " ").replace("/", " / ")


class DepartureForm(ChatForm):
    username = forms.CharField(
        max_length=32,
        label=_("Type your username to confirm"),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )


class LanguageForm(ChatForm):
    language = forms.ChoiceField(
        label=_("Language"),
        choices=[("", _("Browser default")), *settings.LANGUAGES],
        required=False,
        help_text=_("Applies on every device where you're logged in."),
    )


class WebNameForm(ChatForm):
    named = forms.TypedChoiceField(
        coerce=lambda value: value == "yes",
        label=_("In rooms that anyone on the web can read, I appear"),
        choices=[
            ("no", _("as 'Somebody', without a picture")),
            ("yes", _("with my name and picture")),
        ],
        widget=forms.RadioSelect,
    )


class AppearanceForm(ChatForm):
    """Sets of radio buttons, which the page's script also reads: their names and values are the
    protocol's."""

    scheme = forms.ChoiceField(
        label=_("Colours"),
        choices=[("system", _("Like my device")), ("light", _("Light")), ("dark", _("Dark"))],
        widget=forms.RadioSelect,
    )
    text = forms.ChoiceField(
        label=_("Text size"),
        choices=[
            ("small", _("Small")),
            ("normal", _("Normal")),
            ("large", _("Large")),
            ("larger", _("Very large")),
        ],
        widget=forms.RadioSelect,
    )
    density = forms.ChoiceField(
        label=_("Density"),
        choices=[("comfortable", _("Comfortable")), ("compact", _("Compact"))],
        widget=forms.RadioSelect,
    )
    hours = forms.ChoiceField(
        label=_("Time of day"),
        choices=[
            ("language", _("As usual in my language")),
            ("24", _("24 hours")),
            ("12", _("12 hours")),
        ],
        widget=forms.RadioSelect,
    )
    motion = forms.ChoiceField(
        label=_("Motion"),
        choices=[("system", _("Like my device")), ("reduced", _("Reduced"))],
        widget=forms.RadioSelect,
    )
    previews = forms.ChoiceField(
        label=_("Previews of links"),
        choices=[("shown", _("Show")), ("hidden", _("Hide"))],
        widget=forms.RadioSelect,
    )


class AvatarForm(ChatForm):
    avatar = forms.FileField(
        label=_("Image file"),
        help_text=_("PNG, JPEG, WebP or GIF, up to 2 MB. It's cropped to a square."),
        widget=forms.FileInput(
            attrs={"accept": ",".join(f"image/{one.lower()}" for one in icons.FORMATS)}
        ),
        error_messages={"required": _("Choose an image first.")},
    )


class Labelled:
    """allauth's forms with our labels above the fields instead of placeholders in them."""

    fields: dict[str, forms.Field]
    labels: dict[str, Any] = {
        "username": _("Username"),
        "login": _("Username or email"),
        "email": _("Email"),
        "password": _("Password"),
        "oldpassword": _("Current password"),
        "password1": _("Password"),
        "password2": _("Confirm password"),
    }
    helps: dict[str, Any] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.label = self.labels.get(name, field.label)
            field.help_text = self.helps.get(name, "")
            field.widget.attrs.pop("placeholder", None)
            if name in ("username", "login"):
                field.widget.attrs.update({"autocapitalize": "none", "spellcheck": "false"})


class LogInForm(Labelled, allauth.LoginForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs["autocomplete"] = "username"

    def user_credentials(self) -> dict[str, str]:
        """Don't try an address as a username, too: no username has an @. allauth does, and hashes
        the password twice if the address has an account: the half second would give that away."""
        credentials: dict[str, str] = super().user_credentials()
        if "email" in credentials:
            credentials.pop("username", None)
        return credentials


class SignUpForm(Labelled, allauth.SignupForm):  # type: ignore[misc]
    helps = {
        "username": _("2 to 32 characters: a-z, 0-9 and _. You can't change it later."),
        "email": _(
            "For resetting a forgotten password and, once confirmed, for logging in. Nobody else "
            "can see it."
        ),
        "password1": PASSWORD_HELP,
    }


class ChangePasswordForm(Labelled, allauth.ChangePasswordForm):  # type: ignore[misc]
    labels = {
        **Labelled.labels,
        "password1": _("New password"),
        "password2": _("Confirm new password"),
    }
    helps = {"password1": PASSWORD_HELP}


class SetPasswordForm(Labelled, allauth.SetPasswordForm):  # type: ignore[misc]
    helps = {"password1": PASSWORD_HELP}


class EmailForm(Labelled, allauth.AddEmailForm):  # type: ignore[misc]
    labels = {"email": _("New email address")}


class PasswordForm(Labelled, allauth.ReauthenticateForm):  # type: ignore[misc]
    """Asks for the password again before a sensitive change."""


class ResetPasswordForm(Labelled, allauth.ResetPasswordForm):  # type: ignore[misc]
    """Sends one mail for any address, and always takes equally long."""

    seconds = 0.2  # minimum time of the page: some addresses take more queries than others

    def clean_email(self) -> str:
        """Don't look up the user here, which takes a varying time."""
        return str(self.cleaned_data["email"])

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        ends = time.monotonic() + self.seconds
        user = to_be_reset(self.cleaned_data["email"])
        self.users = [user] if user else []
        email: str = super().save(request, **kwargs)
        time.sleep(max(0.0, ends - time.monotonic()))
        return email


class ResetPasswordKeyForm(Labelled, allauth.ResetPasswordKeyForm):  # type: ignore[misc]
    labels = {
        **Labelled.labels,
        "password1": _("New password"),
        "password2": _("Confirm new password"),
    }
    helps = {"password1": PASSWORD_HELP}


class FactorForm(Labelled, mfa.AuthenticateForm):  # type: ignore[misc]
    """A code from the authenticator app, or a recovery code."""

    labels = {"code": _("Code")}


class FactorAgainForm(Labelled, mfa.ReauthenticateForm):  # type: ignore[misc]
    labels = FactorForm.labels


class AppForm(Labelled, ActivateTOTPForm):  # type: ignore[misc]
    labels = FactorForm.labels

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs["inputmode"] = "numeric"


class PasskeyForm(Labelled, AddWebAuthnForm):  # type: ignore[misc]
    labels = {"name": _("Name")}
    name = forms.CharField(required=False, max_length=40)
    passwordless = None  # no choice: every passkey may log in by itself if the device supports it


class OidcSignUpForm(Labelled, social.SignupForm):  # type: ignore[misc]
    helps = SignUpForm.helps
