"""Bring late notices up to date before they are delivered."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from rooms import serializers
from rooms.actions.accounts import ignores, people, statuses
from rooms.actions.moderation import sanctions
from rooms.actions.notifications import keywords
from rooms.actions.rooms import levels, memberships
from rooms.actions.rooms import rooms as room_actions
from rooms.actions.screening import waiting
from rooms.actions.site import emoji, settings
from rooms.fanout.envelopes import Envelope, Subject
from rooms.models import Membership, Room, User
from rooms.policy.levels import Choice
from rooms.policy.standing import Standing
from rooms.protocol import codec


def renewed(late: Sequence[Envelope]) -> list[Envelope | None]:
    """Rewrite each notice by the current state; None where a newer notice supersedes it."""
    return [_renewed(one) for one in late]


def _renewed(late: Envelope) -> Envelope | None:
    renew = _RENEW.get(late.about.kind) if late.about else None
    fresh = renew(late, late.about) if renew and late.about else late
    return fresh and msgspec.structs.replace(fresh, notice=late.notice, about=late.about)


def _membership(late: Envelope, about: Subject) -> Envelope | None:
    user = User.objects.filter(pk=about.user).first()
    room = Room.objects.filter(pk=about.room).first()
    if user is None or room is None:
        return late
    standing = Standing.of(user, room)
    op = (late.order or {}).get("op")
    is_hidden = standing.membership is not None and standing.membership.is_hidden
    if op == "hide":
        return late if is_hidden else None
    was_added = op == "watch"
    if was_added != standing.is_member or (was_added and is_hidden):
        return None
    return memberships.added(standing) if was_added else late


def _member(late: Envelope, about: Subject) -> Envelope | None:
    event: dict[str, Any] = msgspec.json.decode(late.frame or b"{}")
    inside = Membership.objects.filter(room=about.room)
    membership = inside.with_people().filter(user=about.user).first()
    if (event.get("type") == "member.left") != (membership is None):
        return None
    if membership is not None:
        event["member"] = serializers.member(membership.user, membership.role)
    if "members" in event:
        event["members"] = inside.count()
    return msgspec.structs.replace(late, frame=codec.encode(event))


def _room(late: Envelope, about: Subject) -> Envelope | None:
    room = Room.objects.filter(pk=about.room).first()
    return room_actions.changed(room) if room else None


def _lobby(late: Envelope, about: Subject) -> Envelope | None:
    room = Room.objects.filter(pk=about.room).first()
    return next(iter(room_actions.lobby_changed(room)), None) if room else None


def _mute(late: Envelope, about: Subject) -> Envelope | None:
    room = Room.objects.get(pk=about.room) if about.room else None
    return sanctions.mute_changed(about.user, room)


def _ignored(late: Envelope, about: Subject) -> Envelope | None:
    user = User.objects.get(pk=about.user)
    return ignores.changed(user, ignores.ignored(user))


def _waiting(late: Envelope, about: Subject) -> Envelope | None:
    person = User.objects.get(pk=about.user)
    return waiting.changed(person, waiting.waiting())


def _emoji(_late: Envelope, _about: Subject) -> Envelope | None:
    return emoji.changed()


def _session(late: Envelope, about: Subject) -> Envelope | None:
    """Check each socket first: some may have connected since, with a session that is valid."""
    return msgspec.structs.replace(late, order={"op": "check", "then": late.order})


def _person(late: Envelope, about: Subject) -> Envelope | None:
    user = User.objects.get(pk=about.user)
    return people.changed(user, also=late.also)


def _signs(late: Envelope, about: Subject) -> Envelope | None:
    return statuses.changed(User.objects.get(pk=about.user))


def _notify(late: Envelope, about: Subject) -> Envelope | None:
    rows = Membership.objects.filter(room=about.room, user=about.user)
    row = rows.select_related("room", "user").first()
    return levels.changed(row.user, row.room, Choice.of(row)) if row else None


def _keywords(_late: Envelope, about: Subject) -> Envelope | None:
    user = User.objects.get(pk=about.user)
    return keywords.changed(user, keywords.keywords_of(user))


def _site(late: Envelope, about: Subject) -> Envelope | None:
    return settings.changed()


_RENEW: dict[str, Callable[[Envelope, Subject], Envelope | None]] = {
    "membership": _membership,
    "member": _member,
    "room": _room,
    "lobby": _lobby,
    "mute": _mute,
    "ignored": _ignored,
    "waiting": _waiting,
    "emoji": _emoji,
    "person": _person,
    "signs": _signs,
    "session": _session,
    "notify": _notify,
    "keywords": _keywords,
    "site": _site,
}
