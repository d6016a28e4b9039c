"""Erase what was deleted long ago: its text, for good. Numbers and revisions stay as they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from rooms.models import Held, Message, Reaction, Report, Room

CHUNK = 200  # messages in one transaction, so that people can post in between


@dataclass(frozen=True, slots=True)
class Purged:
    """How many were erased: tombstones, decided held messages, notes of decided reports."""

    messages: int
    held: int
    notes: int


def purge(*, days: int | None = None) -> Purged:
    """Erase what was deleted or decided so many days ago (None: TOMBSTONE_DAYS), and on SQLite what
    its log still holds of it."""
    before = timezone.now() - timedelta(days=settings.TOMBSTONE_DAYS if days is None else days)
    held = Held.objects.filter(decided_at__lt=before).exclude(body="").update(body="")
    notes = Report.objects.filter(resolved_at__lt=before).exclude(note="").update(note="")
    purged = Purged(messages=_erase(before), held=held, notes=notes)
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        _empty_log()
    return purged


def _erase(before: datetime) -> int:
    """Uses index: message_deleted_at."""
    rows = Message.objects.filter(deleted_at__lt=before).exclude(body="")
    ids = iter([*rows.values_list("pk", flat=True)])
    count = 0
    while chunk := [*islice(ids, CHUNK)]:
        count += _erase_these(chunk, before)
    return count


def _erase_these(ids: Sequence[int], before: datetime) -> int:
    with transaction.atomic():
        slugs = Message.objects.filter(pk__in=ids).values_list("room__slug", flat=True)
        Room.objects.locked({*slugs})  # nobody restores one meanwhile
        rows = Message.objects.filter(pk__in=ids, deleted_at__lt=before)
        Reaction.objects.filter(message__in=rows).delete()
        return rows.update(body="", html="")


def _empty_log() -> None:
    """What is erased in the file stands in the log until that begins anew."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
