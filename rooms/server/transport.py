"""The TCP connection under HTTP and WebSockets: how much is unsent, and what if nobody takes it.

Inside Twisted this relies on: `tcp.Port.transport` being called to wrap an accepted socket,
`dataBuffer`, `offset` and `_tempDataLen` of `abstract.FileDescriptor` being all that is unsent,
the first and the last being empty when nothing is, `startWriting` being called after that grows,
`doWrite` being the only place where it shrinks, and `socket` being the connection itself.
"""

# mypy: allow-untyped-calls
# Twisted is typed in part only.

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from twisted.internet import tcp
from twisted.python.failure import Failure

from rooms.server.admission import Census
from rooms.server.limits import Limits
from rooms.server.proxies import Origin

logger = logging.getLogger(__name__)


class Transport(tcp.Server):
    """Tells its writers when to wait, and aborts a peer that takes nothing."""

    def __init__(
        self,
        *args: Any,
        limits: Limits,
        census: Census,
        trusted: bool,
        present: "set[Transport]",
    ) -> None:
        super().__init__(*args)
        self.limits = limits
        self.census = census
        self.is_from_proxy = trusted
        self.origin = Origin(str(self.client[0]), int(str(self.client[1])), secure=False)
        self._counted: str | None = None
        self._taken_at = 0.0
        self._stall: asyncio.TimerHandle | None = None
        self._parting: asyncio.TimerHandle | None = None
        self._waiters: list[asyncio.Future[None]] = []
        self.on_wait: Callable[[], None] | None = None  # called when something is left to be sent
        self.on_room: Callable[[], None] | None = None  # called when it is no longer full
        self._present = present
        present.add(self)
        if not trusted:
            self.count(self.origin.host)

    def count(self, host: str) -> None:
        """Charge this connection to the address, until it ends."""
        self._counted = host
        self.census.count(host)

    @property
    def unsent(self) -> int:
        """Bytes written here that the kernel has not taken yet."""
        return len(self.dataBuffer) - self.offset + self._tempDataLen

    @property
    def is_full(self) -> bool:
        return bool(self.connected) and self.unsent > self.limits.unsent_bytes

    async def drained(self) -> None:
        """Wait until there is room again, or nobody to write to."""
        while self.is_full:
            waiter = asyncio.get_running_loop().create_future()
            self._waiters.append(waiter)
            await waiter

    def offer(self, data: bytes) -> int:
        """Bytes of it that the kernel took at once; none while something waits before it."""
        if self.dataBuffer or self._tempDataLen:
            return 0
        try:
            return self.socket.send(data)
        except OSError:
            return 0  # full, or broken: then Twisted finds out by itself

    def send_now(self, data: bytes) -> None:
        """Like `write`, but without waiting for the next turn of the loop if that can be."""
        if self.connected:
            sent = self.offer(data)
            if sent < len(data):
                self.write(data[sent:])

    def part(self) -> None:
        """Send what is written, say that nothing follows, and give the peer a moment to read it.

        Closing at once would answer what the peer still sends with a reset, and a reset takes
        the last words with it before they are read.
        """
        if self._parting is None and self.connected:
            # A producer that was paused is resumed instead of the connection being closed.
            self.unregisterProducer()
            self.resumeProducing()
            self.loseWriteConnection()
            loop = asyncio.get_running_loop()
            self._parting = loop.call_later(self.limits.close_seconds, self.abortConnection)

    # What Twisted calls

    def startWriting(self) -> None:
        super().startWriting()
        if self.on_wait is not None:
            self.on_wait()

    def doWrite(self) -> Any:
        before = self.unsent
        outcome = super().doWrite()
        left = self.unsent
        if left < before:
            self._taken_at = asyncio.get_running_loop().time()
        if left and self._stall is None:
            # The kernel's buffer is full: from here on the peer is watched.
            self._watch(self.limits.stall_seconds)
        if not self.is_full:
            self._wake()
            if self.on_room is not None:
                self.on_room()
        return outcome

    def connectionLost(self, reason: Failure) -> None:
        if not hasattr(self, "socket"):
            return  # Twisted may report the same loss twice
        for timer in (self._stall, self._parting):
            if timer is not None:
                timer.cancel()
        self._present.discard(self)
        if self._counted is not None:
            self.census.discount(self._counted)
        super().connectionLost(reason)
        self._wake()

    # Internal

    def _watch(self, seconds: float) -> None:
        self._stall = asyncio.get_running_loop().call_later(seconds, self._judge)

    def _judge(self) -> None:
        self._stall = None
        if not self.unsent or not self.connected:
            return
        idle = asyncio.get_running_loop().time() - self._taken_at
        if idle < self.limits.stall_seconds:
            self._watch(self.limits.stall_seconds - idle)
        else:
            logger.info("Peer %s took nothing for %.0f s", self.origin.host, idle)
            self.abortConnection()

    def _wake(self) -> None:
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)
