"""The forms of the pages. They take text and numbers; the operations judge them, and their
refusals come back as the form's errors."""

from typing import Any

from allauth.account import forms as allauth
from django import forms

from rooms import uploads
from rooms.actions.memberships import MAX_INVITE_DAYS, MAX_INVITE_USES
from rooms.actions.rooms import MAX_TOPIC
from rooms.errors import ChatError
from rooms.models import Room

MAX_NAME = 80
STRONG = "At least 8 characters. A few random words are strong and easy to remember."


# Refusals that are about what was typed, not about who typed it or when.
ABOUT_THE_INPUT = {"invalid", "too_large", "conflict", "not_found"}


class ChatForm(forms.Form):
    """A form that was found valid, but that its operation may still refuse."""

    def refuse(self, error: ChatError) -> None:
        """Show the refusal at the form's first field, which is what it usually is about."""
        field = next(iter(self.fields)) if error.code in ABOUT_THE_INPUT else None
        self.add_error(field, error.detail)


class RoomForm(ChatForm):
    name = forms.CharField(max_length=MAX_NAME, label="Name")
    topic = forms.CharField(max_length=MAX_TOPIC, required=False, label="Topic")
    kind = forms.ChoiceField(
        label="Who can find it",
        initial=Room.Kind.PUBLIC,
        choices=[
            (Room.Kind.PUBLIC, "Public: everybody can find and join it"),
            (Room.Kind.PRIVATE, "Private: only who is invited knows of it"),
        ],
        widget=forms.RadioSelect,
    )


class RoomSettingsForm(ChatForm):
    name = forms.CharField(max_length=MAX_NAME, label="Name")
    topic = forms.CharField(max_length=MAX_TOPIC, required=False, label="Topic")


class DirectForm(ChatForm):
    people = forms.CharField(
        max_length=400,
        label="Usernames",
        help_text="One person, or up to nine, separated by spaces.",
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
        label="Days it works",
        help_text="Empty: until you take it back.",
    )
    max_uses = forms.IntegerField(
        min_value=1,
        max_value=MAX_INVITE_USES,
        required=False,
        label="People it serves",
        help_text="Empty: any number.",
    )


class NameForm(ChatForm):
    name = forms.CharField(
        max_length=40,
        required=False,
        label="Display name",
        help_text="What others see. Without one they see your username.",
        widget=forms.TextInput(attrs={"autocomplete": "nickname"}),
    )


class AvatarForm(ChatForm):
    avatar = forms.FileField(
        label="Image file",
        help_text="PNG, JPEG, WebP or GIF, up to 2 MB. It is cut to a square.",
        widget=forms.FileInput(
            attrs={"accept": ",".join(f"image/{one.lower()}" for one in uploads.FORMATS)}
        ),
        error_messages={"required": "Choose a picture first."},
    )


class SetupForm(ChatForm):
    username = forms.CharField(
        max_length=32,
        label="Username",
        help_text="2 to 32 of a-z, 0-9 and _.",
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    password1 = forms.CharField(
        label="Password",
        strip=False,
        help_text=STRONG,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    password2 = forms.CharField(
        label="Password again",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("password1") != data.get("password2"):
            self.add_error("password2", "The two passwords are not the same.")
        return data

    def refuse(self, error: ChatError) -> None:
        self.add_error(None, error.detail)


class Plain:
    """allauth's forms in our words: labels above the fields, no placeholders inside."""

    fields: dict[str, forms.Field]
    labels = {
        "username": "Username",
        "login": "Username or email",
        "email": "Email",
        "password": "Password",
        "oldpassword": "Current password",
        "password1": "Password",
        "password2": "Password again",
    }
    helps: dict[str, str] = {}

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


class SignUpForm(Plain, allauth.SignupForm):  # type: ignore[misc]
    helps = {
        "username": "2 to 32 of a-z, 0-9 and _. It can't be changed later.",
        "email": "Used only to reset a forgotten password.",
        "password1": STRONG,
    }


class ChangePasswordForm(Plain, allauth.ChangePasswordForm):  # type: ignore[misc]
    labels = {**Plain.labels, "password1": "New password", "password2": "New password again"}
    helps = {"password1": STRONG}


class SetPasswordForm(Plain, allauth.SetPasswordForm):  # type: ignore[misc]
    helps = {"password1": STRONG}


class ResetPasswordForm(Plain, allauth.ResetPasswordForm):  # type: ignore[misc]
    pass


class ResetPasswordKeyForm(Plain, allauth.ResetPasswordKeyForm):  # type: ignore[misc]
    labels = {**Plain.labels, "password1": "New password", "password2": "New password again"}
    helps = {"password1": STRONG}
