"""Test my notifications: what stands between a message and this browser, hop by hop. A push goes
the way that any other goes: through a job."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from rooms import address, ratelimit
from rooms.actions.notifications import missed, pushing, subscriptions
from rooms.actions.notifications.pushing import Sending
from rooms.models import PushSubscription, User
from rooms.policy import quiet
from rooms.queries import site
from rooms.queries.jobs import Work, enqueue

KEPT_SECONDS = 120


class PushTest(Work, frozen=True):
    """Send a push to this browser, and keep what the service answers. `mark` names the test."""

    kind: ClassVar[str] = "push.test"
    subscription: int
    mark: str


@dataclass(frozen=True, slots=True)
class Hops:
    """What the site can say at once. `mail` is empty if this person is mailed, else why not."""

    is_known: bool
    quiet: datetime | None
    mail: str
    mark: str


def begin(*, actor: User, endpoint: str) -> Hops:
    """Send a push to the actor's own browser, and say what else would keep a message from them."""
    ratelimit.consume("push.test", actor.pk)
    digest = PushSubscription.digest_of(endpoint)
    found = PushSubscription.objects.filter(user=actor, digest=digest, gone_at=None).first()
    mark = secrets.token_urlsafe(16)
    if found is not None:
        enqueue(PushTest(subscription=found.pk, mark=mark))
    return Hops(found is not None, quiet.quiet_until(actor, timezone.now()), _mail(actor), mark)


def sending(work: PushTest) -> tuple[str, Sending] | None:
    """Write the push, in the person's language; return the service, too."""
    found = PushSubscription.objects.filter(pk=work.subscription).select_related("user").first()
    if found is None:
        return None
    here = site.current()
    with translation.override(site.language_of(found.user.language)):
        text = pushing.declarative(
            title=here.name,
            body=_("Notifications reach this browser."),
            navigate=address.canonical(reverse("home")),
            tag=f"test:{work.mark}",
            badge=None,
        )
    return found.service, pushing.sending(
        found, text, key=subscriptions.key(), topic=work.mark[:32], urgent=True
    )


def note(mark: str, outcome: str, status: int) -> None:
    """Store the outcome under this mark, for the page that asks."""
    cache.set(f"push.test:{mark}", [outcome, status], KEPT_SECONDS)


def outcome(*, mark: str) -> tuple[str, int] | None:
    """Return how it went and what the service answered (0: nothing); None if it isn't known yet."""
    found = cache.get(f"push.test:{mark}")
    return None if found is None else (str(found[0]), int(found[1]))


def _mail(actor: User) -> str:
    if not missed.mails():
        return "site"
    if not EmailAddress.objects.filter(user=actor, verified=True).exists():
        return "address"
    return "" if actor.mail_missed in missed.WAITS else "choice"
