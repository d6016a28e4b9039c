"""What the processes of the site have to hear of, beside the messages of a room."""

from django.db import models
from django.db.models import Max

KEPT = 10_000  # the newest; a process asks every second


class NoticeQuerySet(models.QuerySet["Notice"]):
    def ids_after(self, settled: int | None, latest: int) -> list[int]:
        """The ids after one, or the `latest` few when that is None; the lowest first."""
        if settled is not None:
            return [*self.filter(pk__gt=settled).order_by("pk").values_list("pk", flat=True)]
        newest = self.order_by("-pk").values_list("pk", flat=True)[:latest]
        return sorted(newest)

    def prune(self) -> int:
        """Delete what every process has long heard of; the number of rows. By id: a clock that
        is set must not delete what is new."""
        last = self.aggregate(last=Max("pk"))["last"] or 0
        return self.filter(pk__lte=last - KEPT).delete()[0]


class Notice(models.Model):
    """An envelope without a place in a room's sequence: a right that was given or lost, a room
    that was renamed. Written in the transaction that it tells of."""

    data = models.BinaryField()

    objects = NoticeQuerySet.as_manager()

    def __str__(self) -> str:
        return f"notice {self.pk}"
