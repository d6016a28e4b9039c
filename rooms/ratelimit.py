"""Token buckets for rate limits. The limits are named strings in `settings.LIMITS`: "20/10s" is a
burst of twenty, refilled evenly over ten seconds."""

import functools
import time
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from rooms.errors import RateLimited

UNITS = {"s": 1, "m": 60, "h": 3600}
SWEEP_AT = 10_000  # buckets; full ones are dropped then, since a missing bucket means the same


@dataclass(slots=True)
class Bucket:
    """A state machine without a clock: the time (in seconds) is an argument."""

    burst: float
    seconds: float
    tokens: float
    at: float

    def take(self, now: float) -> float:
        """Take a token and return 0, or return the seconds until there will be one."""
        rate = self.burst / self.seconds
        self.tokens = min(self.burst, self.tokens + (now - self.at) * rate)
        self.at = now
        if self.tokens >= 1:
            self.tokens -= 1
            return 0
        return (1 - self.tokens) / rate

    def full(self, now: float) -> bool:
        return self.tokens + (now - self.at) * self.burst / self.seconds >= self.burst


@functools.cache
def parse(limit: str) -> tuple[float, float]:
    """ "20/10s" → (20, 10); "10/h" → (10, 3600). Raises ValueError on anything else."""
    burst, _, period = limit.partition("/")
    return float(burst), float(period[:-1] or 1) * UNITS[period[-1]]


_buckets: dict[tuple[str, object], Bucket] = {}


def consume(name: str, key: object) -> None:
    """Count one `name` against `key` (a user's id, an address). Raises RateLimited."""
    if not settings.RATE_LIMITS:
        return
    now = time.monotonic()
    bucket = _buckets.get((name, key))
    if bucket is None:
        if len(_buckets) >= SWEEP_AT:
            _sweep(now)
        burst, seconds = parse(settings.LIMITS[name])
        bucket = _buckets[name, key] = Bucket(burst, seconds, burst, now)
    wait = bucket.take(now)
    if wait:
        raise RateLimited(
            _("That was too fast. Try again in %(seconds)d s."),
            seconds=max(1, round(wait)),
            retry_after=round(wait, 1) or 0.1,
        )


def reset() -> None:
    """Forget every count, for tests."""
    _buckets.clear()


def _sweep(now: float) -> None:
    for key in [key for key, bucket in list(_buckets.items()) if bucket.full(now)]:
        _buckets.pop(key, None)
