"""The reading half of a WebSocket: from bytes to messages in the inbox, counted and bounded.

Inside autobahn this relies on: `_dataReceived` and `consumeData` driving `processData`, which takes
one frame from `data`; `_fail_connection` being where every violation ends, and `failByDrop` making
the parser stop there; the `state` that it keeps; `current_frame` and `current_frame_masker` being
the frame that is being read.
"""

# mypy: allow-untyped-calls
# Twisted is typed in part only.

import asyncio
import math
from typing import TYPE_CHECKING, Any

from daphne.ws_protocol import WebSocketProtocol

from rooms.server.admission import address_key
from rooms.server.allowance import Toll
from rooms.server.close_codes import FLOODING, FRAME_TOO_LARGE, NORMAL, TOO_BIG
from rooms.server.inbox import Inbox
from rooms.server.transport import Transport

if TYPE_CHECKING:
    from rooms.server import Server

CLOSE_OPCODE = 8
PONG = b"\x8a\x88"  # the answer to our ping: final, masked; four bytes of mask, eight of payload
PONG_BYTES = 14
# Read and discarded after we have closed: if we stopped reading, our kernel would answer with a
# reset, which destroys the close frame on its way. A peer that sends more than can be in flight
# isn't read any further.
DISCARDED_BYTES = 4 * 1024 * 1024
MAX_FRAGMENTS = 1024  # per message; a limit on the length alone allows any number of empty ones


