"""The audit log, written in the transaction of the action that it records."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from rooms.errors import Invalid
from rooms.models import AuditEntry, Message, Room, User

MAX_REASON = 250  # characters


def record(
    action: str,
    *,
    actor: User | None,
    room: Room | None = None,
    user: User | None = None,
    message: Message | None = None,
    detail: str = "",
    before: str = "",
    after: str = "",
) -> None:
    """Record one action."""
    AuditEntry.objects.create(
        actor=actor,
        action=action,
        room=room,
        user=user,
        message=message,
        detail=detail[:250],
        before=before[:250],
        after=after[:250],
    )


def record_each(
    action: str,
    before: str,
    after: str,
    *,
    actor: User,
    messages: Sequence[Message],
    detail: str = "",
) -> None:
    """Record the same action for each of these messages."""
    AuditEntry.objects.bulk_create(
        AuditEntry(
            actor=actor,
            action=action,
            room_id=message.room_id,
            user_id=message.author_id,
            message=message,
            detail=detail[:250],
            before=before,
            after=after,
        )
        for message in messages
    )


def clean_reason(reason: str) -> str:
    """Return the reason on one line. Raises Invalid."""
    reason = " ".join(reason.split())
    if len(reason) > MAX_REASON:
        raise Invalid(_("A reason can have at most %(most)d characters."), most=MAX_REASON)
    if not reason.isprintable():
        raise Invalid(_("A reason can't contain control characters."))
    return reason
