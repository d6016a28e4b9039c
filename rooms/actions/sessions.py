"""Where somebody is signed in, as they see it, and signing out elsewhere.

allauth keeps a row for each log-in, with the browser and the address that it came from. Whether
the session still lives is for Django's own table to say.
"""

from collections.abc import Collection
from itertools import islice

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms.actions import accounts
from rooms.errors import NotFound
from rooms.models import User


def sessions_of(user: User) -> list[UserSession]:
    """Those that live, the one used last first."""
    return list(_living(UserSession.objects.filter(user=user)).order_by("-last_seen_at", "-pk"))


def revoke(*, actor: User, session_id: int) -> UserSession:
    """Log one of the actor's sessions out; its sockets are closed. Raises NotFound for others'."""
    session = UserSession.objects.filter(user=actor, pk=session_id).first()
    if session is None:
        raise NotFound(_("There is no such session."))
    _end(actor, [session])
    return session


def revoke_others(*, actor: User, session_key: str | None) -> int:
    """Log out everywhere but in the session of this key; how many that were."""
    others = [one for one in sessions_of(actor) if one.session_key != session_key]
    _end(actor, others)
    return len(others)


def note_use(session_keys: Collection[str]) -> None:
    """These sessions were used just now; and those that have ended are forgotten."""
    now = timezone.now()
    left = iter(sorted(session_keys))  # so that two processes never wait for each other
    while chunk := [*islice(left, accounts.SWEEP_CHUNK)]:
        UserSession.objects.filter(session_key__in=chunk).update(last_seen_at=now)
    # Uses index: django_session's primary key.
    UserSession.objects.exclude(Exists(_session_of())).delete()


def _living(rows: QuerySet[UserSession]) -> QuerySet[UserSession]:
    return rows.filter(Exists(_session_of().filter(expire_date__gt=timezone.now())))


def _session_of() -> QuerySet[Session]:
    return Session.objects.filter(session_key=OuterRef("session_key"))


def _end(user: User, rows: Collection[UserSession]) -> None:
    keys = [row.session_key for row in rows]
    with transaction.atomic():
        Session.objects.filter(session_key__in=keys).delete()
        UserSession.objects.filter(pk__in=[row.pk for row in rows]).delete()
        for key in keys:
            accounts.end_session(user=user, session_key=key, farewell=accounts.REVOKED)
