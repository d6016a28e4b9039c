"""Erase the texts and files of messages deleted long ago, for good. Numbers and revisions stay."""

import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from rooms.actions.files.discarding import discard
from rooms.actions.messages import indexing
from rooms.models import Held, InboxItem, Message, MessageLink, Reaction, Report, Room, Upload

CHUNK = 100  # messages in one transaction, so that people can post in between
INBOX_DAYS = 365


@dataclass(frozen=True, slots=True)
class Purged:
    """How much was erased: tombstones, decided held messages, notes of decided reports."""

    messages: int
    held: int
    notes: int


def purge(*, days: int | None = None) -> Purged:
    """Erase what was deleted or decided at least this many days ago (None: TOMBSTONE_DAYS), on
    SQLite from its write-ahead log too."""
    before = timezone.now() - timedelta(days=settings.TOMBSTONE_DAYS if days is None else days)
    held = Held.objects.filter(decided_at__lt=before).exclude(body="").update(body="")
    notes = Report.objects.filter(resolved_at__lt=before).exclude(note="").update(note="")
    _prune_inboxes()
    purged = Purged(messages=_erase(before), held=held, notes=notes)
    indexing.sweep()
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        _empty_log()
    return purged


def _erase(before: datetime) -> int:
    """Uses index: message_deleted_at."""
    rows = Message.objects.filter(deleted_at__lt=before).exclude(body="", attached=0)
    ids = iter([*rows.values_list("pk", flat=True)])
    count = 0
    while chunk := [*islice(ids, CHUNK)]:
        began = time.monotonic()
        count += _erase_these(chunk, before)
        if len(chunk) == CHUNK:  # there may be more
            indexing.rest_after(time.monotonic() - began)
    return count


def _erase_these(ids: Sequence[int], before: datetime) -> int:
    with transaction.atomic():
        slugs = Message.objects.filter(pk__in=ids).values_list("room__slug", flat=True)
        Room.objects.locked({*slugs})  # so that none is restored meanwhile
        rows = Message.objects.filter(pk__in=ids, deleted_at__lt=before)
        Reaction.objects.filter(message__in=rows).delete()
        MessageLink.objects.filter(message__in=rows).delete()
        gone: dict[int, list[int]] = defaultdict(list)
        for room_id, number in rows.values_list("room_id", "number"):
            gone[room_id].append(number)
        for room_id, numbers in gone.items():
            InboxItem.objects.filter(room=room_id, number__in=numbers).delete()
        discard(Upload.objects.filter(message__in=rows).values_list("pk", flat=True))
        bodies = dict(rows.values_list("pk", "body"))
        count = rows.update(body="", html="", mentions="", mentions_room="", attached=0, linked=0)
        indexing.changed(Message.objects.filter(pk__in=bodies), bodies=bodies)
        return count


def _prune_inboxes() -> None:
    """Delete the items that are a year old. Their ids follow their times closely enough."""
    before = timezone.now() - timedelta(days=INBOX_DAYS)
    while True:
        oldest = InboxItem.objects.order_by("pk").values_list("pk", "created_at")[:CHUNK]
        old = [pk for pk, created_at in oldest if created_at < before]
        InboxItem.objects.filter(pk__in=old).delete()
        if len(old) < CHUNK:
            return


def _empty_log() -> None:
    """Truncate the write-ahead log, which still holds what was erased in the file."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
