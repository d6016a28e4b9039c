"""allauth's account adapter: who may sign up and log in, and under which names."""

import threading
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from rooms import letters
from rooms.accounts.notices import VALUES
from rooms.actions.accounts import arrivals, handshake
from rooms.actions.rooms import invites
from rooms.errors import ChatError, NotFound
from rooms.models import Invite, User
from rooms.queries import site
from rooms.text import languages, names

# Session keys: the token of the invitation that the browser followed, and after signing up with it
# the address of the room.
INVITE = "invite"
INVITED_TO = "invited_to"

# A password hash takes half a second of one core: a rush on the log-in page mustn't starve the
# sockets.
_hashing = threading.BoundedSemaphore(2)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Signing up, logging in, and where either leads."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": _(
            "Incorrect username or password. Check both and try again."
        ),
        "email_password_mismatch": _(
            "Incorrect email address or password. If you haven't confirmed the address yet, log "
            "in with your username."
        ),
        "too_many_login_attempts": _(
            "Too many failed attempts. Wait five minutes, then try again."
        ),
        "enter_current_password": _("That isn't your current password. Try again."),
        "username_taken": _("That username is taken. Choose another."),
        "duplicate_email": _("That's already your email address."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Not before the first account, which is the owner's: a stranger's would invalidate the
        set-up link."""
        if not User.objects.exists():
            return False
        signup = site.current().signup
        if signup == "invite":
            return invite_of(request) is not None
        return bool(signup == "open")

    def clean_username(self, username: str, shallow: bool = False) -> str:
        try:
            username = names.clean_new_username(username.strip().lower())
        except ChatError as error:
            raise ValidationError(error.detail) from error
        return str(super().clean_username(username, shallow))

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        """Save the user, let them into the rooms that everyone joins, and accept the invitation
        that led here, in one transaction, so that its last use creates one account, not two."""
        token = request.session.get(INVITE)
        with _hashing:  # outside the transaction: a hash mustn't hold SQLite's only write lock
            super().save_user(request, user, form, commit=False)
        user.language = languages.cookie_of(request.COOKIES)  # chosen before signing up
        with transaction.atomic():
            if commit:
                self._insert(request, user)
            self._arrive(request, user, token)
        return user

    def _insert(self, request: HttpRequest, user: User) -> None:
        try:
            with transaction.atomic():
                user.save()
        except IntegrityError:
            # Someone took the name after the form was validated.
            messages.error(request, str(self.error_messages["username_taken"]))
            raise ImmediateHttpResponse(redirect(request.path)) from None

    def _arrive(self, request: HttpRequest, user: User, token: str | None) -> None:
        try:
            room = arrivals.arrive(user=user, token=token)
        except NotFound:
            del request.session[INVITE]
            if site.current().signup == "invite":
                raise ImmediateHttpResponse(redirect("account_signup")) from None
            return
        if token:
            del request.session[INVITE]
        if room is not None:
            request.session[INVITED_TO] = reverse("room", args=[room.slug])

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """Check for bans only once the password was right: nobody else learns of them."""
        with _hashing:
            user: User | None = super().authenticate(request, **credentials)
        if user is None:
            return None
        if not user.is_active:
            raise ValidationError(_("This account is deactivated. Contact a site administrator."))
        reason = handshake.site_ban(user)
        if reason is not None:
            raise ValidationError(_("You can't log in. %(reason)s"), params={"reason": _(reason)})
        return user

    def set_password(self, user: User, password: str) -> None:
        with _hashing:
            super().set_password(user, password)

    def get_signup_redirect_url(self, request: HttpRequest) -> str:
        room: str | None = request.session.pop(INVITED_TO, None)
        return room or reverse("home")

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        token = request.session.get(INVITE)
        return reverse("invite", args=[token]) if token else reverse("home")

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("security")

    def send_notification_mail(
        self,
        template_prefix: str,
        user: User,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Send it to a confirmed address, or one that was until this very change, in the account's
        language."""
        known = EmailAddress.objects.get_verified(user)
        if email is None and known is None:
            return
        facts = {name: str(value) for name, value in (context or {}).items() if name in VALUES}
        facts["notice"] = template_prefix.rpartition("/")[2]
        facts["ip"] = self.get_client_ip(self.request)
        with translation.override(user.language or translation.get_language()):
            letters.post("account_changed", to=email or known.email, user=user.pk, facts=facts)

    def send_confirmation_mail(
        self, request: HttpRequest, emailconfirmation: Any, signup: bool
    ) -> None:
        row = emailconfirmation.email_address
        letters.post("confirm_address", to=row.email, user=row.user_id, address=row.pk)

    def send_password_reset_mail(self, user: User, email: str, context: dict[str, Any]) -> None:
        letters.post("reset_password", to=email, user=user.pk)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Only the one letter that is about no account gets here."""
        letters.post({"account/email/unknown_account": "no_account"}[template_prefix], to=email)

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """One key for the site, wherever its workers listen. allauth's begins with the `Host`, so
        another host would allow five more attempts."""
        login = credentials.get("email") or credentials.get("username") or ""
        return f"{settings.SITE_URL or settings.COOKIE_MARK}:{login.lower()}"

    def is_safe_url(self, url: str) -> bool:
        """Allow redirects to this host only; allauth would allow every host in the settings."""
        request = context.request
        return url_has_allowed_host_and_scheme(
            url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
        )

    def is_ajax(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """The server has applied TRUSTED_PROXIES already, so no header can fake an address."""
        return str(request.META.get("REMOTE_ADDR") or "unknown")


def invite_of(request: HttpRequest) -> Invite | None:
    """The valid invitation that this browser followed, if any."""
    token = request.session.get(INVITE)
    if not token:
        return None
    try:
        return invites.find_invite(token=token)
    except ChatError:
        return None
