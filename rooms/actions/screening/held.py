"""Hold messages until a moderator has read them, and flag messages that were posted."""

from collections import defaultdict
from collections.abc import Sequence

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms import errors
from rooms.actions.screening import waiting
from rooms.actions.screening.rulebook import REFUSED, TO_BE_READ, Verdict
from rooms.errors import ChatError, Forbidden, RateLimited
from rooms.models import Held, Message, Report
from rooms.queries.posting import Author, Row

MAX_WAITING = 20  # messages of one person


def hold(author: Author, verdict: Verdict, *, nonce: str, body: str, reply_to: int | None) -> Held:
    """Hold a message of a locked room; the batch announces what waits. Raises RateLimited if too
    many of the author's messages wait already."""
    if Held.objects.filter(author_id=author.id, decided_at=None).count() >= MAX_WAITING:
        raise RateLimited(
            _(
                "%(most)d of your messages are waiting for a moderator."
                " Wait until they have been read."
            ),
            most=MAX_WAITING,
            retry_after=60,
        )
    return Held.objects.create(
        room_id=author.room.id,
        author_id=author.id,
        nonce=nonce,
        body=body,
        reply_to=reply_to,
        why=verdict.why,
        note=verdict.note,
    )


def answer(held_id: int) -> ChatError | None:
    """Return the answer to a held message that is sent again; None if it was approved."""
    held = Held.objects.get(pk=held_id)
    if held.outcome == Held.Outcome.APPROVED:
        return None
    if held.outcome == Held.Outcome.REFUSED:
        return Forbidden(held.note or REFUSED)
    return errors.Held(TO_BE_READ, note=held.note)


def flag(flagged: Sequence[tuple[Row, str]]) -> None:
    """Report messages that were just stored, each with the reason; the batch announces what waits.
    Uses index: message_room_number."""
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
    """Report an edited message; reopen a report that was resolved, because the text is new."""
    report, is_new = Report.objects.get_or_create(
        message=message, reporter=None, defaults={"reason": Report.Reason.RULE, "note": why}
    )
    if not is_new:
        report.note, report.created_at = why, timezone.now()
        report.outcome, report.resolved_by, report.resolved_at = "", None, None
        report.save()
    waiting.announce()
