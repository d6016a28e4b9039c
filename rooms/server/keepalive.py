"""Keepalive: every socket is pinged now and then, and only the answer proves that the peer reads.

All sockets wait equally long, so two queues in order of waiting, one to ping and one to judge, and
a single timer serve them all. A timer per socket would wake the loop for each: with 5,000 idle
sockets that was more work than their pings.

Sockets that connected at once, say after a restart, would be pinged at once ever after, and a
message posted at that moment would wait behind them. So each tick pings its share of the queue even
before it is due, which spreads any crowd over the first interval.
"""

import asyncio
from itertools import islice, takewhile
from typing import Protocol

TICK_SECONDS = 0.1  # sockets due within it are served in one turn of the loop


class Pinged(Protocol):
    """A socket, as seen from here."""

    def ping(self) -> None: ...

    def judge_silence(self) -> bool: ...


class Keepalive:
    """The queues of one server. Calls `ping` within `ping_seconds`, and `judge_silence` when
    `pong_seconds` have passed without an answer; if that returns False, the socket gets as long
    again."""

    def __init__(self, *, ping_seconds: float, pong_seconds: float) -> None:
        self._ping_seconds = ping_seconds
        self._pong_seconds = pong_seconds
        # When each is due; insertion order is also the order in which they are due.
        self._quiet: dict[Pinged, float] = {}
        self._asked: dict[Pinged, float] = {}
        self._share = 0.0  # how many may be pinged early
        self._shared_at = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def watch(self, socket: Pinged) -> None:
        """Start over with a socket that has just opened or answered."""
        self.forget(socket)
        loop = asyncio.get_running_loop()
        self._quiet[socket] = loop.time() + self._ping_seconds
        if self._timer is None:
            self._timer = loop.call_later(TICK_SECONDS, self._tick)
            self._shared_at = loop.time()

    def forget(self, socket: Pinged) -> None:
        """Stop watching a socket that is closing."""
        self._quiet.pop(socket, None)
        self._asked.pop(socket, None)

    def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        self._timer = None
        for socket in _due(self._asked, now):
            del self._asked[socket]
            if not socket.judge_silence():
                self._asked[socket] = now + self._pong_seconds
        for socket in self._to_ask(now):
            del self._quiet[socket]
            self._asked[socket] = now + self._pong_seconds
            socket.ping()
        if not self._quiet and not self._asked:
            self._share = 0.0
        elif self._timer is None:  # an answer in this turn may have set it
            self._timer = loop.call_later(TICK_SECONDS, self._tick)

    def _to_ask(self, now: float) -> list[Pinged]:
        since = min(now - self._shared_at, self._ping_seconds)
        self._share += len(self._quiet) * since / self._ping_seconds
        self._shared_at = now
        due = _due(self._quiet, now)
        early = islice(self._quiet, len(due), max(len(due), int(self._share)))
        sockets = [*due, *early]
        self._share = max(0.0, self._share - len(sockets))
        return sockets


def _due(line: dict[Pinged, float], now: float) -> list[Pinged]:
    return [socket for socket, _ in takewhile(lambda one: one[1] <= now, line.items())]
