"""Prebuilt frames straight to the socket: the ASGI extension `frames`.

A broadcast is the same bytes for everyone, so the application builds the WebSocket frame once and
only the write is left to do per recipient. Frames that become ready in the same turn of the loop
are joined, and written at once if nothing is queued before them. Twisted would register the socket
with the selector and wait for the next turn, for each write: that was three quarters of the cost of
a broadcast.
"""

# mypy: allow-untyped-calls
# Twisted is typed in part only.

import asyncio
from collections import deque
from collections.abc import Callable, Hashable
from typing import Protocol

from rooms.server.transport import Transport

# The most that the transport may hold: that can't be dropped any more, and delays a close frame.
HANDED_BYTES = 32 * 1024


class Wired(Protocol):
    """A text frame as it goes over the wire, unmasked as a server's are (RFC 6455, 5.2)."""

    @property
    def wire(self) -> bytes: ...


class Turn:
    """The writers with frames to send at the end of this turn of the loop; one per server."""

    def __init__(self) -> None:
        self.writers: list[FrameWriter] = []

    def begin(self) -> None:
        asyncio.get_running_loop().call_soon(self._end)

    def _end(self) -> None:
        writers, self.writers = self.writers, []
        for writer in writers:
            writer.flush()


class FrameWriter:
    """The value of the scope's `frames` extension: writes the frames of one socket, in order.

    Never waits. What the peer leaves unread is bounded: beyond `bound` bytes, everything that isn't
    with the transport yet is dropped, and `overflow` is called once.
    """

    __slots__ = ("_backlog", "_backlog_bytes", "_close", "_frames", "_is_free", "_is_open",
                 "_offer", "_overflow", "_transport", "_turn", "bound", "charge")  # fmt: skip

    def __init__(
        self,
        transport: Transport,
        turn: Turn,
        *,
        bound: int,
        close: Callable[[int, str], None],
        charge: Callable[[Hashable], None],
    ) -> None:
        # Count this peer's frames against a person, besides the socket itself and its address.
        self.charge = charge
        self.bound = bound
        self._transport = transport
        self._turn = turn
        self._close = close
        self._frames: list[bytes] = []
        self._backlog: deque[bytes] = deque()
        self._backlog_bytes = 0
        self._is_open = True
        # Whether it is open, with nothing waiting here or in the transport. It could be derived,
        # but a broadcast asks every recipient, and each object to look at would be a cache miss.
        self._is_free = not transport.unsent
        self._offer: Callable[[bytes], int] = transport.socket.send
        self._overflow: Callable[[], None] | None = None

    def on_overflow(self, overflow: Callable[[], None], *, bound: int) -> None:
        """Set what to do about a peer that leaves more than `bound` bytes unread."""
        self._overflow, self.bound = overflow, bound

    @property
    def unsent(self) -> int:
        """Bytes that the kernel hasn't accepted yet."""
        return sum(map(len, self._frames)) + self._backlog_bytes + self._transport.unsent

    def write(self, frame: Wired) -> None:
        """Send with the other frames of this turn. Does nothing once the socket is closing."""
        if not self._frames:
            if not self._is_open:
                return
            turn = self._turn
            if not turn.writers:
                turn.begin()
            turn.writers.append(self)
            self._is_free = False
        self._frames.append(frame.wire)

    def send(self, frame: Wired) -> None:
        """Send now, unless something waits before it. For a frame that is probably alone in its
        turn: keeping it until the end would be most of what Python does per recipient."""
        if not self._is_free:
            self.write(frame)
            return
        wire = frame.wire
        try:
            sent = self._offer(wire)
        except OSError:
            sent = 0  # full, or broken, which Twisted finds out by itself
        if sent != len(wire):
            self._keep([wire], sent)

    def close(self, code: int, reason: str = "") -> None:
        """Close the socket after what was written."""
        self._close(code, reason)

    # What the server calls

    def flush(self) -> None:
        """Send everything, at the end of the turn."""
        frames = self._frames
        if not frames:
            return
        self._frames = []
        transport = self._transport
        if not transport.connected:
            return
        sent = 0  # bytes
        if not self._backlog:
            data = frames[0] if len(frames) == 1 else b"".join(frames)
            sent = transport.offer(data)
            if sent == len(data):
                self._is_free = self._is_open
                return
        self._keep(frames, sent)

    def wait(self) -> None:
        """The transport holds something that the kernel hasn't accepted yet."""
        self._is_free = False

    def feed(self) -> None:
        """The transport has room again."""
        while self._backlog and self._transport.unsent < HANDED_BYTES:
            data = self._backlog.popleft()
            self._backlog_bytes -= len(data)
            self._transport.write(data)
        self._is_free = self._is_open and not self.unsent

    def end(self) -> None:
        """Hand everything to the transport, as the close frame follows. Write nothing more."""
        self.flush()
        self._is_open = self._is_free = False
        while self._backlog:
            self._transport.write(self._backlog.popleft())
        self._backlog_bytes = 0

    def _keep(self, frames: list[bytes], sent: int) -> None:
        """Queue what a slow peer hasn't taken, frame by frame, so that a frame can be dropped, but
        never half of one."""
        transport = self._transport
        for frame in frames:
            if sent >= len(frame):
                sent -= len(frame)
            elif sent or not (self._backlog or transport.unsent >= HANDED_BYTES):
                transport.write(frame[sent:])
                sent = 0
            else:
                self._backlog.append(frame)
                self._backlog_bytes += len(frame)
                if self._backlog_bytes + transport.unsent > self.bound:
                    self._give_up()
                    return

    def _give_up(self) -> None:
        self._backlog.clear()
        self._backlog_bytes = 0
        self._is_open = self._is_free = False
        if self._overflow is not None:
            self._overflow()
