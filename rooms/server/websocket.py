"""WebSockets: autobahn speaks the protocol and Daphne builds the scope. This module adds the
handshake's deadline, keepalive, backpressure, and a close that says why.

Inside autobahn this relies on: `sendFrame`, `sendCloseFrame` and the `state` that they keep;
`CONFIG_ATTRS` naming what a connection copies from its factory.
Inside Daphne: `onConnect` calls `create_application` and puts `websocket.connect` into the queue
that it returns; `handshake_deferred` and `serverAccept`; `muted` is never set.
"""

# mypy: allow-untyped-calls
# Twisted is typed in part only.

import asyncio
import logging
import os
from collections.abc import Callable, Hashable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from autobahn.websocket.types import ConnectionDeny
from daphne.ws_protocol import WebSocketFactory

from rooms.server.close_codes import INTERNAL_ERROR, NO_CODE, NORMAL, RESTART, SILENT
from rooms.server.frames import FrameWriter
from rooms.server.http import BARE
from rooms.server.reading import Reader

if TYPE_CHECKING:
    from rooms.server import Server

logger = logging.getLogger(__name__)

PING = b"\x89\x08"  # RFC 6455, 5.2: final, unmasked, followed by eight bytes of payload
REASON_BYTES = 123  # RFC 6455, 5.5: a control frame carries 125 bytes, and the code takes two
LOOK_SECONDS = 0.25  # between looks at whether a close frame is still on its way
CATCH_UP_SECONDS = 0.25  # to read what has already arrived


class Socket(Reader):
    """One WebSocket: backpressure in both directions, its own keepalive, and a close that says
    why."""

    # Daphne's do the same in Python, and sockets are looked up wherever they are stored.
    __hash__ = object.__hash__
    __eq__ = object.__eq__

    def connectionMade(self) -> None:
        # Twisted's HTTP channel stays registered although the connection is no longer its own.
        self.transport.unregisterProducer()
        self._timer: asyncio.TimerHandle | None = None
        self._expected_pong: bytes | None = None
        self._frames: FrameWriter | None = None
        super().connectionMade()

    # The handshake

    def onConnect(self, request: Any) -> Any:
        server = self.factory.server_class
        self.open_inbox()
        server.handshakes.add(self)
        self._after(server.limits.handshake_seconds, self._give_up)
        return super().onConnect(request)

    def _accept(self, subprotocol: str | None) -> None:
        if hasattr(self, "handshake_deferred"):
            # Given a subprotocol that wasn't offered, autobahn would hang.
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
        """Answer with the headers that every other refusal has, and without autobahn's reason,
        which repeats what the peer sent."""
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

    # Writing

    @property
    def frames(self) -> FrameWriter:
        """The `frames` extension of the scope."""
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
                    raise ValueError(f"An application may not send this close code: {code}")
                self.shut(code, message.get("reason") or "")
            case _:
                raise ValueError(f"Not a WebSocket reply: {message.get('type')!r}")

    def _send_message(self, text: str | None, data: bytes | None) -> None:
        if self.state == self.STATE_CONNECTING:
            raise ValueError("Send before accept")
        if (text is None) == (data is None):
            raise ValueError("Send either text or bytes")
        if self.state != self.STATE_OPEN:
            return  # the application couldn't know yet
        # Not `sendMessage`, which applies the limit for what we receive to what we send.
        if text is not None:
            self.sendFrame(opcode=1, payload=text.encode())
        else:
            self.sendFrame(opcode=2, payload=data)

    async def drained(self) -> None:
        if self.transport.is_full and self.state == self.STATE_OPEN:
            await self.transport.drained()

    # Keepalive

    def ping(self) -> None:
        self._expected_pong = os.urandom(8)
        # Not `sendPing`, which costs five times as much as the system call.
        self.transport.send_now(PING + self._expected_pong)

    def onPong(self, payload: bytes) -> None:
        # Anyone can send pongs without reading; only a peer that reads can know this payload.
        if payload == self._expected_pong:
            self._expected_pong = None
            self.server.keepalive.watch(self)

    def judge_silence(self) -> bool:
        """Close the socket because no pong came in time. Returns False if the fault may be ours:
        if reading is paused, or has just resumed, the pong may still be waiting to be read."""
        resumed = asyncio.get_running_loop().time() - self._resumed_at
        if self.inbox.is_paused or resumed < CATCH_UP_SECONDS:
            return False
        self.shut(SILENT, "silent too long")
        return True

    def _after(self, seconds: float | None, action: Callable[[], None] | None = None) -> None:
        """Set the socket's one timer; None cancels it."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if seconds is not None and action is not None:
            self._timer = asyncio.get_running_loop().call_later(seconds, action)

    # Closing

    def shut(self, code: int, reason: str = "") -> None:
        """Send the close frame, and abort if the peer doesn't answer it in time."""
        if self.state == self.STATE_OPEN:
            # Truncate between characters, not within one.
            cut = reason.encode()[:REASON_BYTES].decode(errors="ignore")
            if self._frames is not None:
                self._frames.end()
            self.server.keepalive.forget(self)
            self._leave_frame()
            self.sendCloseFrame(code=code, reasonUtf8=cut.encode())
            self._await_answer()
            self._read_on()  # the answer may be behind a full inbox

    def _await_answer(self) -> None:
        """Abort once the peer has read nothing for `close_seconds`. Waiting longer while it reads
        costs nothing, and a slow reader has a lot to read before the close frame."""
        loop, limits = asyncio.get_running_loop(), self.server.limits
        began = taken_at = loop.time()
        before = self.transport.unread

        def look() -> None:
            nonlocal before, taken_at
            now, unread = loop.time(), self.transport.unread
            if unread < before:
                before, taken_at = unread, now
            due = min(taken_at + limits.close_seconds, began + limits.slow_close_seconds)
            if now >= due:
                self.transport.abortConnection()
            else:
                self._after(min(LOOK_SECONDS, due - now), look)

        look()

    def application_ended(self, *, failed: bool) -> None:
        """Close the socket of an application that returned without doing so."""
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
            allowNullOrigin=True,  # the application decides who may connect
            openHandshakeTimeout=0,
            closeHandshakeTimeout=0,  # ours are exact; autobahn rounds its own to 200 ms
            maxFramePayloadSize=server.limits.frame_bytes,
            maxMessagePayloadSize=server.limits.frame_bytes,
            tcpNoDelay=True,
        )
        # autobahn copies its options to each connection and pretty-prints them for a debug log
        # that is off: 0.4 of the 1.0 ms that a connection costs. A class can hold them instead.
        options = {name: getattr(self, name) for name in Socket.CONFIG_ATTRS}
        # The one option that is a function must not become a method.
        options["perMessageCompressionAccept"] = staticmethod(lambda offers: None)
        self.protocol: Any = type("Socket", (Socket,), {**options, "CONFIG_ATTRS": ()})
