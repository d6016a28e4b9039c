"""What staff did, written in the transaction that did it."""

from rooms.models import AuditEntry, Message, Room, User


def record(
    action: str,
    *,
    actor: User | None,
    room: Room | None = None,
    user: User | None = None,
    message: Message | None = None,
    detail: str = "",
) -> None:
    AuditEntry.objects.create(
        actor=actor, action=action, room=room, user=user, message=message, detail=detail[:250]
    )
