"""The first account, sessions on sockets, and what ends them."""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple
from urllib.parse import urlencode

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from rooms import arriving, protocol, sanctions
from rooms.actions import arrivals, audit, people
from rooms.actions.sight import Whereabouts
from rooms.broadcast import envelope, publish_on_commit, user_group
from rooms.envelopes import Envelope, Subject
from rooms.errors import Forbidden, Invalid, NotFound
from rooms.models import Installation, User
from rooms.policy import anew, require_admin
from rooms.protocol import Close
from rooms.sanctions import Sanctioned
from rooms.statements import marks, select

SWEEP_CHUNK = 500  # ids in one statement; SQLite's limit on variables was 999 for long
SIGNED_OUT = gettext_noop("You signed out.")
BANNED = gettext_noop("You were banned from this site.")
RECONNECT = 1000  # a normal closure, after which a client comes back


@dataclass(frozen=True, slots=True)
class Arrival:
    """Whom a socket belongs to, and what it is told first. `session` names the session without
    giving its key away; who is banned isn't told anything but `ban`. `told` are the memberships
    that the welcome tells of, unless it tells of all."""

    user: User
    session_key: str
    session: str
    group: str
    ban: Sanctioned | None
    welcome: protocol.Welcome
    rooms: list[Whereabouts]
    told: frozenset[int]


def arrive(session_key: str | None) -> Arrival | None:
    """Everything that a new socket needs, in one trip to the database; None when not signed in.

    Read-only: a socket can't set a cookie, so it must never flush or cycle a session, as
    `channels.auth` does after a change of SECRET_KEY.
    """
    user = session_user(session_key) if session_key else None
    if user is None or session_key is None:
        return None
    arrived = arrivals.arrival(user=user)
    return Arrival(
        user=user,
        session_key=session_key,
        session=session_hash(session_key),
        group=user_group(user.pk),
        ban=sanctions.ban(user.pk),
        welcome=arrived.welcome,
        rooms=arrived.whereabouts,
        told=arrived.told,
    )


class Farewell(NamedTuple):
    """What the sockets of a session that is over are told."""

    why: protocol.Ending
    reason: str
    code: int = Close.SIGNED_OUT

    def order(self, **whose: Any) -> dict[str, Any]:
        """To close them: of one `session`, or all but those to `keep`."""
        return {"op": "end", "code": self.code, "why": self.why, "reason": self.reason, **whose}


EXPIRED = Farewell("expired", gettext_noop("Your session has ended. Sign in again."))
DEACTIVATED = Farewell("deactivated", gettext_noop("This account was deactivated."))
DELETED = Farewell("deactivated", gettext_noop("This account was deleted."))
LEFT = Farewell("signed_out", SIGNED_OUT)
REVOKED = Farewell("signed_out", gettext_noop("You were logged out from another device."))
NEW_PASSWORD = Farewell("password", gettext_noop("Your password was changed."))


def expired(sockets: Iterable[tuple[str, int]]) -> dict[str, Farewell]:
    """Which of these sessions, by key and user, give no right to a socket any more, and why. In a
    number of queries that grows with hundreds, not with each."""
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
    """The keys of those sessions that give no right to a socket now: signed out, of another
    password, of a closed account, or of somebody who is banned from the site."""
    found = {key: session_user(key) for key, _ in sockets}
    return {key for key, user in found.items() if user is None or sanctions.ban(user.pk)}


def prune_sessions() -> None:
    """Delete those that have expired. Uses index: django_session_expire_date."""
    Session.objects.filter(expire_date__lt=timezone.now()).delete()


def _living(keys: Sequence[str]) -> set[str]:
    """Those of sessions that have not expired."""
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    rows = select(
        "SELECT session_key FROM django_session"  # noqa: S608  only marks are added
        f" WHERE expire_date > %s AND session_key IN ({marks(keys)})",
        [now, *keys],
    )
    return {key for (key,) in rows}


def _active(users: Sequence[int]) -> set[int]:
    """The ids of those who may use their account."""
    rows = select(
        "SELECT id FROM rooms_user"  # noqa: S608  only marks are added
        f" WHERE is_active AND id IN ({marks(users)})",
        users,
    )
    return {pk for (pk,) in rows}


def site_ban(user: User) -> str | None:
    """Why somebody is banned from the whole site; None for who isn't."""
    ban = sanctions.ban(user.pk)
    return None if ban is None else ban.reason or gettext_noop("You are banned from this site.")


