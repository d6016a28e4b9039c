"""Render stored messages anew when the renderer is newer than they are: without a revision and
without an event, since nobody has changed them."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from rooms.markup import RENDERER_VERSION, render
from rooms.models import Message, Rendering
from rooms.statements import straight

BATCH = 50  # messages in one transaction, which takes 2 ms
SPAN = 2000  # ids that one statement looks at: it reads the rows, since no index knows the renderer
RENDER_SECONDS = 0.005  # of processor in one go, as long as Python lets a thread run anyway
LEASE_SECONDS = 30.0
# Ids below the last walk's top: on PostgreSQL, messages are committed in another order than that of
# their ids, and while a site is replaced one worker at a time, the old ones go on posting.
OVERLAP = 1000
PAGE_SECONDS = 0.02  # of processor that a page of messages may take to be rendered


@dataclass(frozen=True, slots=True)
class Walk:
    """What a process has to do, from `before` down to `floor`."""

    worker: str
    before: int
    floor: int


def begin(worker: str) -> Walk | None:
    """Take the work on, or up where somebody left it. None where there is none, or somebody is at
    it, or a newer renderer than ours was."""
    newest = Message.objects.aggregate(newest=Max("pk"))["newest"] or 0
    with transaction.atomic():
        row = Rendering.current()
        if row.version > RENDERER_VERSION:
            return None
        if row.version == RENDERER_VERSION and row.is_done and row.top >= newest:
            return None
        if row.worker != worker and row.until is not None and row.until > timezone.now():
            return None
        if row.version < RENDERER_VERSION:
            row.version, row.floor, row.top, row.before = RENDERER_VERSION, 0, newest, newest + 1
        elif row.is_done:
            row.floor, row.top, row.before = max(0, row.top - OVERLAP), newest, newest + 1
        row.worker, row.until = worker, _lease()
        row.save()
    return None if row.is_done else Walk(worker, row.before, row.floor)


def step(walk: Walk) -> Walk | None:
    """Render the next few; what is left, None when that is nothing or somebody else has taken over.

    Rendering is done before the transaction begins: nobody who posts waits for it.
    """
    lowest = max(walk.floor, walk.before - 1 - SPAN)
    rows = _stale(lowest, walk.before)
    rendered = _rendered(rows)
    before = lowest + 1 if len(rendered) == len(rows) < BATCH else rendered[-1][0]
    with transaction.atomic():
        before = max([before, *(pk + 1 for pk in _store(rendered))])
        ours = Rendering.objects.filter(pk=1, worker=walk.worker, version=RENDERER_VERSION)
        if not ours.update(before=before, until=_lease()):
            transaction.set_rollback(True)
            return None
    return Walk(walk.worker, before, walk.floor) if before > walk.floor + 1 else None


def freshen(messages: Sequence[Message]) -> None:
    """Render what of a page is older than the renderer, the newest first, so that no reader waits
    for the walk to come by. Nothing is stored; what would take too long is shown as it was."""
    end = None
    for message in reversed(messages):
        if message.renderer >= RENDERER_VERSION or message.erased:
            continue
        now = time.thread_time()
        end = end or now + PAGE_SECONDS
        if now > end:
            return
        message.html, message.renderer = render(message.body), RENDERER_VERSION


def _lease() -> datetime:
    return timezone.now() + timedelta(seconds=LEASE_SECONDS)


def _stale(lowest: int, before: int) -> list[tuple[int, str]]:
    """The newest messages between two ids that an older renderer made, also deleted ones, which can
    be restored: id and body."""
    rows = Message.objects.filter(pk__gt=lowest, pk__lt=before, renderer__lt=RENDERER_VERSION)
    return list(rows.exclude(body="").order_by("-pk").values_list("pk", "body")[:BATCH])


def _rendered(rows: Iterable[tuple[int, str]]) -> list[tuple[int, str, str]]:
    """As many of them as the time allows, at least one: id, body and HTML."""
    end = time.thread_time() + RENDER_SECONDS
    rendered = []
    for pk, body in rows:
        rendered.append((pk, body, render(body)))
        if time.thread_time() > end:
            break
    return rendered


def _store(rendered: Sequence[tuple[int, str, str]]) -> list[int]:
    """The ids of those that somebody is changing at this moment: they are left for later, so that
    neither waits for the other. One that was changed before has another text, and stays."""
    rows = Message.objects.filter(pk__in=[pk for pk, _body, _html in rendered])
    free = set(rows.select_for_update(skip_locked=True, no_key=True).values_list("pk", flat=True))
    with straight() as cursor:
        cursor.executemany(
            "UPDATE rooms_message SET html = %s, renderer = %s"
            " WHERE id = %s AND body = %s AND renderer < %s",
            [
                (html, RENDERER_VERSION, pk, body, RENDERER_VERSION)
                for pk, body, html in rendered
                if pk in free
            ],
        )
    return [pk for pk, _body, _html in rendered if pk not in free]
