"""How accounts behave here, told to allauth: who may sign up and log in, and under which name."""

import threading
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from rooms import address, languages, names
from rooms.actions import accounts, memberships
from rooms.errors import ChatError, NotFound
from rooms.models import Invite, User

# In the session: the token of the invitation that somebody followed, and after signing up with
# it the address of the room.
INVITE = "invite"
INVITED_TO = "invited_to"

# What is told by mail, since whoever did it may not be who owns the account; by allauth's names.
NOTICES = {
    "password_changed": _("Your password was changed."),
    "password_reset": _("Your password was reset."),
    "password_set": _("Your account has a password now."),
    "email_changed": _("Your email address was changed from %(from_email)s to %(to_email)s."),
    "totp_activated": _("An authenticator app was set up for your account."),
    "totp_deactivated": _("The authenticator app of your account was turned off."),
    "webauthn_added": _("A passkey was added to your account."),
    "webauthn_removed": _("A passkey was removed from your account."),
    "recovery_codes_generated": _("New recovery codes were made for your account."),
    "account_connected": _("An account of another site was connected to yours."),
    "account_disconnected": _("The account of another site was disconnected from yours."),
    "email_deleted": _("Your email address %(deleted_email)s was removed."),
}

# A hash costs half a second of one core; a crowd at the log-in page must not starve the sockets.
_hashing = threading.BoundedSemaphore(2)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Signing up, then logging in, then where either leads."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": _("That name and password don't belong together."),
        "email_password_mismatch": _(
            "That address and password don't belong together. Until an address is confirmed, log "
            "in with your username."
        ),
        "too_many_login_attempts": _(
            "Too many wrong passwords. Wait five minutes, then try again."
        ),
        "enter_current_password": _("That is not your current password."),
        "username_taken": _("That username is taken. Choose another."),
        "duplicate_email": _("That is your address already."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Not before the first account: it is the owner's, by the set-up link, which a stranger's
        would make void."""
        if not User.objects.exists():
            return False
        if settings.SIGNUP == "invite":
            return invite_of(request) is not None
        return bool(settings.SIGNUP == "open")

    def clean_username(self, username: str, shallow: bool = False) -> str:
        try:
            username = names.clean_new_username(username.strip().lower())
        except ChatError as error:
            raise ValidationError(error.detail) from error
        return str(super().clean_username(username, shallow))

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        """An invitation that led here is used at once, in the same transaction: the last use of
        it makes one account, not two."""
        token = request.session.get(INVITE)
        with _hashing:  # before the transaction: SQLite's one write lock can't wait for a hash
            super().save_user(request, user, form, commit=False)
        user.language = languages.cookie_of(request.COOKIES)  # chosen on the way here
        with transaction.atomic():
            if commit:
                self._insert(request, user)
            if token:
                self._accept_invite(request, user, token)
        return user

    def _insert(self, request: HttpRequest, user: User) -> None:
        try:
            with transaction.atomic():
                user.save()
        except IntegrityError:
            # Somebody took the name since the form was looked at.
            messages.error(request, str(self.error_messages["username_taken"]))
            raise ImmediateHttpResponse(redirect(request.path)) from None

    def _accept_invite(self, request: HttpRequest, user: User, token: str) -> None:
        try:
            room = memberships.accept_invite(actor=user, token=token)
        except NotFound:
            del request.session[INVITE]
            if settings.SIGNUP == "invite":
                raise ImmediateHttpResponse(redirect("account_signup")) from None
            return
        user.invited = True
        user.save(update_fields=["invited"])
        del request.session[INVITE]
        if room is not None:
            request.session[INVITED_TO] = reverse("room", args=[room.slug])

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """Refuses only after the password was right: nobody else learns of a ban."""
        with _hashing:
            user: User | None = super().authenticate(request, **credentials)
        if user is None:
            return None
        if not user.is_active:
            raise ValidationError(
                _("This account was deactivated. Ask the people who run the site.")
            )
        reason = accounts.site_ban(user)
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
        return reverse("profile")

    def send_notification_mail(
        self,
        template_prefix: str,
        user: User,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """To an address that is confirmed, or was until this very change, in the language of whose
        account it is."""
        known = EmailAddress.objects.get_verified(user)
        if email is None and known is None:
            return
        with translation.override(user.language or translation.get_language()):
            notice = NOTICES[template_prefix.rpartition("/")[2]] % (context or {})
            super().send_notification_mail(
                "account/email/notice", user, {"notice": notice}, email or known.email
            )

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        return address.canonical(super().get_email_confirmation_url(request, emailconfirmation))

    def get_reset_password_from_key_url(self, key: str) -> str:
        return address.canonical(super().get_reset_password_from_key_url(key))

    def render_mail(
        self, template_prefix: str, email: Any, context: dict[str, Any], headers: Any = None
    ) -> EmailMessage:
        """From the site, by its own name: whoever asks for a mail chooses the `Host` of it."""
        here = {"name": address.host(), "domain": address.host()}
        message: EmailMessage = super().render_mail(
            template_prefix, email, {**context, "current_site": here}, headers
        )
        return message

    def format_email_subject(self, subject: str) -> str:
        return f"[{address.host()}] {subject}"

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """By the site, wherever its workers listen. allauth's begins with the `Host`: another one
        would bring five more attempts."""
        login = credentials.get("email") or credentials.get("username") or ""
        return f"{settings.SITE_URL or settings.COOKIE_MARK}:{login.lower()}"

    def is_safe_url(self, url: str) -> bool:
        """This very host; allauth would also go to every host that the settings name."""
        request = context.request
        return url_has_allowed_host_and_scheme(
            url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
        )

    def is_ajax(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """The server has resolved TRUSTED_PROXIES already; no header can name another address."""
        return str(request.META.get("REMOTE_ADDR") or "unknown")


def invite_of(request: HttpRequest) -> Invite | None:
    """The usable invitation that this browser has followed."""
    token = request.session.get(INVITE)
    if not token:
        return None
    try:
        return memberships.find_invite(token=token)
    except ChatError:
        return None
