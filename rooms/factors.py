"""Second factors, told to allauth: what an authenticator app and a passkey are called."""

from typing import Any

from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from rooms import browsers
from rooms.models import User

# Recovery codes are what is left when these are lost; alone they protect nothing.
FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


def has_factor(user: User) -> bool:
    """Whether a password alone doesn't let them in."""
    return bool(is_mfa_enabled(user, FACTORS))


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("That code is not right. Codes change every half minute."),
    }

    def get_totp_issuer(self) -> str:
        return settings.SITE_NAME

    def _get_site_name(self) -> str:
        return settings.SITE_NAME

    def _get_user_identifier(self, user: Any) -> str:
        return str(user.username)

    def generate_authenticator_name(self, user: Any, type: Any) -> str:
        """Of the browser that makes it; the person may call it what they like."""
        browser, system = browsers.names(context.request.headers.get("User-Agent", ""))
        return system or browser or str(_("Passkey"))
