"""Ask a moderator to look at a message, and decide about it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms import ratelimit
from rooms.actions import audit, cases, waiting
from rooms.actions.audit import clean_reason
from rooms.actions.messages import delete_messages
from rooms.actions.sanctions import ban_user, mute_user
from rooms.actions.sight import find_room
from rooms.errors import Conflict, Forbidden, Invalid, NotFound
from rooms.models import Message, Report, Room, User
from rooms.policy import anew, require_staff

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
        # Before the report names the message: who decides about that holds its room, too.
        Room.objects.locked([room])
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


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a moderator decides of a message. What is held against its author lasts so many seconds,
    or for good, and is in force in the message's room or everywhere."""

    outcome: Report.Outcome
    seconds: int | None = None
    everywhere: bool = False


def resolve_reports(*, actor: User, message: Message, verdict: Verdict, reason: str = "") -> int:
    """Decide all reports of a message at once, and do what follows; how many there were. A reason
    is told to an author who is muted or banned. Raises Conflict when nothing waits any more."""
    reason = clean_reason(reason)
    outcome, room, author = verdict.outcome, message.room, message.author
    with transaction.atomic():
        require_staff(actor)
        if author.pk == actor.pk and not anew(actor).is_superuser:
            raise Forbidden(_("Somebody else has to decide about what you wrote."))
        Room.objects.locked([room.slug])
        # Before the site's row is taken, which is the last of all: this names the author's.
        audit.record(
            "report.resolved",
            actor=actor,
            room=room,
            user=author,
            message=message,
            detail=reason,
            before="waiting",
            after=outcome,
        )
        decided = cases.close([message], actor=actor, outcome=outcome)
        if not decided:
            raise Conflict(_("Somebody has decided about this message already."))
        if outcome != Report.Outcome.DISMISSED:
            delete_messages(actor=actor, messages=[message], reason=reason)
        # Nobody is muted in a direct room, or banned from it: there it is from the site.
        here = None if verdict.everywhere or room.kind == Room.Kind.DIRECT else room
        lasts = verdict.seconds and timedelta(seconds=verdict.seconds)
        end = timezone.now() + lasts if lasts else None
        held: dict[str, Any] = {"actor": actor, "user": author, "room": here, "reason": reason}
        if outcome == Report.Outcome.MUTED:
            mute_user(**held, expires_at=end)
        elif outcome == Report.Outcome.BANNED:
            ban_user(**held, expires_at=end)
    return decided


def _is_another_case(report: Report) -> bool:
    """Whether a message says something else than what a moderator has found nothing wrong with."""
    edited_at, resolved_at = report.message.edited_at, report.resolved_at
    return resolved_at is not None and edited_at is not None and edited_at > resolved_at