def _unmask(mask: bytes, payload: bytes) -> bytes:
    """Unmask a payload (RFC 6455, 5.3), all bytes at once."""
    size = len(payload)
    key = (mask * (size // 4 + 1))[:size]
    unmasked = int.from_bytes(payload, "little") ^ int.from_bytes(key, "little")
    return unmasked.to_bytes(size, "little")


class Reader(WebSocketProtocol):  # type: ignore[misc]  # Daphne has no types
    """A socket's input. `Socket` adds everything else."""

    transport: Transport
    server: "Server"
    current_frame: Any  # autobahn's header of the frame that is being read

    def connectionMade(self) -> None:
        self._inbox: Inbox | None = None
        self._is_deaf = False  # whatever the peer sends is discarded
        self._discarded = 0  # bytes
        self._fragments = 0
        self._skip = 0  # bytes left of a frame that was being read when we closed
        self._sees_close = False  # the peer's close frame has begun
        self._resumed_at = -math.inf  # when the inbox had room again
        super().connectionMade()

    def open_inbox(self) -> None:
        """Get ready to read, and count the frames from here on."""
        server = self.factory.server_class
        self._inbox = Inbox(
            server.limits.waiting_frames,
            pause=self.transport.pauseProducing,
            resume=self._read_on_soon,
        )
        self._toll = Toll(server.limits.socket_frames, server.allowances)
        self._toll.charge(address_key(self.transport.origin.host), server.limits.address_frames)

    @property
    def inbox(self) -> Inbox:
        """Exists from the handshake on, which is before the application runs."""
        if self._inbox is None:
            raise RuntimeError("No handshake yet")
        return self._inbox

    def shut(self, code: int, reason: str = "") -> None:
        """Close the socket."""
        raise NotImplementedError

    # Bytes

    def dataReceived(self, data: bytes) -> None:
        if self._is_deaf:
            self._discarded += len(data)
            if self._discarded > DISCARDED_BYTES:
                self.transport.pauseProducing()
            return
        if self.state == self.STATE_OPEN and not self.data and not self.inside_message:
            data = self._take_plain(data)
        # Not autobahn's `dataReceived`, which adds only a debug line, at a cost of 10 µs.
        if data:
            self._dataReceived(data)

    def _take_plain(self, data: bytes) -> bytes:
        """Take what clients nearly always send: complete, short, final text frames at the start, or
        a pong alone. Returns the rest, for autobahn to parse."""
        position, size = 0, len(data)
        if size == PONG_BYTES and data.startswith(PONG):
            if self._pay():
                self.onPong(_unmask(data[2:6], data[6:]))
            return b""
        inbox = self.inbox
        while size - position > 6 and not inbox.is_full:
            length = data[position + 1] & 0x7F
            start = position + 6
            if data[position] != 0x81 or data[position + 1] < 0x80 or length > 126:
                break
            if length == 126:
                start += 2
                length = int.from_bytes(data[position + 2 : position + 4], "big")
                if length < 126:
                    break
            end = start + length
            if end > size or length > self.server.limits.frame_bytes:
                break
            try:
                text = _unmask(data[start - 4 : start], data[start:end]).decode()
            except UnicodeDecodeError:
                break
            if not self._pay():
                return b""
            inbox.put_nowait({"type": "websocket.receive", "text": text})
            position = end
        return data[position:] if position else data

    # Frames

    def processData(self) -> bool:
        """Parse the next frame, unless the application is behind.

        Up to 64 KiB more may have been read with the frame that filled the inbox; they wait in
        `data`.
        """
        if self._is_deaf:
            self.data = b""
            return False
        if self.state == self.STATE_OPEN:
            if self.inbox.is_full:
                return False
        elif not self._sees_close and not self._find_close():
            return False
        return bool(super().processData())

    def _find_close(self) -> bool:
        """After we have closed, skip to the peer's close frame without parsing what is before it:
        parsing costs as much as it always does. Returns False if it hasn't come yet."""
        data, at = self.data, self._skip
        size = len(data)
        while at + 2 <= size:
            if data[at] & 0x0F == CLOSE_OPCODE:
                self._sees_close = True
                break
            length, start = data[at + 1] & 0x7F, at + 6
            if length > 125:
                width = 2 if length == 126 else 8
                if at + 2 + width > size:
                    break
                length = int.from_bytes(data[at + 2 : at + 2 + width], "big")
                start += width
            if not self._toll.pay():
                self._is_deaf = True
                self.data = b""
                return False
            at = start + length
        self._skip = max(at - size, 0)
        self.data = data[at:]
        return self._sees_close

    def onFrameBegin(self) -> None:
        # Before any work is done for it. Each fragment counts as a frame.
        if self._pay():
            super().onFrameBegin()

    def _pay(self) -> bool:
        """Count a frame. The first one over the limit closes the socket."""
        if self._sees_close or self._toll.pay():
            return True
        self._fail_connection(FLOODING, "Too many frames.")
        return False

    def onMessageBegin(self, isBinary: bool) -> None:
        self._fragments = 0
        super().onMessageBegin(isBinary)

    def onMessageFrameBegin(self, length: int) -> None:
        self._fragments += 1
        if self._fragments > MAX_FRAGMENTS:
            self._fail_connection(TOO_BIG, "too many fragments")
        super().onMessageFrameBegin(length)

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        if self.state != self.STATE_OPEN:
            return
        if isBinary:
            self.inbox.put_nowait({"type": "websocket.receive", "bytes": payload})
        else:
            self.inbox.put_nowait({"type": "websocket.receive", "text": payload.decode()})

    # Pausing and stopping

    def _read_on_soon(self) -> None:
        # Not at once: an error in the parser must not surface in the application's `receive`.
        loop = asyncio.get_running_loop()
        self._resumed_at = loop.time()
        loop.call_soon(self._read_on)

    def _read_on(self) -> None:
        self.transport.resumeProducing()
        if self.data:
            self.consumeData()

    def _fail_connection(self, code: int = NORMAL, reason: str = "") -> None:
        """The peer violated the protocol or a limit: tell it so, and ignore what it sends."""
        self.failedByMe = True
        if code == TOO_BIG:
            code, reason = FRAME_TOO_LARGE, "frame too large"
        if self.state != self.STATE_OPEN:
            self.transport.abortConnection()
            return
        self._is_deaf = True
        self.shut(code, reason)
        self.transport.part()

    def _leave_frame(self) -> None:
        """Skip the rest of the frame that is being read, unless it is the peer's close frame."""
        if self.current_frame is None:
            return
        if self.current_frame.opcode == CLOSE_OPCODE:
            self._sees_close = True
        else:
            self._skip = self.current_frame.length - self.current_frame_masker.pointer()
            self.current_frame = None
