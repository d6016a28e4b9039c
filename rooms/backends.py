"""Who is who, for Django: allauth knows how people sign in, here is who they are."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.internal.userkit import get_user_by_username
from allauth.account.models import EmailAddress

from rooms import arriving
from rooms.models import User


class Accounts(AuthenticationBackend):  # type: ignore[misc]  # allauth has no types
    """Hashes one password for each attempt, whoever is asked for, and reads a person by a statement
    by hand, on each page."""

    def get_user(self, user_id: Any) -> User | None:
        return arriving.person(user_id)

    def _authenticate(self, request: Any, **credentials: Any) -> User | None:
        """One account at most: allauth would try the password on everyone who claims an address,
        whether it is theirs or not."""
        login = str(credentials.get("username") or credentials.get("email") or "")
        user = owner_of(login) if "@" in login else get_user_by_username(login)
        found: User | None = self._check_password(user, str(credentials["password"]))
        return found


def owner_of(address: str) -> User | None:
    """Whose confirmed address this is. Uses index: unique_verified_email."""
    rows = EmailAddress.objects.filter(email=address.lower(), verified=True)
    row = rows.select_related("user").first()
    return row.user if row else None


def to_be_reset(address: str) -> User | None:
    """Who may choose a new password by a mail to this address: whoever confirmed it, else the one
    account that has it. Where several have it, it proves nothing about any of them."""
    address = address.lower()
    user = owner_of(address)
    if user is None:
        claimants = User.objects.filter(emailaddress__email=address)
        claimants = claimants.union(User.objects.filter(email__iexact=address))
        several = [*claimants[:2]]
        user = several[0] if len(several) == 1 else None
    return user if user is not None and user.is_active else None
