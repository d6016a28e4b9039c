"""The frames still to be sent to a socket: bounded, and in order.

Our server accepts complete frames (its extension `frames`, see rooms/server/frames.py) and needs no
task; on any other server, a task sends what is queued.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, Protocol

from rooms.fanout.envelopes import Frame
from rooms.protocol.codes import Close
from rooms.protocol.limits import MAX_UNSENT

Send = Callable[[dict[str, Any]], Awaitable[None]]


def send_queue_for(scope: Any, send: Send) -> "SendQueue | DirectSendQueue":
    """The fastest queue that the server of this scope supports."""
    frames = scope.get("extensions", {}).get("frames")
    return SendQueue(send) if frames is None else DirectSendQueue(frames)


class Frames(Protocol):
    """The server's extension, as far as it is used here."""

    def write(self, frame: Frame) -> None: ...

    def send(self, frame: Frame) -> None: ...

    def close(self, code: int, reason: str) -> None: ...

    def on_overflow(self, overflow: Callable[[], None], *, bound: int) -> None: ...

    def charge(self, who: Hashable) -> None: ...


class DirectSendQueue:
    """Hands frames to the server. A socket that leaves too much unread is closed with 4410."""

    def __init__(self, frames: Frames) -> None:
        self.write = frames.write
        self.send = frames.send
        self.closing = False
        self._frames = frames
        self.charge = frames.charge
        frames.on_overflow(self._cut_off, bound=MAX_UNSENT)

    def close(self, code: int, reason: str) -> None:
        if not self.closing:
            self.closing = True
            self._frames.close(int(code), reason)

    async def flushed(self) -> None:
        """Return at once: the server sends what it was given before it closes."""

    async def run(self) -> None:
        """Do nothing, as the server does the sending."""

    def _cut_off(self) -> None:
        self.close(Close.TOO_SLOW, "Reading too slowly. Reconnect with since.")


class SendQueue:
    """The frames for one socket. `write` never waits; `run` sends until the socket is closed.

    A socket that leaves more than 1 MiB unread is closed with 4410: it loses nothing, since it
    resumes with `since`, and nobody else has to wait for it.
    """

    def __init__(self, send: Send) -> None:
        self._send = send
        self._frames: deque[Frame] = deque()
        self._unsent = 0
        self._wanted = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._close: tuple[int, str] | None = None
        self._task: asyncio.Task[None] | None = None
        self._cut = False
        self.send = self.write  # frames aren't joined here

    @property
    def closing(self) -> bool:
        return self._close is not None

    def charge(self, who: Hashable) -> None:
        """Do nothing: on other servers, only the consumer counts frames."""

    def write(self, frame: Frame) -> None:
        """Queue a frame."""
        if self._close is not None:
            return
        self._unsent += len(frame.data)
        if self._unsent > MAX_UNSENT and self._frames:
            self._cut_off()
            return
        self._frames.append(frame)
        self._idle.clear()
        self._wanted.set()

    def close(self, code: int, reason: str) -> None:
        """Close after what is queued. Only the first call counts."""
        if self._close is None:
            self._close = (code, reason)
            self._wanted.set()

    async def flushed(self) -> None:
        """Wait until nothing is queued."""
        await self._idle.wait()

    async def run(self) -> None:
        """Send until closed, or until the peer is gone."""
        self._task = asyncio.current_task()
        try:
            await self._send_all()
            await self._send_close()
        except asyncio.CancelledError:
            if not self._cut:
                raise
            await self._send_close()
        except Exception:  # noqa: S110  each server raises its own error when the peer has left
            pass
        finally:
            self._idle.set()

    async def _send_all(self) -> None:
        while not (self._close and not self._frames):
            await self._wanted.wait()
            self._wanted.clear()
            while self._frames:
                frame = self._frames.popleft()
                await self._send({"type": "websocket.send", "text": frame.text})
                self._unsent -= len(frame.data)
            self._idle.set()

    async def _send_close(self) -> None:
        code, reason = self._close or (Close.RESTART, "")
        # A close frame has room for a reason of 123 bytes (RFC 6455, 5.5).
        short = reason.encode()[:120].decode(errors="ignore")
        await self._send({"type": "websocket.close", "code": int(code), "reason": short})

    def _cut_off(self) -> None:
        """Drop the frames but send the close: the task is waiting for a peer that doesn't read."""
        self._frames.clear()
        self.close(Close.TOO_SLOW, "Reading too slowly. Reconnect with since.")
        if self._task is not None:
            self._cut = True
            self._task.cancel()
