"""The forms of the pages. They take text and numbers; the operations judge them, and their
refusals come back as the form's errors."""

import time
from typing import Any

from allauth.account import forms as allauth
from allauth.mfa.base import forms as mfa
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from allauth.socialaccount import forms as social
from django import forms
from django.conf import settings
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext_lazy as _

from rooms import durations, uploads
from rooms.actions.memberships import MAX_INVITE_DAYS, MAX_INVITE_USES
from rooms.backends import to_be_reset
from rooms.errors import ChatError
from rooms.models import Room
from rooms.names import MAX_TOPIC

MAX_NAME = 80
PACES = (0, 5, 10, 30, 60, 300, 900, 3600, 6 * 3600)  # seconds between two messages
STRONG = _("At least 8 characters. A few random words are strong and easy to remember.")


# Refusals that are about what was typed, not about who typed it or when.
ABOUT_THE_INPUT = {"invalid", "too_large", "conflict", "not_found"}


class ChatForm(forms.Form):
    """A form that was found valid, but that its operation may still refuse."""

    def refuse(self, error: ChatError) -> None:
        """Show the refusal at the form's first field, which is what it usually is about."""
        field = next(iter(self.fields)) if error.code in ABOUT_THE_INPUT else None
        self.add_error(field, error.detail)


class RoomForm(ChatForm):
    name = forms.CharField(max_length=MAX_NAME, label=_("Name"))
    topic = forms.CharField(max_length=MAX_TOPIC, required=False, label=_("Topic"))
    kind = forms.ChoiceField(
        label=_("Who can find it"),
        initial=Room.Kind.PUBLIC,
        choices=[
            (Room.Kind.PUBLIC, _("Public: everybody can find and join it")),
            (Room.Kind.PRIVATE, _("Private: only who is invited knows of it")),
        ],
        widget=forms.RadioSelect,
    )


class RoomSettingsForm(ChatForm):
    name = forms.CharField(max_length=MAX_NAME, label=_("Name"))
    topic = forms.CharField(max_length=MAX_TOPIC, required=False, label=_("Topic"))


class PaceForm(ChatForm):
    """How often somebody writes in a room, and who does."""

    slow_mode = forms.TypedChoiceField(
        coerce=int,
        label=_("Slow mode"),
        help_text=_("How long somebody waits between two messages. Moderators needn't."),
    )
    announcement = forms.TypedChoiceField(
        coerce=lambda value: value == "staff",
        label=_("Who writes"),
        choices=[("all", _("All members")), ("staff", _("Only owners and moderators"))],
        widget=forms.RadioSelect,
    )

    @classmethod
    def of(cls, room: Room, data: QueryDict | None = None) -> "PaceForm":
        """For a room; also with a pace that isn't among those that are offered."""
        writers = "staff" if room.announcement else "all"
        form = cls(data, initial={"slow_mode": room.slow_mode, "announcement": writers})
        offered = sorted({*PACES, room.slow_mode})
        form.fields["slow_mode"].choices = [  # type: ignore[attr-defined]
            (pace, durations.words(pace) if pace else _("off")) for pace in offered
        ]
        return form


class DirectForm(ChatForm):
    people = forms.CharField(
        max_length=400,
        label=_("Usernames"),
        help_text=_("One person, or up to nine, separated by spaces."),
        widget=forms.TextInput(
            attrs={"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"}
        ),
    )


class InviteForm(ChatForm):
    days = forms.IntegerField(
        min_value=1,
        max_value=MAX_INVITE_DAYS,
        required=False,
        initial=7,
        label=_("Days it works"),
        help_text=_("Empty: until you take it back."),
    )
    max_uses = forms.IntegerField(
        min_value=1,
        max_value=MAX_INVITE_USES,
        required=False,
        label=_("People it serves"),
        help_text=_("Empty: any number."),
    )


class NameForm(ChatForm):
    name = forms.CharField(
        max_length=40,
        required=False,
        label=_("Display name"),
        help_text=_("What others see. Without one they see your username."),
        widget=forms.TextInput(attrs={"autocomplete": "nickname"}),
    )


class DepartureForm(ChatForm):
    username = forms.CharField(
        max_length=32,
        label=_("Type your username to confirm it"),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )


class LanguageForm(ChatForm):
    language = forms.ChoiceField(
        label=_("What the site speaks to you"),
        choices=[("", _("As the browser says")), *settings.LANGUAGES],
        required=False,
        help_text=_("On every device that you are logged in on."),
    )


