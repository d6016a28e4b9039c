"""Remove what a user has posted, and undo it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms.actions import audit
from rooms.actions.audit import clean_reason
from rooms.actions.moderation.removal_steps import NEWEST_FIRST, begin, posts_of, queue
from rooms.errors import Conflict, Forbidden, Invalid
from rooms.models import Message, Removal, Room, User
from rooms.policy.decisions import decides_as, require_power, require_undoing
from rooms.policy.secrecy import with_secrecy
from rooms.policy.standing import TOO_OLD, oldest
from rooms.queries import tallies, uploads
from rooms.storage.sql import select

NEWEST = 10  # messages that a preview shows
MAX_COUNTED = 10_000  # messages that a preview counts


@dataclass(frozen=True, slots=True)
class Preview:
    """What a removal would take. `more` means that counting stopped at `count`."""

    count: int
    more: bool
    rooms: int
    newest: Sequence[Message]


def preview(*, actor: User, user: User, scope: str, room: Room | None = None) -> Preview:
    """Return what `remove_posts` would remove now; `newest` holds those that the actor may read."""
    _check(actor, user, scope, room)
    where, values = posts_of(user, scope, room, timezone.now())
    rows = select(
        f"SELECT room_id, COUNT(*) FROM (SELECT room_id {where} LIMIT %s) p GROUP BY room_id",  # noqa: S608  names of columns
        [*values, MAX_COUNTED],
    )
    newest = select(f"SELECT id {where} {NEWEST_FIRST} LIMIT %s", [*values, NEWEST])
    whole = Message.objects.whole().select_related("room").filter(pk__in=[pk for (pk,) in newest])
    readable = with_secrecy(whole, actor).exclude(Q(secret=True))
    tallies.load([*readable])
    uploads.load([*readable])
    messages = {message.pk: message for message in readable}
    count = sum(number for _room, number in rows)
    return Preview(
        count=count,
        more=count == MAX_COUNTED,
        rooms=len(rows),
        newest=[messages[pk] for (pk,) in newest if pk in messages],
    )


def remove_posts(
    *, actor: User, user: User, scope: str, room: Room | None = None, reason: str = ""
) -> Removal:
    """Delete what a user has posted so far in a room, or, without one, everywhere. The first few
    hundred are gone when this returns; the rest follow."""
    reason = clean_reason(reason)
    with transaction.atomic():
        _check(actor, user, scope, room)
        removal = Removal.objects.create(
            user=user,
            room=room,
            scope=scope,
            reason=reason,
            created_by=actor,
            decided_as=decides_as(actor, room),
        )
        audit.record(
            "posts.removed",
            actor=actor,
            room=room,
            user=user,
            detail=reason,
            after=f"removal {removal.pk}: {scope}",
        )
        queue(removal)
    return begin(removal)


def undo_removal(*, actor: User, removal: Removal) -> Removal:
    """Restore what a removal took, but nothing that was deleted before it. Raises Conflict if it is
    undone already, Forbidden if it is too old."""
    with transaction.atomic():
        removal = Removal.objects.select_for_update(no_key=True).get(pk=removal.pk)
        require_power(actor, removal.user, removal.room)
        require_undoing(actor, removal)
        if removal.undone_at is not None:
            raise Conflict(_("This has already been undone."))
        if removal.created_at < oldest():
            raise Forbidden(TOO_OLD, days=settings.TOMBSTONE_DAYS)
        removal.undone_at, removal.finished_at = timezone.now(), None
        removal.save(update_fields=["undone_at", "finished_at"])
        audit.record(
            "posts.restored",
            actor=actor,
            room=removal.room,
            user=removal.user,
            before=f"removal {removal.pk}: {removal.scope}",
        )
        queue(removal)
    return begin(removal)


def _check(actor: User, user: User, scope: str, room: Room | None) -> None:
    if scope not in Removal.Scope.values:
        raise Invalid(_("That isn't a valid scope for a removal."))
    if scope == Removal.Scope.ROOM and room is None:
        raise Invalid(_("Choose a room."))
    if scope == Removal.Scope.SITE and room is not None:
        raise Invalid(_("A removal on the whole site can't be limited to a room."))
    require_power(actor, user, room)
