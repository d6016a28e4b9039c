"""What the site's processes tell each other, apart from the messages of a room."""

from django.db import models

from rooms.fanout.poll import Kept
from rooms.storage.sql import select


class NoticeQuerySet(models.QuerySet["Notice"]):
    def ids_after(self, settled: int | None, latest: int) -> Kept:
        """Return the ids after `settled`, or the `latest` few if that is None. Handwritten SQL in a
        single round trip, since every process asks every second."""
        if settled is None:
            newest = self.order_by("-pk").values_list("pk", flat=True)[:latest]
            return Kept(sorted(newest), 0)
        rows = select(
            "SELECT id, (SELECT MIN(id) FROM rooms_notice) FROM rooms_notice"
            " WHERE id > %s ORDER BY id",
            [settled],
        )
        return Kept([pk for pk, _ in rows], rows[0][1] if rows else 0)

    def newest(self) -> int:
        """Return the highest id; 0 if there is none."""
        return self.order_by("-pk").values_list("pk", flat=True).first() or 0


class Notice(models.Model):
    """An envelope outside of any room's sequence: a right was given or lost, a room was renamed. It
    is written in the transaction that it announces."""

    data = models.BinaryField()

    objects = NoticeQuerySet.as_manager()

    def __str__(self) -> str:
        return f"notice {self.pk}"
