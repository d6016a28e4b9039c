"""Ask a moderator to look at a message."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms import ratelimit
from rooms.actions import waiting
from rooms.actions.sight import find_room
from rooms.errors import Forbidden, Invalid, NotFound
from rooms.models import Message, Report, User

MAX_NOTE = 500  # characters
BY_RULE = Report.Reason.RULE


def report_message(
    *, actor: User, room: str, number: int, reason: str, note: str = ""
) -> tuple[Report, bool]:
    """A report of what the actor sees, and whether it is new: who reports a message again has done
    so already, unless it was edited after a moderator had looked at it."""
    ratelimit.consume("report", actor.pk)
    if reason not in Report.Reason.values or reason == BY_RULE:
        raise Invalid(_("That is no reason for a report."))
    note = " ".join(note.split())
    if len(note) > MAX_NOTE or not note.isprintable():
        raise Invalid(_("A note has at most %(most)d characters, on one line."), most=MAX_NOTE)
    with transaction.atomic():
        standing = find_room(actor=actor, slug=room)
        message = Message.objects.filter(room=standing.room, number=number).first()
        if message is None or message.deleted:
            raise NotFound(_("There is no such message."))
        if message.author_id == actor.pk:
            raise Forbidden(_("Nobody can report their own message."))
        report, created = Report.objects.get_or_create(
            message=message, reporter=actor, defaults={"reason": reason, "note": note}
        )
        if not created:
            if not _is_another_case(report):
                return report, False
            report.reason, report.note, report.created_at = reason, note, timezone.now()
            report.outcome, report.resolved_by, report.resolved_at = "", None, None
            report.save()
        waiting.announce()
        return report, True


def _is_another_case(report: Report) -> bool:
    """Whether a message says something else than what a moderator has found nothing wrong with."""
    edited_at, resolved_at = report.message.edited_at, report.resolved_at
    return resolved_at is not None and edited_at is not None and edited_at > resolved_at
