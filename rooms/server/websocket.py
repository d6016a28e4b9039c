"""WebSockets: autobahn speaks the protocol, Daphne builds the scope, and here are the bounds.

Inside autobahn this relies on: `_dataReceived` and `consumeData` driving `processData`, which takes
one frame from `data`; `_fail_connection` being where every violation ends, and `failByDrop` making
the parser stop there; `sendFrame`, `sendCloseFrame` and the `state` that they keep;
`CONFIG_ATTRS` naming what a connection copies from its factory.
Inside Daphne: `onConnect` calls `create_application` and puts `websocket.connect` into the queue
that it returns; `handshake_deferred` and `serverAccept`; `muted` is never set.
"""

# mypy: allow-untyped-calls
# Twisted is typed in part only.

import asyncio
import logging
import math
import os
from collections import deque
from collections.abc import Callable, Hashable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from autobahn.websocket.types import ConnectionDeny
from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol

from rooms.server.admission import address_key
from rooms.server.allowance import Toll
from rooms.server.frames import FrameWriter
from rooms.server.http import BARE
from rooms.server.transport import Transport

if TYPE_CHECKING:
    from rooms.server import Server

logger = logging.getLogger(__name__)

NORMAL = 1000
NO_CODE = 1005  # what ASGI reports for a close frame without a code
TOO_BIG = 1009  # what autobahn says; ours says 4413, which the client tells from a proxy's 1009
INTERNAL_ERROR = 1011
RESTART = 1012
SILENT = 4408
FRAME_TOO_LARGE = 4413
FLOODING = 4429
CLOSE_OPCODE = 8

PING = b"\x89\x08"  # RFC 6455 5.2: final, unmasked, with the eight bytes that follow
PONG = b"\x8a\x88"  # its answer: final, masked; four bytes of mask and the same eight
PONG_BYTES = 14

REASON_BYTES = 123  # RFC 6455 5.5: a control frame carries 125 bytes, the code takes two
CATCH_UP_SECONDS = 0.25  # to read what is already here
# Read and thrown away after our goodbye, so that the peer's kernel isn't answered with a reset that
# takes the goodbye along; whoever sends more than may be on its way isn't read any further.
DEAF_BYTES = 4 * 1024 * 1024
MAX_FRAGMENTS = 1024  # of one message; empty ones would otherwise pile up unseen by its length


class Inbox:
    """What the application has not received yet. Stops the reading when it is full.

    It is not an `asyncio.Queue`, because that has no say in how fast the peer may send.
    """

    def __init__(self, size: int, *, pause: Callable[[], None], resume: Callable[[], None]) -> None:
        self.size = size
        self.is_paused = False
        self._pause = pause
        self._resume = resume
        self._messages: deque[dict[str, Any]] = deque()
        self._waiter: asyncio.Future[None] | None = None

    @property
    def is_full(self) -> bool:
        return len(self._messages) >= self.size

    def put_nowait(self, message: dict[str, Any]) -> None:
        self._messages.append(message)
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
        if self.is_full and not self.is_paused:
            self.is_paused = True
            self._pause()

    async def get(self) -> dict[str, Any]:
        while not self._messages:
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        message = self._messages.popleft()
        # Half empty, not one below full: reading goes on and off per batch, not per frame.
        if self.is_paused and len(self._messages) <= self.size // 2:
            self.is_paused = False
            self._resume()
        return message


