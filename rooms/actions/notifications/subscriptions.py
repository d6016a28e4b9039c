"""The browsers that are told by push, and the site's key."""

import socket
from collections.abc import Collection

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms import ratelimit
from rooms.errors import Conflict, Invalid
from rooms.models import PushKey, PushSubscription, User
from rooms.outgoing import Refused, Unreachable, guard, parse, sealing

MOST = 20  # of one person, and as many that are gone; the oldest go

NO_SERVICE = _("That isn't the address of a push service.")
NO_KEYS = _("Those aren't the keys of a browser.")
GONE = _("The push service doesn't know this address any more. The browser needs a new one.")


def key() -> str:
    """Return the site's private key, which is made when it is first asked for. Of two processes
    that make one at the same time, the database keeps one."""
    found = _stored_key()
    if found is None:
        PushKey.objects.bulk_create(
            [PushKey(pk=1, private=sealing.new_key())], ignore_conflicts=True
        )
        found = _stored_key()
    assert found is not None  # noqa: S101  it was written just now, or by another process
    return found


def public_key() -> str:
    """Return what browsers subscribe with."""
    return sealing.public(key())


def subscribe(
    *, actor: User, session_key: str, endpoint: str, p256dh: str, auth: str
) -> PushSubscription:
    """Tell the actor by push in this browser, until its session ends. A browser that somebody else
    was told in is this person's from now on. Raises Conflict for an address that its push service
    has given up."""
    ratelimit.consume("push", actor.pk)
    service = _service(endpoint)
    try:
        sealing.check_keys(p256dh, auth)
    except ValueError as error:
        raise Invalid(NO_KEYS) from error
    digest = PushSubscription.digest_of(endpoint)
    if PushSubscription.objects.filter(digest=digest, gone_at__isnull=False).exists():
        raise Conflict(GONE)
    with transaction.atomic():
        subscription, _is_new = PushSubscription.objects.update_or_create(
            digest=digest,
            defaults={
                "user": actor,
                "session_key": session_key,
                "endpoint": endpoint,
                "service": service,
                "p256dh": p256dh,
                "auth": auth,
                "created_at": timezone.now(),
                "last_ok_at": None,
            },
        )
        for is_gone in (False, True):
            own = PushSubscription.objects.filter(user=actor, gone_at__isnull=not is_gone)
            kept = [*own.order_by("-created_at", "-pk").values_list("pk", flat=True)[:MOST]]
            own.exclude(pk__in=kept).delete()
    return subscription


def unsubscribe(*, actor: User, endpoint: str) -> None:
    """Tell the actor no longer in this browser. One that isn't theirs stays as it is."""
    ratelimit.consume("push", actor.pk)
    digest = PushSubscription.digest_of(endpoint)
    PushSubscription.objects.filter(user=actor, digest=digest).delete()


def end_all(*, user: User) -> None:
    PushSubscription.objects.filter(user=user).delete()


def end_of(session_keys: Collection[str]) -> None:
    """End those of sessions that have ended."""
    PushSubscription.objects.filter(session_key__in=session_keys).delete()


def end_others(*, user: User, former: str | None, current: str | None) -> None:
    """Keep those of the browser that changed the password, whose session has moved."""
    own = PushSubscription.objects.filter(user=user)
    own.exclude(session_key__in=filter(None, (former, current))).delete()
    if former and current:
        own.filter(session_key=former).update(session_key=current)


def prune() -> None:
    """Delete those whose session isn't there any more."""
    session = Session.objects.filter(session_key=OuterRef("session_key"))
    PushSubscription.objects.exclude(Exists(session)).delete()


def _stored_key() -> str | None:
    return PushKey.objects.filter(pk=1).values_list("private", flat=True).first()


def _service(endpoint: str) -> str:
    """Return the origin of a push service. Raises Invalid for an address that the site wouldn't
    connect to, as far as that can be said without asking a stranger's name server: what a name
    leads to is checked whenever the site connects."""
    try:
        url = parse(endpoint)
        if url.scheme == "http" and not settings.OUTGOING_ALLOW:
            raise Refused("without TLS")
        if url.scheme == "http" or _is_near(url.host):
            usual = 443 if url.scheme == "https" else 0
            guard.check(guard.look_up(url.host), url.port, settings.OUTGOING_ALLOW, usual)
    except (Refused, Unreachable) as error:
        raise Invalid(NO_SERVICE) from error
    return url.origin


def _is_near(host: str) -> bool:
    """Whether no name server is needed: it is an address, in any spelling that the system takes for
    one, or a name of this network."""
    if ":" in host or "." not in host:
        return True
    try:
        return bool(socket.inet_aton(host))
    except OSError:
        return False
