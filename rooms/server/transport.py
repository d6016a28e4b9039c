"""The TCP connection under HTTP and WebSockets: how much is unsent, and when to abort a peer.

Inside Twisted this relies on: `tcp.Port.transport` being called to wrap an accepted socket,
`dataBuffer`, `offset` and `_tempDataLen` of `abstract.FileDescriptor` being all that is unsent,
the first and the last being empty when nothing is, `startWriting` being called after that grows,
`doWrite` being the only place where it shrinks, and being called when the kernel has room after
`startWriting`, and `socket` being the connection itself.
"""

# mypy: allow-untyped-calls
# Twisted is typed in part only.

import asyncio
import fcntl
import logging
import socket
import sys
import termios
from collections.abc import Callable
from typing import Any

from twisted.internet import tcp
from twisted.python.failure import Failure

from rooms.server.admission import Census
from rooms.server.limits import Limits
from rooms.server.proxies import Origin

logger = logging.getLogger(__name__)

# Bytes of a file that the kernel keeps for a reader, besides those in flight. It would take up to
# 4 MiB, and then someone who reads slowly would seem to read nothing until half of it is gone.
LOW_WATER = 128 * 1024
LOOKS = 3  # within the time after which a peer that reads nothing is dropped


class Transport(tcp.Server):
    """Tells its writers when to wait, and aborts a peer that reads nothing."""

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
        self._seen_unread = 0  # at the last look
        self._parting: asyncio.TimerHandle | None = None
        self._waiters: list[asyncio.Future[None]] = []
        self._giver: asyncio.Future[None] | None = None  # waits until it can give more
        self.on_wait: Callable[[], None] | None = None  # called when something is left to send
        self.on_room: Callable[[], None] | None = None  # called when it is no longer full
        self._present = present
        present.add(self)
        if not trusted:
            self.count(self.origin.host)

    def count(self, host: str) -> None:
        """Count this connection against the address until it ends."""
        self._counted = host
        self.census.count(host)

    @property
    def unsent(self) -> int:
        """Bytes written here that the kernel hasn't accepted yet."""
        return len(self.dataBuffer) - self.offset + self._tempDataLen

    @property
    def unread(self) -> int:
        """Bytes that the peer's kernel hasn't accepted yet: `unsent`, and those in our kernel."""
        try:
            queued = fcntl.ioctl(self.socket, termios.TIOCOUTQ, bytes(4))
        except (AttributeError, OSError):
            return self.unsent  # the system can't tell, or the connection has ended
        return self.unsent + int.from_bytes(queued, sys.byteorder)

    @property
    def is_full(self) -> bool:
        return bool(self.connected) and self.unsent > self.limits.unsent_bytes

    async def drained(self, most: int | None = None) -> None:
        """Wait until at most `most` bytes are unsent (None: until it isn't full), or the
        connection has ended."""
        while self.is_full if most is None else self.connected and self.unsent > most:
            # The kernel may have taken all there was before, and nothing since.
            self._watch()
            waiter = asyncio.get_running_loop().create_future()
            self._waiters.append(waiter)
            await waiter

    def offer(self, data: bytes) -> int:
        """Return how many bytes the kernel accepted at once: none while something waits before
        them."""
        if self.dataBuffer or self._tempDataLen:
            return 0
        try:
            return self.socket.send(data)
        except OSError:
            return 0  # full, or broken, which Twisted finds out by itself

    def keep_little(self) -> None:
        """From now on, let the kernel accept no more than `LOW_WATER` in advance."""
        if self.connected and hasattr(socket, "TCP_NOTSENT_LOWAT"):
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, LOW_WATER)

    async def writable(self) -> bool:
        """Wait until everything written has been sent and the kernel has room for more. Returns
        False once the connection has ended."""
        if self.connected:
            self._giver = asyncio.get_running_loop().create_future()
            self.startWriting()
            self._watch()
            try:
                await self._giver
            finally:
                self._giver = None
        return bool(self.connected)

    def give(self, data: bytes | memoryview) -> int:
        """Give the kernel what it takes, and return how many bytes that were."""
        if not self.connected:
            return 0
        try:
            return self.socket.send(data)
        except BlockingIOError:
            return 0
        except OSError:
            self.abortConnection()
            return 0

    def send_now(self, data: bytes) -> None:
        """Like `write`, but if possible without waiting for the next turn of the loop."""
        if self.connected:
            sent = self.offer(data)
            if sent < len(data):
                self.write(data[sent:])

    def part(self) -> None:
        """Send what was written, end our direction, and give the peer a moment to read it.

        If we closed at once, whatever the peer still sends would be answered with a reset, which
        destroys our last bytes before they are read.
        """
        if self._parting is None and self.connected:
            # Otherwise Twisted would resume the paused producer instead of closing.
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
        if self._giver is not None and not before and not self._is_closing:
            self.stopWriting()
            self._let_give()
            return None
        outcome = super().doWrite()
        left = self.unsent
        if left < before:
            self._taken_at = asyncio.get_running_loop().time()
        if not left:
            self._let_give()
        if left:
            # The kernel's buffer is full: watch the peer from now on.
            self._watch()
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
        self._let_give()

    # Internal

    def _watch(self) -> None:
        """Watch the peer, unless it is being watched."""
        if self._stall is None:
            self._seen_unread = self.unread
            self._look_in(self.limits.stall_seconds / LOOKS)

    def _look_in(self, seconds: float) -> None:
        self._stall = asyncio.get_running_loop().call_later(seconds, self._judge)

    def _judge(self) -> None:
        self._stall = None
        if not self.connected or not (self.unsent or self._giver):
            return
        now, unread = asyncio.get_running_loop().time(), self.unread
        if unread < self._seen_unread:
            self._taken_at = now  # it reads what the kernel has, which still has no room for more
        self._seen_unread = unread
        idle, patience = now - self._taken_at, self.limits.stall_seconds
        if idle < patience:
            self._look_in(min(patience / LOOKS, patience - idle))
        else:
            logger.info("Peer %s read nothing for %.0f s", self.origin.host, idle)
            self.abortConnection()

    @property
    def _is_closing(self) -> bool:
        return bool(self.disconnecting or self._writeDisconnecting)

    def _let_give(self) -> None:
        if self._giver is not None and not self._giver.done():
            self._taken_at = asyncio.get_running_loop().time()
            self._giver.set_result(None)

    def _wake(self) -> None:
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)
