"""Which notices this process has already acted on.

What has no place in a room's sequence (a right that was lost, a room that was renamed) is stored
for a while as a row, its notice. Processes hear of it over the channel layer at once, and read what
the layer lost. Rows become visible in the order of their commits, not of their ids, so the poll
reads those of the last seconds again and again, and this remembers which of them are new.

With two ways to arrive, notices overtake each other. Those about one subject are written one after
the other, so their ids are in the order of what happened: an older one has nothing more to say.
"""

from collections import deque

from rooms.fanout.envelopes import Subject

SETTLE_SECONDS = 15.0  # longer than any transaction takes
KEPT_SECONDS = 600.0  # a process that was cut off for longer has missed something


class Notices:
    """The ids that were seen. A state machine without a clock: `now`, in seconds, is an
    argument."""

    def __init__(self) -> None:
        self._seen: dict[int, float] = {}
        self._last: dict[Subject, int] = {}
        self._newest = 0
        self.settled: int | None = None  # nothing new will appear at or below it; None: not begun

    def begin(self, ids: list[int], now: float) -> None:
        """Skip the notices that are older than this process."""
        self.settled = min(ids, default=1) - 1
        for one in ids:
            self._seen.setdefault(one, now)

    def is_new(self, notice: int, now: float) -> bool:
        """Whether this is the first time that it is asked about a notice."""
        if notice in self._seen or (self.settled is not None and notice <= self.settled):
            return False
        self._seen[notice] = now
        return True

    def is_late(self, notice: int) -> bool:
        """Whether a newer notice, on any subject, was heard before this one."""
        late = notice < self._newest
        self._newest = max(self._newest, notice)
        return late

    def is_last(self, notice: int, about: Subject) -> bool:
        """Whether no newer notice on the same subject was heard."""
        last = self._last[about] = max(notice, self._last.get(about, 0))
        return last == notice

    def unseen(self, ids: list[int]) -> list[int]:
        return [one for one in ids if one not in self._seen]

    def has_missed(self, oldest: int) -> bool:
        """Whether some may have been deleted unread, given the lowest id that is left."""
        return bool(self.settled) and oldest > (self.settled or 0) + 1

    def settle(self, now: float) -> None:
        """Forget the ids that are older than any transaction still running."""
        old = [one for one, at in self._seen.items() if now - at > SETTLE_SECONDS]
        if old and self.settled is not None:
            settled = self.settled = max(self.settled, *old)
            for one in [one for one in self._seen if one <= settled]:
                del self._seen[one]
            self._last = {about: one for about, one in self._last.items() if one > settled}


class Retention:
    """Which notices may be deleted. It goes by what this process has seen, because setting a clock
    must not delete what is new, and a number of rows says nothing about their age."""

    def __init__(self) -> None:
        self._newest: deque[tuple[float, int]] = deque()

    def below(self, newest: int, now: float) -> int | None:
        """The id below which all are old, given the highest one now, or None if none is known to
        be. The last one always stays: it shows a process that it can't have missed anything."""
        self._newest.append((now, newest))
        old = None
        while self._newest and now - self._newest[0][0] >= KEPT_SECONDS:
            old = self._newest.popleft()[1]
        return old
