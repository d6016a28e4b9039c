"""Sessions: listing them, ending them, and closing the sockets that go with them.

allauth keeps a row per log-in, with its browser and address. Django's own table decides whether
the session is still alive.
"""

import hashlib
from collections.abc import Collection
from itertools import islice
from typing import Any, NamedTuple

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from rooms.actions.notifications import subscriptions
from rooms.broadcast import envelope, publish_on_commit, user_group
from rooms.errors import NotFound
from rooms.fanout.envelopes import Envelope, Subject
from rooms.models import User
from rooms.protocol.codes import Close, Ending

SWEEP_CHUNK = 500  # ids in one statement; SQLite's limit on variables was 999 for long
RECONNECT = 1000  # a normal closure, after which a client comes back
BANNED = gettext_noop("You were banned from this site.")


class Farewell(NamedTuple):
    """What sockets are told when their session ends."""

    why: Ending
    reason: str
    code: int = Close.SIGNED_OUT

    def order(self, **whose: Any) -> dict[str, Any]:
        """Return the order to close sockets: those of one `session`, all but those to `keep`, or
        all of them."""
        return {"op": "end", "code": self.code, "why": self.why, "reason": self.reason, **whose}


EXPIRED = Farewell("expired", gettext_noop("Your session has ended. Sign in again."))
DEACTIVATED = Farewell("deactivated", gettext_noop("This account was deactivated."))
DELETED = Farewell("deactivated", gettext_noop("This account was deleted."))
LEFT = Farewell("signed_out", gettext_noop("You signed out."))
REVOKED = Farewell("signed_out", gettext_noop("You were logged out from another device."))
NEW_PASSWORD = Farewell("password", gettext_noop("Your password was changed."))


def session_hash(session_key: str) -> str:
    """Identify a session on the channel layer without revealing its key."""
    return hashlib.sha256(session_key.encode()).hexdigest()[:32]


def sessions_of(user: User) -> list[UserSession]:
    """Return a user's live sessions, the most recently used first."""
    return list(_living(UserSession.objects.filter(user=user)).order_by("-last_seen_at", "-pk"))


def revoke(*, actor: User, session_id: int) -> UserSession:
    """Log one of the actor's own sessions out, and close its sockets."""
    session = UserSession.objects.filter(user=actor, pk=session_id).first()
    if session is None:
        raise NotFound(_("There is no such session."))
    _revoke(actor, [session])
    return session


def revoke_others(*, actor: User, session_key: str | None) -> int:
    """Log out every session of the actor except the one with this key; return how many."""
    others = [one for one in sessions_of(actor) if one.session_key != session_key]
    _revoke(actor, others)
    return len(others)


def end_session(*, user: User, session_key: str, farewell: Farewell = LEFT) -> None:
    """Close the sockets of one session, and tell its browser nothing more by push."""
    subscriptions.end_of([session_key])
    order = farewell.order(session=session_hash(session_key))
    publish_on_commit(_ending(user, order))


def end_sessions(*, user: User, farewell: Farewell) -> None:
    """Sign a user out everywhere. The sessions are deleted, so none of them revives when the
    account is reactivated or gets its former password back."""
    subscriptions.end_all(user=user)
    _forget(user, {})
    publish_on_commit(_ending(user, farewell.order()))


def end_sockets(*, user: User, farewell: Farewell) -> None:
    """Close all of a user's sockets and tell them nothing more by push, but keep their sessions."""
    subscriptions.end_all(user=user)
    publish_on_commit(_ending(user, farewell.order()))


def end_other_sessions(*, user: User, former: str | None, current: str | None) -> None:
    """Sign out everywhere after a password change, except in the browser that made it.

    That browser's session has moved from the key `former` to `current`. Its sockets are closed with
    a code that makes them reconnect, so that a later log-out finds them by their new key. Sockets
    that reconnected before another worker heard of this stay open.
    """
    kept = {former, current}
    subscriptions.end_others(user=user, former=former, current=current)
    _forget(user, kept)
    order = NEW_PASSWORD.order(keep=[session_hash(key) for key in kept if key])
    publish_on_commit(_ending(user, order))
    if former:
        order = {
            "op": "end",
            "code": RECONNECT,
            "reason": "",
            "session": session_hash(former),
        }
        publish_on_commit(_ending(user, order))


def note_use(session_keys: Collection[str]) -> None:
    """Mark these sessions as just used, and forget those that have ended."""
    now = timezone.now()
    left = iter(sorted(session_keys))  # so that two processes never wait for each other
    while chunk := [*islice(left, SWEEP_CHUNK)]:
        UserSession.objects.filter(session_key__in=chunk).update(last_seen_at=now)
    # Uses index: django_session's primary key.
    UserSession.objects.exclude(Exists(_session_of())).delete()


def prune_sessions() -> None:
    """Delete expired sessions. Uses index: django_session_expire_date."""
    if Session.objects.filter(expire_date__lt=timezone.now()).delete()[0]:
        subscriptions.prune()


def _living(rows: QuerySet[UserSession]) -> QuerySet[UserSession]:
    return rows.filter(Exists(_session_of().filter(expire_date__gt=timezone.now())))


def _session_of() -> QuerySet[Session]:
    return Session.objects.filter(session_key=OuterRef("session_key"))


def _revoke(user: User, rows: Collection[UserSession]) -> None:
    keys = [row.session_key for row in rows]
    with transaction.atomic():
        Session.objects.filter(session_key__in=keys).delete()
        UserSession.objects.filter(pk__in=[row.pk for row in rows]).delete()
        for key in keys:
            end_session(user=user, session_key=key, farewell=REVOKED)


def _forget(user: User, kept: Collection[str | None]) -> None:
    """Delete the listed sessions. Older ones, from before the list, end with the password."""
    rows = UserSession.objects.filter(user=user).exclude(session_key__in=filter(None, kept))
    Session.objects.filter(session_key__in=rows.values("session_key")).delete()
    rows.delete()


def _ending(user: User, order: dict[str, Any]) -> Envelope:
    """Wrap an order to close sockets. Read late, it applies only to sockets whose session is over
    by then."""
    whose = f"{order['code']}:{order.get('session', '')}"
    about = Subject("session", user=user.pk, key=whose)
    return envelope(user_group(user.pk), order=order, about=about)
