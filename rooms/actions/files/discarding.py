"""Delete files: the rows at once, the bytes by a job after the commit."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import islice
from typing import ClassVar

from django.db import transaction
from django.utils import timezone

from rooms.files import incoming
from rooms.files.storage import content_key, storage, thumbnail_key
from rooms.models import Upload
from rooms.queries.jobs import Work, enqueue

ORPHAN = timedelta(days=1)
CHUNK = 100  # uploads in one job, and in one transaction of `tidy`


class DeleteFiles(Work, frozen=True):
    """Delete what is stored for uploads whose rows are gone."""

    kind: ClassVar[str] = "files.delete"

    uploads: tuple[str, ...]


def discard(upload_ids: Iterable[str]) -> None:
    """Delete uploads and the pictures of their videos. Needs a transaction: the bytes go after its
    commit. For operations that have checked the rights."""
    ids = [*upload_ids]
    posters = Upload.objects.filter(poster_of__in=ids).values_list("pk", flat=True)
    every = sorted({*ids, *posters})
    Upload.objects.filter(pk__in=every).delete()
    left = iter(every)
    while chunk := tuple(islice(left, CHUNK)):
        enqueue(DeleteFiles(uploads=chunk))


def delete_files(upload_ids: Sequence[str]) -> None:
    """Delete what is stored for these uploads, except those that still have a row. Twice is once.
    Raises OSError or Unavailable when the storage is away."""
    kept = {*Upload.objects.filter(pk__in=upload_ids).values_list("pk", flat=True)}
    store = storage()
    for pk in upload_ids:
        if pk not in kept:
            store.delete(content_key(pk))
            store.delete(thumbnail_key(pk))
            incoming.remove(pk)


def tidy() -> int:
    """Discard what has lain about for a day without being posted; return how many. Uses index:
    upload_unposted."""
    before = timezone.now() - ORPHAN
    old = Upload.objects.filter(message=None, held=None, poster_of=None, touched_at__lt=before)
    ids = iter([*old.values_list("pk", flat=True)])
    count = 0
    while chunk := [*islice(ids, CHUNK)]:
        with transaction.atomic():
            # Again, and locked: one of them may have been posted meanwhile.
            rows = Upload.objects.filter(pk__in=chunk, message=None, held=None)
            locked = rows.filter(touched_at__lt=before).order_by("pk")
            left = [*locked.select_for_update(no_key=True).values_list("pk", flat=True)]
            discard(left)
            count += len(left)
    return count