class AvatarForm(ChatForm):
    avatar = forms.FileField(
        label=_("Image file"),
        help_text=_("PNG, JPEG, WebP or GIF, up to 2 MB. It is cut to a square."),
        widget=forms.FileInput(
            attrs={"accept": ",".join(f"image/{one.lower()}" for one in uploads.FORMATS)}
        ),
        error_messages={"required": _("Choose a picture first.")},
    )


class SetupForm(ChatForm):
    username = forms.CharField(
        max_length=32,
        label=_("Username"),
        help_text=_("2 to 32 of a-z, 0-9 and _."),
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    password1 = forms.CharField(
        label=_("Password"),
        strip=False,
        help_text=STRONG,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    password2 = forms.CharField(
        label=_("Password again"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("password1") != data.get("password2"):
            self.add_error("password2", _("The two passwords are not the same."))
        return data

    def refuse(self, error: ChatError) -> None:
        self.add_error(None, error.detail)


class Plain:
    """allauth's forms in our words: labels above the fields, no placeholders inside."""

    fields: dict[str, forms.Field]
    labels: dict[str, Any] = {
        "username": _("Username"),
        "login": _("Username or email"),
        "email": _("Email"),
        "password": _("Password"),
        "oldpassword": _("Current password"),
        "password1": _("Password"),
        "password2": _("Password again"),
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


class LogInForm(Plain, allauth.LoginForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs["autocomplete"] = "username"

    def user_credentials(self) -> dict[str, str]:
        """No username has an @. allauth would try an address as one too, and hash the password
        twice where there is an account with it: half a second that tells that there is."""
        credentials: dict[str, str] = super().user_credentials()
        if "email" in credentials:
            credentials.pop("username", None)
        return credentials


class SignUpForm(Plain, allauth.SignupForm):  # type: ignore[misc]
    helps = {
        "username": _("2 to 32 of a-z, 0-9 and _. It can't be changed later."),
        "email": _(
            "To reset a forgotten password and, once it is confirmed, to log in with. Nobody else "
            "sees it."
        ),
        "password1": STRONG,
    }


class ChangePasswordForm(Plain, allauth.ChangePasswordForm):  # type: ignore[misc]
    labels = {**Plain.labels, "password1": _("New password"), "password2": _("New password again")}
    helps = {"password1": STRONG}


class SetPasswordForm(Plain, allauth.SetPasswordForm):  # type: ignore[misc]
    helps = {"password1": STRONG}


class EmailForm(Plain, allauth.AddEmailForm):  # type: ignore[misc]
    labels = {"email": _("New address")}


class PasswordForm(Plain, allauth.ReauthenticateForm):  # type: ignore[misc]
    """Once more, who it is."""


class ResetPasswordForm(Plain, allauth.ResetPasswordForm):  # type: ignore[misc]
    """Sends one mail, whatever the address, and takes as long."""

    seconds = 0.2  # a page's own time, for any address: some take more statements than others

    def clean_email(self) -> str:
        """Looks for nobody yet: that takes different times."""
        return str(self.cleaned_data["email"])

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        ends = time.monotonic() + self.seconds
        user = to_be_reset(self.cleaned_data["email"])
        self.users = [user] if user else []
        email: str = super().save(request, **kwargs)
        time.sleep(max(0.0, ends - time.monotonic()))
        return email


class ResetPasswordKeyForm(Plain, allauth.ResetPasswordKeyForm):  # type: ignore[misc]
    labels = {**Plain.labels, "password1": _("New password"), "password2": _("New password again")}
    helps = {"password1": STRONG}


class FactorForm(Plain, mfa.AuthenticateForm):  # type: ignore[misc]
    """A code of the app, or a recovery code."""

    labels = {"code": _("Code")}


class FactorAgainForm(Plain, mfa.ReauthenticateForm):  # type: ignore[misc]
    labels = FactorForm.labels


class AppForm(Plain, ActivateTOTPForm):  # type: ignore[misc]
    labels = FactorForm.labels

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs["inputmode"] = "numeric"


class PasskeyForm(Plain, AddWebAuthnForm):  # type: ignore[misc]
    labels = {"name": _("What you call it")}
    name = forms.CharField(required=False, max_length=40)
    passwordless = None  # every passkey may try; the browser's script asks for one that can


class OidcSignUpForm(Plain, social.SignupForm):  # type: ignore[misc]
    helps = SignUpForm.helps
