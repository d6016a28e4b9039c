"""Prebuilt frames straight to the socket: the ASGI extension `frames`.

One broadcast is the same bytes for everybody, so the application makes the whole WebSocket frame
once, and here is no work per recipient beyond the write. Frames that become ready in one turn of
the loop are joined, and written at once when nothing is queued before them. Twisted's own way
registers the socket with the selector and waits for the next turn, for each write: that was three
quarters of the cost of a broadcast.
"""

# mypy: allow-untyped-calls
# Twisted is typed in part only.

import asyncio
from collections import deque
from collections.abc import Callable, Hashable
from typing import Protocol

from rooms.server.transport import Transport


class Wired(Protocol):
    """A text frame as it goes over the wire (RFC 6455 5.2), unmasked as a server's are."""

    @property
    def wire(self) -> bytes: ...


class Turn:
    """The writers that have something to send in this turn of the loop; one per server."""

    def __init__(self) -> None:
        self.writers: list[FrameWriter] = []

    def begin(self) -> None:
        asyncio.get_running_loop().call_soon(self._end)

    def _end(self) -> None:
        writers, self.writers = self.writers, []
        for writer in writers:
            writer.flush()


class FrameWriter:
    """What the scope's extension `frames` is: the frames of one socket, in their order.

    Never waits. What the peer leaves unread is bounded: beyond `bound` bytes everything that the
    transport hasn't got yet is given up, and `overflow` is called once.
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
        # Count what this peer sends against somebody, beside the socket itself and its address.
        self.charge = charge
        self.bound = bound
        self._transport = transport
        self._turn = turn
        self._close = close
        self._frames: list[bytes] = []
        self._backlog: deque[bytes] = deque()
        self._backlog_bytes = 0
        self._is_open = True
        # Is it open, with nothing waiting here or in the transport? Kept beside what it follows
        # from: a broadcast asks it of everybody, and each object that it would have to look at has
        # left the processor's cache since the last one.
        self._is_free = not transport.unsent
        self._offer: Callable[[bytes], int] = transport.socket.send
        self._overflow: Callable[[], None] | None = None

    def on_overflow(self, overflow: Callable[[], None], *, bound: int) -> None:
        """What the application does with a peer that leaves more than `bound` bytes unread."""
        self._overflow, self.bound = overflow, bound

    @property
    def unsent(self) -> int:
        """Bytes that the kernel has not taken yet."""
        return sum(map(len, self._frames)) + self._backlog_bytes + self._transport.unsent

    def write(self, frame: Wired) -> None:
        """Send with the other frames of this turn. Nothing, once the socket is closing."""
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
        """Send before the turn ends, if nothing waits before it. For a frame that is nearly alone
        in its turn: to keep it until the end would be most of what Python does per recipient."""
        if not self._is_free:
            self.write(frame)
            return
        wire = frame.wire
        try:
            sent = self._offer(wire)
        except OSError:
            sent = 0  # full, or broken: then Twisted finds out by itself
        if sent != len(wire):
            self._keep([wire], sent)

    def close(self, code: int, reason: str = "") -> None:
        """Say goodbye after what was written."""
        self._close(code, reason)

    # What the server calls

    def flush(self) -> None:
        """The end of the turn."""
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
        """The transport has something that the kernel has not taken yet."""
        self._is_free = False

    def feed(self) -> None:
        """The transport has room again."""
        while self._backlog and not self._transport.is_full:
            data = self._backlog.popleft()
            self._backlog_bytes -= len(data)
            self._transport.write(data)
        self._is_free = self._is_open and not self.unsent

    def end(self) -> None:
        """Hand over everything, as the close frame follows; from here on nothing is written."""
        self.flush()
        self._is_open = self._is_free = False
        while self._backlog:
            self._transport.write(self._backlog.popleft())
        self._backlog_bytes = 0

    def _keep(self, frames: list[bytes], sent: int) -> None:
        """For a peer that doesn't read as fast: frame by frame, so that one can be left out, but
        never half of one."""
        transport = self._transport
        for frame in frames:
            if sent >= len(frame):
                sent -= len(frame)
            elif sent or not (self._backlog or transport.is_full):
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
