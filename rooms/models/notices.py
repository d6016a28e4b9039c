"""What the processes of the site have to hear of, beside the messages of a room."""

from django.db import models

from rooms.poll import Kept
from rooms.statements import select


class NoticeQuerySet(models.QuerySet["Notice"]):
    def ids_after(self, settled: int | None, latest: int) -> Kept:
        """The ids after one, or the `latest` few when that is None. By hand and in one trip: every
        process asks every second."""
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
        """The highest id; 0 where there is none."""
        return self.order_by("-pk").values_list("pk", flat=True).first() or 0


class Notice(models.Model):
    """An envelope without a place in a room's sequence: a right that was given or lost, a room
    that was renamed. Written in the transaction that it tells of."""

    data = models.BinaryField()

    objects = NoticeQuerySet.as_manager()

    def __str__(self) -> str:
        return f"notice {self.pk}"