def _unmask(mask: bytes, payload: bytes) -> bytes:
    """RFC 6455 5.3, all bytes at once."""
    size = len(payload)
    key = (mask * (size // 4 + 1))[:size]
    unmasked = int.from_bytes(payload, "little") ^ int.from_bytes(key, "little")
    return unmasked.to_bytes(size, "little")


class Socket(WebSocketProtocol):  # type: ignore[misc]  # Daphne has no types
    """One WebSocket: backpressure both ways, its own keepalive, and a close that says why."""

    transport: Transport
    server: "Server"
    current_frame: Any  # autobahn's header of the frame that is being read

    # Daphne's do the same in Python, and a socket is looked up wherever it is kept.
    __hash__ = object.__hash__
    __eq__ = object.__eq__

    def connectionMade(self) -> None:
        # Twisted's HTTP channel stays registered for what is no longer its business.
        self.transport.unregisterProducer()
        self._inbox: Inbox | None = None
        self._is_deaf = False
        self._unheard = 0  # bytes since
        self._fragments = 0
        self._skip = 0  # bytes of a frame that our goodbye came in the middle of
        self._sees_close = False  # the peer's answer to our goodbye, or its own
        self._timer: asyncio.TimerHandle | None = None
        self._expected_pong: bytes | None = None
        self._resumed_at = -math.inf  # when the inbox had room again
        self._frames: FrameWriter | None = None
        super().connectionMade()

    # The handshake

    def onConnect(self, request: Any) -> Any:
        server = self.factory.server_class
        self._inbox = Inbox(
            server.limits.waiting_frames,
            pause=self.transport.pauseProducing,
            resume=self._read_on_soon,
        )
        self._toll = Toll(server.limits.socket_frames, server.allowances)
        self._toll.charge(address_key(self.transport.origin.host), server.limits.address_frames)
        server.handshakes.add(self)
        self._after(server.limits.handshake_seconds, self._give_up)
        return super().onConnect(request)

    @property
    def inbox(self) -> Inbox:
        """Exists from the handshake on, which is before any application."""
        if self._inbox is None:
            raise RuntimeError("No handshake yet")
        return self._inbox

    @property
    def frames(self) -> FrameWriter:
        """The extension `frames` of the scope."""
        if self._frames is None:
            server = self.server
            self._frames = FrameWriter(
                self.transport,
                server.turn,
                bound=server.limits.backlog_bytes,
                close=self.shut,
                charge=self._charge,
            )
            self.transport.on_wait = self._frames.wait
            self.transport.on_room = self._frames.feed
        return self._frames

    def _charge(self, who: Hashable) -> None:
        self._toll.charge(("person", who), self.server.limits.person_frames)

    def _accept(self, subprotocol: str | None) -> None:
        if hasattr(self, "handshake_deferred"):
            # autobahn takes an offer that was not made for a reason to hang.
            self.serverAccept(subprotocol if subprotocol in self.websocket_protocols else None)

    def deny(self, status: int, reason: str) -> None:
        """End the handshake with an HTTP status."""
        if hasattr(self, "handshake_deferred"):
            deferred = self.handshake_deferred
            del self.handshake_deferred
            deferred.errback(ConnectionDeny(status, reason))

    def sendHttpErrorResponse(
        self, code: int, reason: str, responseHeaders: list[Any] | None = None
    ) -> None:
        """autobahn's, with the headers of every other refusal, and without its reason, in which it
        repeats what the peer has sent."""
        bare = [line.split(": ", 1) for line in BARE]
        phrase = HTTPStatus(code).phrase
        super().sendHttpErrorResponse(code, phrase, [*(responseHeaders or []), *bare])

    def _give_up(self) -> None:
        logger.warning("The application did not accept a WebSocket in time: %s", self.path)
        self.deny(503, "Service Unavailable")

    def onOpen(self) -> None:
        self.server.handshakes.discard(self)
        self._after(None)
        self.server.keepalive.watch(self)

    # Reading

    def dataReceived(self, data: bytes) -> None:
        if self._is_deaf:
            self._unheard += len(data)
            if self._unheard > DEAF_BYTES:
                self.transport.pauseProducing()
            return
        if self.state == self.STATE_OPEN and not self.data and not self.inside_message:
            data = self._take_plain(data)
        # Not autobahn's `dataReceived`, which adds nothing but a debug line, at 10 µs.
        if data:
            self._dataReceived(data)

    def _take_plain(self, data: bytes) -> bytes:
        """Take the whole, short, final text frames at the beginning, or a pong alone, which is what
        clients send; everything else is left to autobahn. Returns what is left."""
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

    def processData(self) -> bool:
        """Take the next frame from what was read, unless the application is behind.

        Up to 64 KiB more were read with the frame that filled the inbox; they wait in `data`.
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
        """After our goodbye, skip to the peer's, frame by frame and unread: to parse them would
        cost as much as before it. False if it has not come yet."""
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
        # Before anything is done for it; a frame in fragments counts as often as it has some.
        if self._pay():
            super().onFrameBegin()

    def _pay(self) -> bool:
        """Count a frame. One too many costs the socket."""
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

    def _read_on_soon(self) -> None:
        # Not at once: what goes wrong in the parser is no concern of who awaits `receive`.
        loop = asyncio.get_running_loop()
        self._resumed_at = loop.time()
        loop.call_soon(self._read_on)

    def _read_on(self) -> None:
        self.transport.resumeProducing()
        if self.data:
            self.consumeData()

    def _fail_connection(self, code: int = NORMAL, reason: str = "") -> None:
        """The peer broke the protocol or a bound: say so, and hear no more of it."""
        self.failedByMe = True
        if code == TOO_BIG:
            code, reason = FRAME_TOO_LARGE, "frame too large"
        if self.state != self.STATE_OPEN:
            self.transport.abortConnection()
            return
        self._is_deaf = True
        self.shut(code, reason)
        self.transport.part()

    # Writing

    def handle_reply(self, message: dict[str, Any]) -> None:
        match message:
            case {"type": "websocket.accept"}:
                self._accept(message.get("subprotocol"))
            case {"type": "websocket.send"}:
                self._send_message(message.get("text"), message.get("bytes"))
            case {"type": "websocket.close"} if self.state == self.STATE_CONNECTING:
                self.deny(403, "Forbidden")
            case {"type": "websocket.close"}:
                code = message.get("code") or NORMAL
                if code not in {NORMAL, RESTART} and not 3000 <= code <= 4999:
                    raise ValueError(f"Not a close code for an application: {code}")
                self.shut(code, message.get("reason") or "")
            case _:
                raise ValueError(f"Not a WebSocket reply: {message.get('type')!r}")

    def _send_message(self, text: str | None, data: bytes | None) -> None:
        if self.state == self.STATE_CONNECTING:
            raise ValueError("Send before accept")
        if (text is None) == (data is None):
            raise ValueError("Send either text or bytes")
        if self.state != self.STATE_OPEN:
            return  # the application could not know yet
        # Not `sendMessage`: it holds what we send to the bound on what we receive.
        if text is not None:
            self.sendFrame(opcode=1, payload=text.encode())
        else:
            self.sendFrame(opcode=2, payload=data)

    def shut(self, code: int, reason: str = "") -> None:
        """Send the close frame, and abort when the peer doesn't answer it in time."""
        if self.state == self.STATE_OPEN:
            # Cut at a character, not in one.
            cut = reason.encode()[:REASON_BYTES].decode(errors="ignore")
            if self._frames is not None:
                self._frames.end()
            self.server.keepalive.forget(self)
            self._leave_frame()
            self.sendCloseFrame(code=code, reasonUtf8=cut.encode())
            self._after(self.server.limits.close_seconds, self.transport.abortConnection)
            self._read_on()  # the answer may wait behind a full inbox

    def _leave_frame(self) -> None:
        """What is left of a frame that was begun is skipped, unless it is the peer's goodbye."""
        if self.current_frame is None:
            return
        if self.current_frame.opcode == CLOSE_OPCODE:
            self._sees_close = True
        else:
            self._skip = self.current_frame.length - self.current_frame_masker.pointer()
            self.current_frame = None

    async def drained(self) -> None:
        if self.transport.is_full and self.state == self.STATE_OPEN:
            await self.transport.drained()

    # Keepalive

    def ping(self) -> None:
        self._expected_pong = os.urandom(8)
        # Not `sendPing`, which costs five times as much as the system's call.
        self.transport.send_now(PING + self._expected_pong)

    def onPong(self, payload: bytes) -> None:
        # Anybody can send pongs without reading; only a reader can know this one.
        if payload == self._expected_pong:
            self._expected_pong = None
            self.server.keepalive.watch(self)

    def judge_silence(self) -> bool:
        """No pong has come in time. False if it is we who don't listen, or have only just begun to
        again: the pong may be behind what the inbox had no place for."""
        resumed = asyncio.get_running_loop().time() - self._resumed_at
        if self.inbox.is_paused or resumed < CATCH_UP_SECONDS:
            return False
        self.shut(SILENT, "silent too long")
        return True

    def _after(self, seconds: float | None, action: Callable[[], None] | None = None) -> None:
        """Set the socket's one timer; None lifts it."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if seconds is not None and action is not None:
            self._timer = asyncio.get_running_loop().call_later(seconds, action)

    # The end

    def application_ended(self, *, failed: bool) -> None:
        """An application that is done with the socket may leave without a word."""
        if self.state == self.STATE_CONNECTING:
            self.deny(500, "Internal Server Error")
        else:
            self.shut(INTERNAL_ERROR if failed else NORMAL)

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:
        self._after(None)
        if self._frames is not None:
            self._frames.end()
            self.transport.on_wait = self.transport.on_room = None
        if self._inbox is None:
            return  # refused before the handshake reached us
        self.server.handshakes.discard(self)
        self.server.keepalive.forget(self)
        self.server.protocol_disconnected(self)
        said = self.localCloseCode if self.closedByMe else code
        self._inbox.put_nowait(
            {"type": "websocket.disconnect", "code": said or NO_CODE, "reason": reason or ""}
        )


class Sockets(WebSocketFactory):  # type: ignore[misc]
    """Builds a `Socket` for every upgrade."""

    def __init__(self, server: "Server") -> None:
        super().__init__(server, server="")
        self.setProtocolOptions(
            failByDrop=True,  # the parser stops at a violation; `_fail_connection` is ours
            allowNullOrigin=True,  # who may connect is the application's to say
            openHandshakeTimeout=0,
            closeHandshakeTimeout=0,  # ours are exact, autobahn's are kept in buckets of 200 ms
            maxFramePayloadSize=server.limits.frame_bytes,
            maxMessagePayloadSize=server.limits.frame_bytes,
            tcpNoDelay=True,
        )
        # autobahn copies its options to each connection and pretty-prints them for a debug log
        # that is off: 0.4 of the 1.0 ms that a connection costs. A class holds them as well.
        options = {name: getattr(self, name) for name in Socket.CONFIG_ATTRS}
        # The one option that is a function must not become a method.
        options["perMessageCompressionAccept"] = staticmethod(lambda offers: None)
        self.protocol: Any = type("Socket", (Socket,), {**options, "CONFIG_ATTRS": ()})
