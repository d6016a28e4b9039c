"""All reports of one message form one case."""

from collections.abc import Iterable

from django.utils import timezone

from rooms.actions.screening import waiting
from rooms.models import Message, Report, User


def close(
    messages: Iterable[Message], *, actor: User, outcome: str = Report.Outcome.DELETED
) -> int:
    """Resolve the open reports of these messages; return how many. Call it in a transaction."""
    decided = Report.objects.filter(
        message__in=[message.pk for message in messages], resolved_at=None
    ).update(outcome=outcome, resolved_by=actor, resolved_at=timezone.now())
    if decided:
        waiting.announce()
    return decided
