"""Who is still there: a ping now and then to every socket, whose answer alone proves a reader.

Everybody waits equally long, so those to ask and those to judge stand in two lines, the longest
waiting first, and one timer serves them all. A timer per socket wakes the loop for each: with
5,000 idle sockets that was more work than their pings.

Who came in a crowd, after a restart say, would be asked in a crowd ever after, and what is posted
in that moment would wait behind them. So each tick asks its share of the line even before they are
due, which spreads any crowd over the first interval.
"""

import asyncio
from itertools import islice, takewhile
from typing import Protocol

TICK_SECONDS = 0.1  # who is due within it is asked, or judged, in one turn of the loop


class Pinged(Protocol):
    """What is said to a socket."""

    def ping(self) -> None: ...

    def judge_silence(self) -> bool: ...


class Keepalive:
    """The lines of one server: `ping` after at most so many seconds, `judge_silence` when so many
    have passed without an answer. A socket that is not given up, which that returns, gets as long
    again."""

    def __init__(self, *, ping_seconds: float, pong_seconds: float) -> None:
        self._ping_seconds = ping_seconds
        self._pong_seconds = pong_seconds
        # Until when; the order in which they came is the order in which they are due.
        self._quiet: dict[Pinged, float] = {}
        self._asked: dict[Pinged, float] = {}
        self._share = 0.0  # how many may be asked early
        self._shared_at = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def watch(self, socket: Pinged) -> None:
        """It is there at this moment: it has just opened, or has answered."""
        self.forget(socket)
        loop = asyncio.get_running_loop()
        self._quiet[socket] = loop.time() + self._ping_seconds
        if self._timer is None:
            self._timer = loop.call_later(TICK_SECONDS, self._tick)
            self._shared_at = loop.time()

    def forget(self, socket: Pinged) -> None:
        """It is closing."""
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
        elif self._timer is None:  # an answer in this very turn has set it already
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
