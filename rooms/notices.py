"""Which notices this process has acted upon.

What has no place in a room's sequence (a right that was lost, a room that was renamed) is kept for
a while as a row, its notice. Processes hear of it over the channel layer at once, and read what
the layer lost. Rows become visible in the order of their commits, not of their ids, so those of
the last seconds are looked at again and again: this remembers what is new among them.
"""

SETTLE_SECONDS = 15.0  # longer than any transaction lives


class Notices:
    """Ids that were seen; the time, in seconds, is an argument."""

    def __init__(self) -> None:
        self._seen: dict[int, float] = {}
        self.settled: int | None = None  # nothing new comes at or below it; None: not begun

    def begin(self, ids: list[int], now: float) -> None:
        """What was there before this process has nothing to tell it."""
        self.settled = min(ids, default=1) - 1
        for one in ids:
            self._seen.setdefault(one, now)

    def is_new(self, notice: int, now: float) -> bool:
        """True the first time that it is asked about a notice."""
        if notice in self._seen or (self.settled is not None and notice <= self.settled):
            return False
        self._seen[notice] = now
        return True

    def unseen(self, ids: list[int]) -> list[int]:
        return [one for one in ids if one not in self._seen]

    def settle(self, now: float) -> None:
        """Forget what is older than every transaction that still runs."""
        old = [one for one, at in self._seen.items() if now - at > SETTLE_SECONDS]
        if old and self.settled is not None:
            self.settled = max(self.settled, *old)
            for one in [one for one in self._seen if one <= self.settled]:
                del self._seen[one]
