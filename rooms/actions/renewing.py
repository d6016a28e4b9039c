"""What late notices have left to tell, by the state of now."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from rooms import events, protocol
from rooms.actions import ignores, memberships, people, sanctions, waiting
from rooms.actions import rooms as room_actions
from rooms.envelopes import Envelope, Subject
from rooms.models import Membership, Room, User
from rooms.policy import Standing


def renewed(late: Sequence[Envelope]) -> list[Envelope | None]:
    """Each as it would be written now; None where a newer notice tells what has become of it."""
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
    was_added = (late.order or {}).get("op") == "watch"
    if was_added != standing.is_member:
        return None
    return memberships.added(standing) if was_added else late


def _member(late: Envelope, about: Subject) -> Envelope | None:
    event: dict[str, Any] = msgspec.json.decode(late.frame or b"{}")
    inside = Membership.objects.filter(room=about.room)
    membership = inside.with_people().filter(user=about.user).first()
    if (event.get("type") == "member.left") != (membership is None):
        return None
    if membership is not None:
        event["member"] = events.member(membership.user, membership.role)
    if "members" in event:
        event["members"] = inside.count()
    return msgspec.structs.replace(late, frame=protocol.encode(event))


def _room(late: Envelope, about: Subject) -> Envelope | None:
    room = Room.objects.filter(pk=about.room).first()
    return room_actions.changed(room) if room else None


def _mute(late: Envelope, about: Subject) -> Envelope | None:
    room = Room.objects.get(pk=about.room) if about.room else None
    return sanctions.mute_changed(about.user, room)


def _ignored(late: Envelope, about: Subject) -> Envelope | None:
    user = User.objects.get(pk=about.user)
    return ignores.changed(user, ignores.ignored(user))


def _waiting(late: Envelope, about: Subject) -> Envelope | None:
    person = User.objects.get(pk=about.user)
    return waiting.changed(person, waiting.waiting())


def _session(late: Envelope, about: Subject) -> Envelope | None:
    """Sockets may have come since, by a session that is nobody's to end."""
    return msgspec.structs.replace(late, order={"op": "check", "then": late.order})


def _person(late: Envelope, about: Subject) -> Envelope | None:
    user = User.objects.get(pk=about.user)
    return people.changed(user, also=late.also)


_RENEW: dict[str, Callable[[Envelope, Subject], Envelope | None]] = {
    "membership": _membership,
    "member": _member,
    "room": _room,
    "mute": _mute,
    "ignored": _ignored,
    "waiting": _waiting,
    "person": _person,
    "session": _session,
}
