"""What a socket has still to be told: bounded and in order.

Our server takes whole frames (its extension `frames`, see rooms/server/frames.py) and needs no
task; on any other one task sends what is queued.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, Protocol

from rooms.envelopes import Frame
from rooms.protocol import MAX_UNSENT, Close

Send = Callable[[dict[str, Any]], Awaitable[None]]


def outbox_for(scope: Any, send: Send) -> "Outbox | DirectOutbox":
    """The fastest that the server of this scope offers."""
    frames = scope.get("extensions", {}).get("frames")
    return Outbox(send) if frames is None else DirectOutbox(frames)


class Frames(Protocol):
    """The server's extension, as far as it is used here."""

    def write(self, frame: Frame) -> None: ...

    def send(self, frame: Frame) -> None: ...

    def close(self, code: int, reason: str) -> None: ...

    def on_overflow(self, overflow: Callable[[], None], *, bound: int) -> None: ...

    def charge(self, who: Hashable) -> None: ...


class DirectOutbox:
    """Hands frames to the server. The socket that leaves too much unread is cut off with 4410."""

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
        """At once: the server sends what it was given before it closes."""

    async def run(self) -> None:
        """Nothing to do, as the server sends."""

    def _cut_off(self) -> None:
        self.close(Close.TOO_SLOW, "Too slow to read. Resume with since.")


class Outbox:
    """Frames for one socket. `write` never waits; `run` sends until the socket is closed.

    A socket that leaves more than 1 MiB unread is cut off with 4410: it loses nothing, since it
    resumes by `since`, and nobody else waits for it.
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
        self.send = self.write  # there are no turns here

    @property
    def closing(self) -> bool:
        return self._close is not None

    def charge(self, who: Hashable) -> None:
        """Only our server sees every frame; the others' are counted by the consumer alone."""

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
        """Close after what is queued. The first close wins."""
        if self._close is None:
            self._close = (code, reason)
            self._wanted.set()

    async def flushed(self) -> None:
        """Until nothing is queued."""
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
        except Exception:  # noqa: S110  each server has its own error for a peer that left
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
        # A reason is at most 123 bytes of a close frame (RFC 6455, 5.5).
        short = reason.encode()[:120].decode(errors="ignore")
        await self._send({"type": "websocket.close", "code": int(code), "reason": short})

    def _cut_off(self) -> None:
        """The task waits for a peer that doesn't read: give up the frames, keep the farewell."""
        self._frames.clear()
        self.close(Close.TOO_SLOW, "Too slow to read. Resume with since.")
        if self._task is not None:
            self._cut = True
            self._task.cancel()
