"""A message that was reported is one case, whoever reported it and however often."""

from collections.abc import Iterable

from django.utils import timezone

from rooms.actions import waiting
from rooms.models import Message, Report, User


def close(
    messages: Iterable[Message], *, actor: User, outcome: str = Report.Outcome.DELETED
) -> int:
    """All reports of these messages that wait are decided; how many did. In a transaction."""
    decided = Report.objects.filter(
        message__in=[message.pk for message in messages], resolved_at=None
    ).update(outcome=outcome, resolved_by=actor, resolved_at=timezone.now())
    if decided:
        waiting.announce()
    return decided
