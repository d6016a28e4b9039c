"""Re-render stored messages after an update of the renderer. Nobody has changed them, so they get
no revision and no event."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max

from rooms.models import Message, Rendering
from rooms.queries import custom_emoji, naming
from rooms.storage.sql import straight
from rooms.text import markup, mentions
from rooms.text.markup import RENDERER_VERSION
from rooms.text.mentions import Marked

BATCH = 50  # messages in one transaction, which takes 2 ms
SPAN = 2000  # ids that one statement scans: no index covers the renderer
RENDER_SECONDS = 0.005  # of processor time in one go, Python's own switch interval
# Ids below the last walk's top that the next one checks again: PostgreSQL commits messages out of
# the order of their ids, and during a rolling update old workers go on posting.
OVERLAP = 1000
PAGE_SECONDS = 0.02  # of processor time for rendering a page of messages


@dataclass(frozen=True, slots=True)
class Walk:
    """What is left to do: messages with ids below `before`, down to `floor`."""

    before: int
    floor: int


def begin() -> Walk | None:
    """Start the walk, or resume it. None if there is nothing to do, or a newer renderer has been
    here."""
    newest = Message.objects.aggregate(newest=Max("pk"))["newest"] or 0
    with transaction.atomic():
        row = Rendering.current()
        if row.version > RENDERER_VERSION:
            return None
        if row.version == RENDERER_VERSION and row.is_done and row.top >= newest:
            return None
        if row.version < RENDERER_VERSION:
            row.version, row.floor, row.top, row.before = RENDERER_VERSION, 0, newest, newest + 1
        elif row.is_done:
            row.floor, row.top, row.before = max(0, row.top - OVERLAP), newest, newest + 1
        row.save()
    return None if row.is_done else Walk(row.before, row.floor)


def step(walk: Walk) -> Walk | None:
    """Render the next few messages. Return the rest of the walk, or None if it is done or another
    process has done this step.

    The rendering happens before the transaction begins, so posting never waits for it.
    """
    lowest = max(walk.floor, walk.before - 1 - SPAN)
    rows = _stale(lowest, walk.before)
    texts = _rendered(rows)
    _redraw(texts)
    done = [row for row, _text in texts]
    before = lowest + 1 if len(done) == len(rows) < BATCH else done[-1].pk
    with transaction.atomic():
        before = max([before, *(pk + 1 for pk in _store(done))])
        ours = Rendering.objects.filter(pk=1, before=walk.before, version=RENDERER_VERSION)
        if not ours.update(before=before):
            transaction.set_rollback(True)
            return None
    return Walk(before, walk.floor) if before > walk.floor + 1 else None


def marked(body: str) -> Marked:
    """Render a message's source with the site's own emoji. Mentions are found later."""
    return markup.marked(body, custom_emoji.written_in(body))


def freshen(messages: Sequence[Message]) -> None:
    """Render a page's outdated messages for display, the newest first, without storing them: those
    by an older renderer, and those with a custom emoji that is gone. Whatever exceeds PAGE_SECONDS
    is shown as it was stored."""
    outdated = [one for one in reversed(messages) if one.body and _is_outdated(one)]
    if outdated:
        _redraw(_in_time(outdated, PAGE_SECONDS))


def _redraw(texts: Sequence[tuple[Message, Marked]]) -> None:
    """Put the new HTML into messages. Whom they mention was decided when they were written; in
    those that are older than mentions, it is whoever has that name in the room now, and nobody is
    told."""
    old = [(row, text) for row, text in texts if row.renderer < markup.MENTIONS_SINCE]
    members = naming.members((row.room_id, name) for row, text in old for name in text.names)
    for row, text in texts:
        people = mentions.drawn_in(row.html)
        if row.renderer < markup.MENTIONS_SINCE:
            keys = {(row.room_id, name): name for name in text.names}
            people = {name: members[key].id for key, name in keys.items() if key in members}
        drawn = text.drawn(people, _SAID[row.mentions_room])
        row.html, row.renderer = drawn.html, markup.RENDERER_VERSION
        row.mentions = naming.packed_ids(drawn.ids)


# The keywords that were drawn in a message, by the one that counted.
_SAID = {"": (), mentions.HERE: (mentions.HERE,), mentions.ROOM: mentions.KEYWORDS}


def _is_outdated(message: Message) -> bool:
    return message.renderer < RENDERER_VERSION or custom_emoji.has_gone(message.html)


def _stale(lowest: int, before: int) -> list[Message]:
    """Return the newest outdated messages between two ids, including deleted ones, which can be
    restored."""
    rows = Message.objects.filter(pk__gt=lowest, pk__lt=before, renderer__lt=RENDERER_VERSION)
    columns = ("room_id", "body", "html", "renderer", "mentions_room")
    return list(rows.exclude(body="").order_by("-pk").only(*columns)[:BATCH])


def _rendered(rows: Iterable[Message]) -> list[tuple[Message, Marked]]:
    """Render as many as a step allows."""
    return _in_time(rows, RENDER_SECONDS)


def _in_time(rows: Iterable[Message], seconds: float) -> list[tuple[Message, Marked]]:
    """Render as many as the time allows, at least one."""
    end = time.thread_time() + seconds
    done = []
    for row in rows:
        done.append((row, marked(row.body)))
        if time.thread_time() > end:
            break
    return done


def _store(done: Sequence[Message]) -> list[int]:
    """Store the HTML, and return the ids of messages that are locked by a change in progress.

    Those are left for later, so that neither side waits. A message that was edited in between has
    another body, and is left as it is.
    """
    rows = Message.objects.filter(pk__in=[row.pk for row in done])
    free = set(rows.select_for_update(skip_locked=True, no_key=True).values_list("pk", flat=True))
    with straight() as cursor:
        cursor.executemany(
            "UPDATE rooms_message SET html = %s, renderer = %s, mentions = %s"
            " WHERE id = %s AND body = %s AND renderer < %s",
            [
                (row.html, RENDERER_VERSION, row.mentions, row.pk, row.body, RENDERER_VERSION)
                for row in done
                if row.pk in free
            ],
        )
    return [row.pk for row in done if row.pk not in free]
