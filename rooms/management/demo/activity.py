"""When people write: busy hours and days, quiet nights and weekends."""

from bisect import bisect_right
from datetime import datetime, timedelta
from random import Random

from django.utils import timezone

# How much is written in each hour of a day, and on each day of a week from Monday.
HOURS = (2, 1, 1, 1, 1, 2, 5, 12, 30, 44, 46, 40, 28, 38, 42, 44, 40, 34, 26, 22, 20, 16, 9, 4)
DAYS = (10, 11, 11, 10, 9, 4, 3)


class Activity:
    """Points in time up to now, dense when people are awake and at work."""

    def __init__(self, now: datetime, days: int) -> None:
        self.begin = (now - timedelta(days=days)).replace(minute=0, second=0, microsecond=0)
        hours = int((now - self.begin) / timedelta(hours=1))
        local = timezone.localtime(self.begin)
        self.weights = [0.0]
        for index in range(hours):
            at = local + timedelta(hours=index)
            self.weights.append(self.weights[-1] + HOURS[at.hour] * DAYS[at.weekday()])

    def sample(self, count: int, rng: Random) -> list[datetime]:
        """Return `count` moments in order. The number of random numbers drawn doesn't depend on the
        time of day."""
        return [self._moment(where) for where in sorted(rng.random() for _ in range(count))]

    def _moment(self, where: float) -> datetime:
        target = where * self.weights[-1]
        hour = min(bisect_right(self.weights, target), len(self.weights) - 1) - 1
        low, high = self.weights[hour], self.weights[hour + 1]
        return self.begin + timedelta(hours=hour + (target - low) / (high - low))
