"""Events about messages: as they happen, and replayed after an absence."""

from collections import deque
from collections.abc import Iterable, Sequence

import msgspec
from msgspec import UNSET

from rooms.models import Message, User
from rooms.protocol import events
from rooms.queries import posting
from rooms.queries.naming import Named
from rooms.serializers.messages import message, named
from rooms.serializers.people import person, person_from


def change(slug: str, row: Message, kind: type[events.MessageEvent]) -> events.MessageEvent:
    """A `message.posted`, `message.edited` or `message.deleted` event."""
    people = named([row]) or UNSET
    return kind(room=slug, revision=row.revision, message=message(row), people=people)


def reacted(
    slug: str, row: Message, actor: User, emoji: str, *, added: bool
) -> events.MessageReacted:
    """A `message.reacted` event. `actor` is the person whose reaction it is, even if a moderator
    removes it."""
    return events.MessageReacted(
        room=slug,
        revision=row.revision,
        message=message(row),
        actor=person(actor),
        emoji=emoji,
        added=added,
        people=named([row]) or UNSET,
    )


def posted(
    slug: str,
    revision: int,
    message: msgspec.Raw,
    *,
    people: Iterable[Named] = (),
    approved: bool,
) -> events.MessagePosted:
    return events.MessagePosted(
        room=slug,
        revision=revision,
        message=message,  # type: ignore[arg-type]  # its bytes
        people=[person_from(*one) for one in people] or UNSET,
        approved=approved or UNSET,
    )


def activity(slug: str, row: Message | posting.Row, *, approved: bool) -> events.RoomActivity:
    """What members are told about a message while they don't have the room open."""
    return events.RoomActivity(
        room=slug,
        number=row.number,
        author=row.author_id,
        mentions=row.named or UNSET,
        mentions_room=row.mentions_room or UNSET,  # type: ignore[arg-type]
        approved=approved or UNSET,
    )


def turned(slug: str, rows: Sequence[Message]) -> events.ActivityChanged:
    """What members are told about messages that were deleted or restored in one transaction, while
    they don't have the room open."""
    return events.ActivityChanged(
        room=slug,
        revision=max(row.turned for row in rows),
        gone=[[row.number, row.author_id] for row in rows if row.deleted],
        back=[[row.number, row.author_id] for row in rows if not row.deleted],
    )


def replay(
    slug: str, rows: Sequence[Message], after: int, number: int
) -> list[events.MessageEvent]:
    """Return the changes after a revision, when `number` was the last message, as gapless events.

    A row keeps only its last revision, so a message that changed again leaves a gap where it first
    changed. Events carry the whole current message, so any message can fill a gap: a new one while
    there are any, lowest number first. New messages therefore come in the order of their numbers,
    since each has left a gap, or is still in place, where it was posted. A message that was
    restored is also sent where that happened, for clients that count.
    """
    by_revision = {row.turned: row for row in rows} | {row.revision: row for row in rows}
    waiting = deque(sorted(rows, key=lambda row: (row.number <= number, row.number)))
    replayed: list[events.MessageEvent] = []
    told: set[int] = set()
    for revision in range(after + 1, max(by_revision, default=after) + 1):
        while waiting and waiting[0].number in told:
            waiting.popleft()
        row = by_revision.get(revision) or (waiting[0] if waiting else rows[0])
        kind = _kind(row, new=row.number > number and row.number not in told)
        told.add(row.number)
        people = named([row]) or UNSET
        replayed.append(kind(room=slug, revision=revision, message=message(row), people=people))
    return replayed


def _kind(row: Message, *, new: bool) -> type[events.MessageEvent]:
    if row.deleted:
        return events.MessageDeleted
    return events.MessagePosted if new else events.MessageEdited
