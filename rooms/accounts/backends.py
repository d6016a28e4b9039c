"""The authentication backend, and which account an email address belongs to."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.internal.userkit import get_user_by_username
from allauth.account.models import EmailAddress

from rooms.models import User
from rooms.queries import visitor


class Accounts(AuthenticationBackend):  # type: ignore[misc]  # allauth has no types
    """Hashes exactly one password per attempt, whether the account exists or not, and loads each
    page's user with a hand-written statement."""

    def get_user(self, user_id: Any) -> User | None:
        return visitor.person(user_id)

    def _authenticate(self, request: Any, **credentials: Any) -> User | None:
        """Try one account at most: allauth would try the password on every account that claims an
        address, confirmed or not."""
        login = str(credentials.get("username") or credentials.get("email") or "")
        user = owner_of(login) if "@" in login else get_user_by_username(login)
        found: User | None = self._check_password(user, str(credentials["password"]))
        return found


def owner_of(address: str) -> User | None:
    """The user who confirmed this address. Uses index: unique_verified_email."""
    rows = EmailAddress.objects.filter(email=address.lower(), verified=True)
    row = rows.select_related("user").first()
    return row.user if row else None


def to_be_reset(address: str) -> User | None:
    """The user who may reset their password by a mail to this address: the one who confirmed it, or
    else the only one who has it. If several have it, it proves nothing about any of them."""
    address = address.lower()
    user = owner_of(address)
    if user is None:
        claimants = User.objects.filter(emailaddress__email=address)
        claimants = claimants.union(User.objects.filter(email__iexact=address))
        several = [*claimants[:2]]
        user = several[0] if len(several) == 1 else None
    return user if user is not None and user.is_active else None
