"""Accounts that another site knows, told to allauth: whose they are here."""

from typing import Any

from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from rooms import names
from rooms.errors import Invalid
from rooms.models import User


class OidcAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Whoever is new chooses a name, as who signs up here. An account here is theirs when they
    connected it, never because of an email address."""

    error_messages = {
        **DefaultSocialAccountAdapter.error_messages,
        "no_password": _("Set a password first: nothing else would log you in then."),
        "connected_other": _("The other account belongs to somebody else here."),
    }

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """An address counts as confirmed when the provider says exactly that: some send words."""
        for address in sociallogin.email_addresses:
            address.verified = address.verified is True

    def is_auto_signup_allowed(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False

    def populate_user(self, request: HttpRequest, sociallogin: Any, data: Any) -> AbstractBaseUser:
        """What the form proposes, if we accept such names."""
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
        """From the environment alone; a table of them would be asked on each page."""
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