def session_user(session_key: str) -> User | None:
    """Whose session this is, by the rules of `django.contrib.auth.get_user`."""
    session = arriving.session(session_key)
    user = arriving.person(session[SESSION_KEY]) if SESSION_KEY in session else None
    if user is None:
        return None
    claimed = session.get(HASH_SESSION_KEY, "")
    hashes = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    return user if any(constant_time_compare(claimed, one) for one in hashes) else None


def session_hash(session_key: str) -> str:
    """Names a session on the channel layer without giving it away."""
    return hashlib.sha256(session_key.encode()).hexdigest()[:32]


def end_session(*, user: User, session_key: str, farewell: Farewell = LEFT) -> None:
    """Close the sockets of one session."""
    order = farewell.order(session=session_hash(session_key))
    publish_on_commit(_ending(user, order))


def end_sessions(*, user: User, farewell: Farewell) -> None:
    """Sign somebody out everywhere: an account that is let in again later, or that gets its former
    password back, finds none of the sessions that it had."""
    _forget_sessions(user, {})
    publish_on_commit(_ending(user, farewell.order()))


def end_sockets(*, user: User, farewell: Farewell) -> None:
    """Close somebody's sockets everywhere; their sessions are for those who ask."""
    publish_on_commit(_ending(user, farewell.order()))


def end_other_sessions(*, user: User, former: str | None, current: str | None) -> None:
    """After a change of password: sign out everywhere but in the browser that made it.

    Its session goes on under the key `current`, so its sockets, known by the `former` one, are
    closed too, but in a way that makes them come back: logging out has to find them by the key
    they have. Anyone who came back, or reloaded the page, before another worker heard of this
    stays.
    """
    kept = {former, current}
    _forget_sessions(user, kept)
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


def _ending(user: User, order: dict[str, Any]) -> Envelope:
    """Read late, it counts only for sockets that have no right to be there by then."""
    whose = f"{order['code']}:{order.get('session', '')}"
    about = Subject("session", user=user.pk, key=whose)
    return envelope(user_group(user.pk), order=order, about=about)


def _forget_sessions(user: User, kept: Collection[str | None]) -> None:
    """Those that somebody can see. Others, of before there was a list, end with the password."""
    rows = UserSession.objects.filter(user=user).exclude(session_key__in=filter(None, kept))
    Session.objects.filter(session_key__in=rows.values("session_key")).delete()
    rows.delete()


def set_active(*, actor: User, user: User, active: bool) -> None:
    """Deactivate an account, or let it in again. Its messages stay."""
    actor = anew(actor)
    staff = user.is_staff or user.is_superuser
    if not actor.moderates_site or (staff and not actor.is_superuser):
        raise Forbidden(_("This account can't do that."))
    if user.pk == actor.pk and not active:
        raise Invalid(_("Nobody can deactivate themselves."))
    if user.is_erased:
        raise Invalid(_("This account was deleted by who had it."))
    with transaction.atomic():
        if User.objects.filter(pk=user.pk, is_active=not active).update(is_active=active):
            action = "user.activated" if active else "user.deactivated"
            before, after = ("inactive", "active") if active else ("active", "inactive")
            audit.record(action, actor=actor, user=user, before=before, after=after)
            people.announce(User.objects.get(pk=user.pk))
            if not active:
                end_sessions(user=user, farewell=DEACTIVATED)


def remove_factors(*, actor: User, user: User) -> None:
    """Let somebody who has lost their phone or passkey in by the password alone. Whoever does it
    has made sure that it is them."""
    require_admin(actor)
    with transaction.atomic():
        if Authenticator.objects.filter(user=user).delete()[0]:
            audit.record("user.factors_removed", actor=actor, user=user)


def setup_link(base_url: str) -> str | None:
    """The address that makes the first account; None once there is one."""
    if User.objects.exists():
        return None
    return f"{base_url}/setup/?{urlencode({'token': _setup_token()})}"


def check_setup_token(token: str) -> None:
    """Raises NotFound unless the site has no account and the token is this site's."""
    if User.objects.exists() or not constant_time_compare(token, _setup_token()):
        raise NotFound(_("This link is used up: the site has its first account."))


def create_owner(*, token: str, username: str, password: str) -> User:
    """The first account, with every right. Two at once can't both have it."""
    with transaction.atomic():
        Installation.objects.select_for_update().get_or_create(pk=1)
        check_setup_token(token)
        user = User(username=User.normalize_username(username), is_staff=True, is_superuser=True)
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
    # Nothing to store and nothing to clean up: it is void as soon as somebody has an account.
    return salted_hmac("rooms.setup", Installation.current().epoch).hexdigest()
