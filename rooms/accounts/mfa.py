"""allauth's MFA adapter: which second factors there are, and what they are called."""

from typing import Any

from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.utils.translation import gettext_lazy as _

from rooms.accounts import user_agents
from rooms.models import User
from rooms.queries import site

# Recovery codes are a fallback for when these are lost; on their own they protect nothing.
FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


def has_factor(user: User) -> bool:
    """Whether the user needs more than a password to log in."""
    return bool(is_mfa_enabled(user, FACTORS))


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _(
            "Incorrect code. Enter the one your app shows now; it changes every 30 seconds."
        ),
    }

    def get_totp_issuer(self) -> str:
        return site.current().name

    def _get_site_name(self) -> str:
        return site.current().name

    def _get_user_identifier(self, user: Any) -> str:
        return str(user.username)

    def generate_authenticator_name(self, user: Any, type: Any) -> str:
        """Name a passkey after the browser that creates it; the user may change the name."""
        browser, system = user_agents.names(context.request.headers.get("User-Agent", ""))
        return system or browser or str(_("Passkey"))
