"""Sockets by the thousand in one thread: `epoll`, and one function for each socket."""

import select
import time
from collections.abc import Callable

from tests.load.errors import Wrong

Handler = Callable[[int], None]


class Loop:
    """Calls a socket's handler with its descriptor when there is something to read (or write)."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self.handlers: dict[int, Handler] = {}

    def read(self, descriptor: int, handler: Handler) -> None:
        known = descriptor in self.handlers
        (self._epoll.modify if known else self._epoll.register)(descriptor, select.EPOLLIN)
        self.handlers[descriptor] = handler

    def write(self, descriptor: int, handler: Handler) -> None:
        """A socket that is new here."""
        self._epoll.register(descriptor, select.EPOLLOUT)
        self.handlers[descriptor] = handler

    def forget(self, descriptor: int) -> None:
        self._epoll.unregister(descriptor)
        del self.handlers[descriptor]

    def turn(self, timeout: float) -> None:
        """Wait that many seconds at most for something to happen, and handle it."""
        handlers = self.handlers
        for descriptor, _ in self._epoll.poll(max(timeout, 0), len(handlers) + 1):
            handlers[descriptor](descriptor)

    def run_for(self, seconds: float) -> None:
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            self.turn(left)

    def run_until(self, done: Callable[[], bool], within: float, what: Callable[[], str]) -> None:
        """Raises Wrong, and says what is missing, when it isn't done in so many seconds."""
        end = time.perf_counter() + within
        while not done():
            if time.perf_counter() > end:
                raise Wrong(f"not within {within:.0f} s: {what()}")
            self.turn(0.1)

    def close(self) -> None:
        self._epoll.close()
