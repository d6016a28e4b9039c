"""Ban and mute people, in a room or on the whole site, and lift either."""

from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms import serializers
from rooms.actions import audit
from rooms.actions.accounts import sessions
from rooms.actions.rooms.memberships import expel
from rooms.broadcast import envelope, publish_on_commit, user_group
from rooms.errors import Forbidden, Invalid, NotFound
from rooms.fanout.envelopes import Envelope, Subject
from rooms.models import Ban, Mute, Room, User
from rooms.models.sanctions import Sanction
from rooms.policy import sanctions
from rooms.policy.decisions import decides_as, require_power, require_undoing
from rooms.protocol import codec, events
from rooms.protocol.codes import Close

ENDS = _("Choose an end in the future, or none.")
S = TypeVar("S", bound=Sanction)


def ban_user(
    *,
    actor: User,
    user: User,
    room: Room | None = None,
    reason: str = "",
    expires_at: datetime | None = None,
) -> Ban:
    """Ban a user from a room, or, without one, from the site. Replaces an earlier ban, and applies
    to open sockets at once."""
    with transaction.atomic():
        ban = _impose(Ban, actor, user, room, reason, expires_at)
        if room is not None:
            expel(room=room, user=user, reason=ban.reason)
        else:
            farewell = sessions.Farewell("banned", ban.reason, Close.BANNED)
            sessions.end_sockets(user=user, farewell=farewell)
    return ban


def mute_user(
    *,
    actor: User,
    user: User,
    room: Room | None = None,
    reason: str = "",
    expires_at: datetime | None = None,
) -> Mute:
    """Mute a user in a room, or, without one, on the whole site: they can read, but not write.
    Replaces an earlier mute."""
    with transaction.atomic():
        mute = _impose(Mute, actor, user, room, reason, expires_at)
        publish_on_commit(mute_changed(user.pk, room))
    return mute


def lift_bans(*, actor: User, bans: Iterable[Ban]) -> int:
    """Lift bans; return how many were in force."""
    with transaction.atomic():
        return len(_lift(actor, bans))


def lift_mutes(*, actor: User, mutes: Iterable[Mute]) -> int:
    """Lift mutes; return how many were in force."""
    with transaction.atomic():
        lifted = _lift(actor, mutes)
        for mute in lifted:
            publish_on_commit(mute_changed(mute.user_id, mute.room))
    return len(lifted)


def unmute_user(*, actor: User, user: User, room: Room) -> None:
    """Lift a user's mutes in a room. Raises NotFound if there are none."""
    mutes = Mute.objects.active().filter(user=user, room=room).select_related("user", "room")
    if not lift_mutes(actor=actor, mutes=mutes):
        raise NotFound(_("%(name)s is not muted here."), name=user.name)


def _impose(
    model: type[S],
    actor: User,
    user: User,
    room: Room | None,
    reason: str,
    expires_at: datetime | None,
) -> S:
    """Check the actor's power, and put a sanction in the place of an earlier one. Needs a
    transaction."""
    reason = _checked(reason, expires_at)
    _require_power(actor, user, room)
    before = _lift_former(model, actor, user, room)
    sanction = model(
        user=user,
        room=room,
        reason=reason,
        created_by=actor,
        decided_as=decides_as(actor, room),
        expires_at=expires_at,
    )
    sanction.save()
    action = "user.banned" if model is Ban else "user.muted"
    audit.record(
        action,
        actor=actor,
        room=room,
        user=user,
        detail=reason,
        before=before,
        after=_end(expires_at),
    )
    return sanction


def _require_power(actor: User, user: User, room: Room | None) -> None:
    """Check the actor's power, with the room locked: nobody can join, leave or change roles until
    the transaction ends."""
    _lock([(user, room)])
    require_power(actor, user, room)
    _require_no_direct(room)


def _lock(places: Iterable[tuple[User, Room | None]]) -> None:
    """Lock the rooms, and the people under site-wide sanctions, so that the announcements about
    each keep their order. Rooms come before people, each by id, as everywhere."""
    pairs = [*places]
    rooms = Room.objects.filter(pk__in={room.pk for _, room in pairs if room is not None})
    people = User.objects.filter(pk__in={user.pk for user, room in pairs if room is None})
    for rows in (rooms, people):
        list(rows.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))


def _lift_former(kind: type[Sanction], actor: User, user: User, room: Room | None) -> str:
    """Lift what a new sanction replaces; return it in the words of the audit log. Raises Forbidden
    if the actor may not lift it."""
    former = kind._default_manager.active().filter(user=user, room=room)
    for one in former.select_related("room", "created_by"):
        require_undoing(actor, one)
    before = ", ".join(_end(one.expires_at) for one in former) or "free"
    former.update(lifted_at=timezone.now())
    return before


def _lift(actor: User, chosen: Iterable[S]) -> list[S]:
    lifted = []
    wanted = sorted(chosen, key=lambda one: one.pk)
    _lock([(one.user, one.room) for one in wanted])
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
    """Build the event with a user's mute in a room or on the site, or that there is none."""
    place, slug = (room.pk, room.slug) if room else (None, None)
    muted = serializers.mute(sanctions.mute(user_id, place))
    order = {"op": "mute", "room": slug, "muted": codec.builtins(muted)}
    event = events.MuteChanged(room=slug, muted=muted)
    about = Subject("mute", place or 0, user_id)
    return envelope(user_group(user_id), event, order=order, about=about)


def _checked(reason: str, expires_at: datetime | None) -> str:
    """Return the reason on one line. Raises Invalid."""
    if expires_at is not None and expires_at <= timezone.now():
        raise Invalid(ENDS)
    return audit.clean_reason(reason)


def _require_no_direct(room: Room | None) -> None:
    if room is not None and room.kind == Room.Kind.DIRECT:
        raise Forbidden(_("People can't be muted in a direct room, or banned from it."))


def _end(expires_at: datetime | None) -> str:
    """Return the duration in the words of the audit log."""
    return f"until {expires_at.isoformat(timespec='minutes')}" if expires_at else "for good"
