"""Who is who, for Django: allauth knows how people sign in, here is who they are from then on."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend

from rooms import arriving
from rooms.models import User


class Accounts(AuthenticationBackend):  # type: ignore[misc]  # allauth has no types
    """Reads a person by a statement by hand, on each page."""

    def get_user(self, user_id: Any) -> User | None:
        return arriving.person(user_id)
