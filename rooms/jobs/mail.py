"""Mails are sent one by one. What each says, and its link, is found out only then."""

import math
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from allauth.account import app_settings as allauth
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import timezone, translation

from rooms import address, letters
from rooms.accounts.backends import to_be_reset
from rooms.accounts.notices import NOTICES
from rooms.actions.site import inviting
from rooms.jobs import mail_server
from rooms.jobs.kinds import Attempt, Hopeless
from rooms.letters import Letter
from rooms.models import User
from rooms.queries import site as sites
from rooms.storage.threads import in_change_thread

DAY = 24 * 3600.0

Context = dict[str, Any]


async def deliver(work: Letter, attempt: Attempt) -> None:
    """Twice is once for mail programs that know a mail by its Message-ID. Its link is worth as much
    the second time."""
    message = await in_change_thread(composed)(work)
    if message is not None:
        await mail_server.hand_over(message)


def composed(letter: Letter) -> EmailMessage | None:
    """Write a letter, or return None if there is nothing left to say. Raises Hopeless when what it
    holds would have expired, had it been sent when it was asked for."""
    about, lasts = LETTERS[letter.template]
    if letter.asked_at + lasts < time.time():
        raise Hopeless("It is too late for it")
    with translation.override(letter.language):
        context = about(letter)
        if context is None:
            return None
        headers = {"Message-ID": message_id(letter.seal)}
        return letters.letter(letter.template, to=letter.to, context=context, headers=headers)


def message_id(seal: str) -> str:
    """The name of a mail among all mails of the world."""
    return f"<{seal}@{urlsplit(address.origin()).hostname}>"


def _reset_password(letter: Letter) -> Context | None:
    user = to_be_reset(letter.to)
    if user is None or user.pk != letter.user:
        return None
    token = allauth.PASSWORD_RESET_TOKEN_GENERATOR().make_token(user)
    names = {"uidb36": user_pk_to_url_str(user), "key": token}
    path = reverse("account_reset_password_from_key", kwargs=names)
    return {"username": user.username, "url": address.canonical(path)}


def _confirm_address(letter: Letter) -> Context | None:
    rows = EmailAddress.objects.filter(pk=letter.address or 0, email=letter.to, verified=False)
    row = rows.select_related("user").first()
    if row is None:
        return None
    path = reverse("account_confirm_email", args=[EmailConfirmationHMAC(row).key])
    return {"username": row.user.username, "url": address.canonical(path)}


def _account_changed(letter: Letter) -> Context | None:
    user = User.objects.filter(pk=letter.user or 0).first()
    if user is None or user.is_erased:
        return None
    return {
        "username": user.username,
        "notice": NOTICES[letter.facts["notice"]] % letter.facts,
        "ip": letter.facts["ip"],
        "url": address.canonical(reverse("account_reset_password")),
    }


def _no_account(letter: Letter) -> Context:
    return {"email": letter.to}


def _invitation(letter: Letter) -> Context | None:
    found = inviting.mailed(invite=letter.invite or 0, seal=letter.seal)
    if found is None:
        return None
    invite, token = found
    left = (invite.expires_at or timezone.now()) - timezone.now()
    return {
        "person": invite.created_by.name,
        "site": sites.current().name,
        "url": letter.facts["origin"] + reverse("invite", args=[token]),
        "days": math.ceil(left / timedelta(days=1)),
    }


# What each says, and for how many seconds it is worth anything.
LETTERS: dict[str, tuple[Callable[[Letter], Context | None], float]] = {
    "account_changed": (_account_changed, 14 * DAY),
    "confirm_address": (_confirm_address, allauth.EMAIL_CONFIRMATION_EXPIRE_DAYS * DAY),
    "invitation": (_invitation, inviting.DAYS * DAY),
    "no_account": (_no_account, settings.PASSWORD_RESET_TIMEOUT),
    "reset_password": (_reset_password, settings.PASSWORD_RESET_TIMEOUT),
}
