"""Keep a message back until a moderator has read it, and point at one that was let through."""

from collections import defaultdict
from collections.abc import Sequence

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms import errors
from rooms.actions import waiting
from rooms.actions.rulebook import REFUSED, Verdict
from rooms.errors import ChatError, Forbidden, RateLimited
from rooms.models import Held, Message, Report
from rooms.posting import Author, Row

MAX_WAITING = 20  # messages of one person


def hold(author: Author, verdict: Verdict, *, nonce: str, body: str, reply_to: int | None) -> None:
    """Keep a message of a locked room back; the batch says how much waits then. Raises RateLimited
    when many wait already."""
    if Held.objects.filter(author_id=author.id, decided_at=None).count() >= MAX_WAITING:
        raise RateLimited(
            _("%(most)d of your messages wait for a moderator. Wait until they were read."),
            most=MAX_WAITING,
            retry_after=60,
        )
    Held.objects.create(
        room_id=author.place.id,
        author_id=author.id,
        nonce=nonce,
        body=body,
        reply_to=reply_to,
        why=verdict.why,
        note=verdict.note,
    )


def answer(held_id: int) -> ChatError | None:
    """What is said of a message that was kept back when it comes once more."""
    held = Held.objects.get(pk=held_id)
    if held.outcome == Held.Outcome.APPROVED:
        return None
    if held.outcome == Held.Outcome.REFUSED:
        return Forbidden(held.note or REFUSED)
    return errors.Held(_("A moderator reads this before it is posted. %(note)s"), note=held.note)


def flag(flagged: Sequence[tuple[Row, str]]) -> None:
    """Ask moderators to look at messages that were just stored: by row, and why. The batch says how
    much waits then. Uses index: message_room_number."""
    found: dict[int, dict[int, str]] = defaultdict(dict)
    for row, why in flagged:
        found[row.room_id][row.number] = why
    for room_id, reasons in found.items():
        rows = Message.objects.filter(room=room_id, number__in=reasons).values_list("pk", "number")
        Report.objects.bulk_create(
            Report(message_id=pk, reason=Report.Reason.RULE, note=reasons[number])
            for pk, number in rows
        )


def flag_message(message: Message, why: str) -> None:
    """The same for one that was edited; again if it has been judged before, since it says something
    else now."""
    report, is_new = Report.objects.get_or_create(
        message=message, reporter=None, defaults={"reason": Report.Reason.RULE, "note": why}
    )
    if not is_new:
        report.note, report.created_at = why, timezone.now()
        report.outcome, report.resolved_by, report.resolved_at = "", None, None
        report.save()
    waiting.announce()
