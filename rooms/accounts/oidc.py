"""allauth's social account adapter: whose account here belongs to an OpenID Connect identity."""

from typing import Any

from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from rooms.errors import Invalid
from rooms.models import User
from rooms.text import names


class OidcAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Newcomers choose a username, like anyone who signs up. An existing account is theirs only if
    they connected it, never because of an email address."""

    error_messages = {
        **DefaultSocialAccountAdapter.error_messages,
        "no_password": _("Set a password first. Otherwise you'd have no way to log in."),
        "connected_other": _("That account is already connected to someone else here."),
    }

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Take an address as confirmed only if the provider sends `true`: some send strings."""
        for address in sociallogin.email_addresses:
            address.verified = address.verified is True

    def is_auto_signup_allowed(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False

    def populate_user(self, request: HttpRequest, sociallogin: Any, data: Any) -> AbstractBaseUser:
        """Prefill the form, with names that are acceptable here."""
        user: User = sociallogin.user
        name = str(data.get("username") or "").lower()
        user.username = _accepted(names.clean_new_username, name)
        user.display_name = _accepted(names.clean_own_name, str(data.get("name") or ""))
        user.email = str(data.get("email") or "")[:254]
        return user

    def save_user(self, request: HttpRequest, sociallogin: Any, form: Any = None) -> Any:
        with transaction.atomic():
            return super().save_user(request, sociallogin, form)

    def list_apps(
        self, request: HttpRequest, provider: Any = None, client_id: Any = None
    ) -> list[SocialApp]:
        """Read apps from the settings only; the table would be queried on every page."""
        providers: dict[str, Any] = settings.SOCIALACCOUNT_PROVIDERS
        return [
            SocialApp(provider=kind, **app)
            for kind, known in providers.items()
            for app in known["APPS"]
            if provider in (None, kind, app["provider_id"])
            and client_id in (None, app["client_id"])
        ]


def _accepted(clean: Any, name: str) -> str:
    try:
        return str(clean(name.strip()))
    except Invalid:
        return ""
