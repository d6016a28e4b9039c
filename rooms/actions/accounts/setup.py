"""Create the first account of a new site."""

from urllib.parse import urlencode

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext_lazy as _

from rooms.actions import audit
from rooms.errors import Invalid, NotFound
from rooms.models import Installation, User


def setup_link(base_url: str) -> str | None:
    """Return the address for creating the first account, or None once there is an account."""
    if User.objects.exists():
        return None
    return f"{base_url}/setup/?{urlencode({'token': _setup_token()})}"


def check_setup_token(token: str) -> None:
    """Raise NotFound if the site has an account, or the token isn't this site's."""
    if User.objects.exists() or not constant_time_compare(token, _setup_token()):
        raise NotFound(_("This link no longer works: the site already has an account."))


def create_owner(
    *, token: str, username: str, password: str, email: str = "", language: str = ""
) -> User:
    """Create the first account, a superuser. Of two simultaneous attempts only one succeeds."""
    with transaction.atomic():
        Installation.objects.select_for_update().get_or_create(pk=1)
        check_setup_token(token)
        user = User(
            username=User.normalize_username(username),
            email=email,
            language=language,
            is_staff=True,
            is_superuser=True,
        )
        try:
            user.full_clean(exclude=["password"])
            validate_password(password, user)
        except ValidationError as error:
            raise Invalid(" ".join(error.messages)) from error
        user.set_password(password)
        user.save()
        audit.record("user.owner", actor=user, user=user)
    return user


def _setup_token() -> str:
    # Derived, so there is nothing to store or clean up: it is void once there is an account.
    return salted_hmac("rooms.setup", Installation.current().epoch).hexdigest()
