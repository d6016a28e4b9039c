"""Ban people from a room or the site, mute them there, and take either back."""

from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms import events, protocol, sanctions
from rooms.actions import accounts, audit
from rooms.actions.memberships import expel
from rooms.broadcast import envelope, publish_on_commit, user_group
from rooms.envelopes import Envelope, Subject
from rooms.errors import Forbidden, Invalid, NotFound
from rooms.models import Ban, Mute, Room, User
from rooms.models.moderation import Sanction
from rooms.policy import decides_as, require_power, require_undoing
from rooms.protocol import Close

ENDS = _("It must end in the future, or never.")
S = TypeVar("S", bound=Sanction)


def ban_user(
    *,
    actor: User,
    user: User,
    room: Room | None = None,
    reason: str = "",
    expires_at: datetime | None = None,
) -> Ban:
    """Keep somebody out of a room, or of the whole site, in place of a ban that is there; open
    sockets obey at once."""
    reason = _checked(reason, expires_at)
    with transaction.atomic():
        _require_power(actor, user, room)
        before = _lift_former(Ban, actor, user, room)
        ban = Ban.objects.create(
            user=user,
            room=room,
            reason=reason,
            created_by=actor,
            decided_as=decides_as(actor, room),
            expires_at=expires_at,
        )
        audit.record(
            "user.banned",
            actor=actor,
            room=room,
            user=user,
            detail=reason,
            before=before,
            after=_end(expires_at),
        )
        if room is not None:
            expel(room=room, user=user, reason=reason)
        else:
            farewell = accounts.Farewell("banned", reason, Close.BANNED)
            accounts.end_sockets(user=user, farewell=farewell)
    return ban


def mute_user(
    *,
    actor: User,
    user: User,
    room: Room | None = None,
    reason: str = "",
    expires_at: datetime | None = None,
) -> Mute:
    """Let somebody read, but not write, in a room or anywhere; in place of a mute that is there."""
    reason = _checked(reason, expires_at)
    with transaction.atomic():
        _require_power(actor, user, room)
        before = _lift_former(Mute, actor, user, room)
        mute = Mute.objects.create(
            user=user,
            room=room,
            reason=reason,
            created_by=actor,
            decided_as=decides_as(actor, room),
            expires_at=expires_at,
        )
        audit.record(
            "user.muted",
            actor=actor,
            room=room,
            user=user,
            detail=reason,
            before=before,
            after=_end(expires_at),
        )
        publish_on_commit(mute_changed(user.pk, room))
    return mute


def lift_bans(*, actor: User, bans: Iterable[Ban]) -> int:
    """Let people in again; the number of bans that were in force."""
    with transaction.atomic():
        return len(_lift(actor, bans))


def lift_mutes(*, actor: User, mutes: Iterable[Mute]) -> int:
    """Let people write again; the number of mutes that were in force."""
    with transaction.atomic():
        lifted = _lift(actor, mutes)
        for mute in lifted:
            publish_on_commit(mute_changed(mute.user_id, mute.room))
    return len(lifted)


def unmute_user(*, actor: User, user: User, room: Room) -> None:
    """Lift what mutes somebody in a room. Raises NotFound when nothing does."""
    mutes = Mute.objects.active().filter(user=user, room=room).select_related("user", "room")
    if not lift_mutes(actor=actor, mutes=mutes):
        raise NotFound(_("%(name)s is not muted here."), name=user.name)


def _require_power(actor: User, user: User, room: Room | None) -> None:
    """In a transaction: the room is locked, so that nobody comes in, leaves or gets another role
    between the look at it and the end."""
    _hold([(user, room)])
    require_power(actor, user, room)
    _require_no_direct(room)


def _hold(places: Iterable[tuple[User, Room | None]]) -> None:
    """Lock the rooms, and the people of whom something is held on the whole site: what is said
    about each is in the order in which it happens. Rooms before people, each by id, as
    everywhere."""
    held = [*places]
    rooms = Room.objects.filter(pk__in={room.pk for _, room in held if room is not None})
    people = User.objects.filter(pk__in={user.pk for user, room in held if room is None})
    for rows in (rooms, people):
        list(rows.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))


def _lift_former(kind: type[Sanction], actor: User, user: User, room: Room | None) -> str:
    """What is in force already, in the words of the audit log; from now on it isn't. Raises
    Forbidden for what the actor couldn't lift."""
    held = kind._default_manager.active().filter(user=user, room=room)
    for one in held.select_related("room", "created_by"):
        require_undoing(actor, one)
    before = ", ".join(_end(one.expires_at) for one in held) or "free"
    held.update(lifted_at=timezone.now())
    return before


def _lift(actor: User, held: Iterable[S]) -> list[S]:
    lifted = []
    wanted = sorted(held, key=lambda one: one.pk)
    _hold([(one.user, one.room) for one in wanted])
    for one in wanted:
        require_power(actor, one.user, one.room)
        require_undoing(actor, one)
        rows = type(one)._default_manager.active().filter(pk=one.pk)
        if rows.update(lifted_at=timezone.now()):
            action = "user.unbanned" if isinstance(one, Ban) else "user.unmuted"
            audit.record(
                action,
                actor=actor,
                room=one.room,
                user=one.user,
                before=_end(one.expires_at),
                after="lifted",
            )
            lifted.append(one)
    return lifted


def mute_changed(user_id: int, room: Room | None) -> Envelope:
    """Says what mutes somebody in this place from now on, if anything does."""
    place, slug = (room.pk, room.slug) if room else (None, None)
    muted = events.mute(sanctions.mute(user_id, place))
    order = {"op": "mute", "room": slug, "muted": protocol.builtins(muted)}
    event = protocol.MuteChanged(room=slug, muted=muted)
    about = Subject("mute", place or 0, user_id)
    return envelope(user_group(user_id), event, order=order, about=about)


def _checked(reason: str, expires_at: datetime | None) -> str:
    """The reason on one line. Raises Invalid."""
    if expires_at is not None and expires_at <= timezone.now():
        raise Invalid(ENDS)
    return audit.clean_reason(reason)


def _require_no_direct(room: Room | None) -> None:
    if room is not None and room.kind == Room.Kind.DIRECT:
        raise Forbidden(_("Nobody can be muted in a direct room, or banned from one."))


def _end(expires_at: datetime | None) -> str:
    """How long, in the words of the audit log."""
    return f"until {expires_at.isoformat(timespec='minutes')}" if expires_at else "for good"
