"""Limits on how many frames a peer may send, by socket, by person and by address."""

import time
from collections.abc import Hashable
from typing import NamedTuple

# A full allowance is as good as none, so full ones are swept once there are this many.
SWEEP_AT = 10_000


class Rate(NamedTuple):
    """The size of a bucket, and how many tokens a second refill it."""

    burst: float
    per_second: float


class Allowance:
    """A token bucket. A state machine without a clock: `now`, in seconds, is an argument."""

    __slots__ = ("_at", "_left", "_rate")

    def __init__(self, rate: Rate, now: float) -> None:
        self._rate = rate
        self._left = rate.burst
        self._at = now

    def take(self, now: float) -> bool:
        """Take one token. Returns False if none is left."""
        burst, per_second = self._rate
        left = self._left + (now - self._at) * per_second
        self._at = now
        self._left = burst if left > burst else left
        if self._left < 1:
            return False
        self._left -= 1
        return True

    def is_full(self, now: float) -> bool:
        burst, per_second = self._rate
        return self._left + (now - self._at) * per_second >= burst


class Allowances:
    """Allowances shared by several sockets. They outlive the sockets, or else reconnecting would
    renew them."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, Allowance] = {}
        self._sweep_at = SWEEP_AT

    def take(self, key: Hashable, rate: Rate, now: float) -> bool:
        """Take one of `key`'s tokens. Returns False if none is left."""
        allowance = self._kept.get(key)
        if allowance is None:
            if len(self._kept) >= self._sweep_at:
                self._sweep(now)
            allowance = self._kept[key] = Allowance(rate, now)
        return allowance.take(now)

    def _sweep(self, now: float) -> None:
        self._kept = {key: one for key, one in self._kept.items() if not one.is_full(now)}
        # Twice what is in use, so that a crowd isn't swept anew for each new address.
        self._sweep_at = max(SWEEP_AT, 2 * len(self._kept))


class Toll:
    """The allowances that one socket's frames are counted against: its own and shared ones."""

    __slots__ = ("_own", "_shared", "_with")

    def __init__(self, own: Rate | None, shared: Allowances) -> None:
        self._own = None if own is None else Allowance(own, time.monotonic())
        self._shared = shared
        self._with: list[tuple[Hashable, Rate]] = []

    def charge(self, key: Hashable, rate: Rate | None) -> None:
        """Count this socket's frames against `key`'s allowance as well; None: no limit."""
        if rate is not None:
            self._with.append((key, rate))

    def pay(self) -> bool:
        """Count a frame. Returns False if it is over a limit."""
        now = time.monotonic()
        if self._own is not None and not self._own.take(now):
            return False
        return all(self._shared.take(key, rate, now) for key, rate in self._with)
