"""What a new socket needs from the database, and which open sockets must close."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.db import connection
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_noop

from rooms.actions.accounts.sessions import (
    DEACTIVATED,
    EXPIRED,
    SWEEP_CHUNK,
    Farewell,
    session_hash,
)
from rooms.actions.accounts.welcome import greet
from rooms.actions.rooms.lookup import Whereabouts
from rooms.broadcast import user_group
from rooms.models import User
from rooms.policy import sanctions
from rooms.policy.sanctions import Sanctioned
from rooms.protocol import events
from rooms.queries import visitor
from rooms.storage.sql import marks, select


@dataclass(frozen=True, slots=True)
class Arrival:
    """The owner of a new socket, and what it is told first.

    `session` identifies the session without revealing its key. A banned user is told only about
    `ban`. `told` holds the memberships listed in the welcome; it is empty when the welcome lists
    all of them.
    """

    user: User
    session_key: str
    session: str
    group: str
    ban: Sanctioned | None
    welcome: events.Welcome
    rooms: list[Whereabouts]
    told: frozenset[int]


def arrive(session_key: str | None) -> Arrival | None:
    """Load everything a new socket needs, in one trip to the database; None if not signed in.

    Read-only: a socket can't set a cookie, so it must never flush or cycle a session, as
    `channels.auth` does after a change of SECRET_KEY.
    """
    user = session_user(session_key) if session_key else None
    if user is None or session_key is None:
        return None
    greeting = greet(user=user)
    return Arrival(
        user=user,
        session_key=session_key,
        session=session_hash(session_key),
        group=user_group(user.pk),
        ban=sanctions.ban(user.pk),
        welcome=greeting.welcome,
        rooms=greeting.whereabouts,
        told=greeting.told,
    )


def expired(sockets: Iterable[tuple[str, int]]) -> dict[str, Farewell]:
    """Find the sessions, given by key and user, that have expired or whose account is inactive.

    Takes a few queries per SWEEP_CHUNK sockets, not per socket.
    """
    ended: dict[str, Farewell] = {}
    left = iter(sockets)
    while chunk := [*islice(left, SWEEP_CHUNK)]:
        known = _living([*{key for key, _ in chunk}])
        active = _active([*{user for _, user in chunk}])
        for key, user in chunk:
            if key not in known:
                ended[key] = EXPIRED
            elif user not in active:
                ended[key] = DEACTIVATED
    return ended


def dismissed(sockets: Iterable[tuple[str, int]]) -> set[str]:
    """Return the keys of sessions that no longer entitle anyone to a socket: signed out, from
    before a password change, of an inactive account, or of a user banned from the site."""
    found = {key: session_user(key) for key, _ in sockets}
    return {key for key, user in found.items() if user is None or sanctions.ban(user.pk)}


def site_ban(user: User) -> str | None:
    """Return the reason why a user is banned from the site, or None if they aren't."""
    ban = sanctions.ban(user.pk)
    return None if ban is None else ban.reason or gettext_noop("You are banned from this site.")


def session_user(session_key: str) -> User | None:
    """Return the session's user, by the rules of `django.contrib.auth.get_user`."""
    session = visitor.session(session_key)
    user = visitor.person(session[SESSION_KEY]) if SESSION_KEY in session else None
    if user is None:
        return None
    claimed = session.get(HASH_SESSION_KEY, "")
    hashes = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    return user if any(constant_time_compare(claimed, one) for one in hashes) else None


def _living(keys: Sequence[str]) -> set[str]:
    """Return the keys of sessions that haven't expired."""
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    rows = select(
        "SELECT session_key FROM django_session"  # noqa: S608  only marks are added
        f" WHERE expire_date > %s AND session_key IN ({marks(keys)})",
        [now, *keys],
    )
    return {key for (key,) in rows}


def _active(users: Sequence[int]) -> set[int]:
    """Return the ids of active accounts."""
    rows = select(
        "SELECT id FROM rooms_user"  # noqa: S608  only marks are added
        f" WHERE is_active AND id IN ({marks(users)})",
        users,
    )
    return {pk for (pk,) in rows}
