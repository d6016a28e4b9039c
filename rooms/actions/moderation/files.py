"""Delete files for good, to free what they take up. The messages that they were posted with stay,
unless nothing is left of them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.db import transaction
from django.utils import timezone

from rooms.actions import audit
from rooms.actions.audit import clean_reason
from rooms.actions.files.discarding import discard
from rooms.actions.messages import indexing
from rooms.actions.messages.changes import change, locked_standings, turn
from rooms.actions.screening import cases
from rooms.models import Message, Upload, User
from rooms.policy.site import require_admin
from rooms.policy.standing import Standing
from rooms.protocol import events
from rooms.queries import uploads


def remove_files(*, actor: User, files: Iterable[Upload], reason: str = "") -> int:
    """Delete files with their bytes; return how many. Nothing brings them back."""
    reason = clean_reason(reason)
    ids: dict[str, list[str]] = defaultdict(list)
    for one in files:
        ids[one.room.slug].append(one.pk)
    count = 0
    with transaction.atomic():
        require_admin(actor)
        for slug, standing in locked_standings(actor=actor, slugs=ids).items():
            count += _remove(standing, ids[slug], reason)
    return count


def _remove(standing: Standing, ids: Sequence[str], reason: str) -> int:
    found = uploads.locked(ids)
    rows = Message.objects.whole().filter(
        pk__in={one.message_id for one in found.values() if one.message_id is not None}
    )
    messages = [*rows.order_by("number")]
    discard([*found])
    for message in messages:
        message.room = standing.room
        message.attached = len(uploads.of(message))
    _settle(standing, messages, reason)
    indexing.changed(messages)
    for one in found.values():
        audit.record(
            "file.removed",
            actor=standing.user,
            room=standing.room,
            user=one.user,
            detail=reason,
            before=f"{one.stored} bytes",
        )
    return len(found)


def _settle(standing: Standing, messages: Sequence[Message], reason: str) -> None:
    """Store and announce what is left of messages."""
    Message.objects.bulk_update(messages, ["attached"])
    alive = [message for message in messages if not message.deleted]
    empty = [message for message in alive if not message.body and not message.attached]
    change([one for one in alive if one not in empty], events.MessageUpdated)
    for message in empty:
        message.deleted_at = timezone.now()
    turn(empty)
    cases.close(empty, actor=standing.user)
