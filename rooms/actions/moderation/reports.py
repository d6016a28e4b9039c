"""Report a message to moderators, and decide about reports."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms import ratelimit
from rooms.actions import audit
from rooms.actions.audit import clean_reason
from rooms.actions.messages.changes import delete_messages
from rooms.actions.moderation.sanctions import ban_user, mute_user
from rooms.actions.rooms.lookup import find_room
from rooms.actions.screening import cases, waiting
from rooms.errors import Conflict, Forbidden, Invalid, NotFound
from rooms.models import Message, Report, Room, User
from rooms.policy.site import require_staff
from rooms.policy.standing import reread

MAX_NOTE = 500  # characters
BY_RULE = Report.Reason.RULE


def report_message(
    *, actor: User, slug: str, number: int, reason: str, note: str = ""
) -> tuple[Report, bool]:
    """Report a message; return the report, and whether it is new.

    A second report of the same message by the same person changes nothing, unless the message was
    edited after a moderator decided.
    """
    ratelimit.consume("report", actor.pk)
    if reason not in Report.Reason.values or reason == BY_RULE:
        raise Invalid(_("That isn't a valid reason for a report."))
    note = " ".join(note.split())
    if len(note) > MAX_NOTE or not note.isprintable():
        raise Invalid(_("A note can have at most %(most)d characters, on one line."), most=MAX_NOTE)
    with transaction.atomic():
        standing = find_room(actor=actor, slug=slug)
        # Locked before the report refers to the message, in the order of resolve_reports.
        Room.objects.locked([slug])
        message = Message.objects.filter(room=standing.room, number=number).first()
        if message is None or message.deleted:
            raise NotFound(_("There is no such message."))
        if message.author_id == actor.pk:
            raise Forbidden(_("You can't report your own message."))
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
class Resolution:
    """What a moderator decides about a reported message. A mute or ban of the author lasts this
    many seconds, or for good, in the message's room or everywhere."""

    outcome: Report.Outcome
    seconds: int | None = None
    everywhere: bool = False


def resolve_reports(
    *, actor: User, message: Message, resolution: Resolution, reason: str = ""
) -> int:
    """Resolve all open reports of a message, and carry the resolution out; return how many.

    An author who is muted or banned is told the reason. Raises Conflict if no report is open.
    """
    reason = clean_reason(reason)
    outcome, room, author = resolution.outcome, message.room, message.author
    with transaction.atomic():
        require_staff(actor)
        if author.pk == actor.pk and not reread(actor).is_superuser:
            raise Forbidden(_("Another moderator has to decide about your own message."))
        Room.objects.locked([room.slug])
        # Recorded before the site's row is locked, the last of all: it refers to the author.
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
            raise Conflict(_("Someone has already decided about this message."))
        if outcome != Report.Outcome.DISMISSED:
            delete_messages(actor=actor, messages=[message], reason=reason)
        # Direct rooms have no mutes or bans: there it applies to the whole site.
        here = None if resolution.everywhere or room.kind == Room.Kind.DIRECT else room
        lasts = resolution.seconds and timedelta(seconds=resolution.seconds)
        end = timezone.now() + lasts if lasts else None
        sanction: dict[str, Any] = {"actor": actor, "user": author, "room": here, "reason": reason}
        if outcome == Report.Outcome.MUTED:
            mute_user(**sanction, expires_at=end)
        elif outcome == Report.Outcome.BANNED:
            ban_user(**sanction, expires_at=end)
    return decided


def _is_another_case(report: Report) -> bool:
    """Whether the message was edited after a moderator decided."""
    edited_at, resolved_at = report.message.edited_at, report.resolved_at
    return resolved_at is not None and edited_at is not None and edited_at > resolved_at
