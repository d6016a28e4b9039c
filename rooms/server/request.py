"""HTTP requests: Daphne builds the scope, and this module adds the application's side.

Inside Twisted this relies on: `Request.handleContentChunk`, `parsePOSTFormSubmission`, `content`,
and `Request.write` sending the head first, also before no bytes at all.
Inside Daphne: `WebRequest.process` hands over a WebSocket by itself, and leaves an HTTP request to
us if `create_application` returns None.
"""

# mypy: allow-untyped-calls
# Twisted is typed in part only.

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from io import BytesIO
from typing import IO, TYPE_CHECKING, Any

from daphne.http_protocol import WebRequest
from twisted.python.failure import Failure
from twisted.web.http import Request as TwistedRequest

from rooms.server.proxies import is_trusted

if TYPE_CHECKING:
    from rooms.server import Server
    from rooms.server.http import Channel

Read = Callable[[int, int], Awaitable[bytes | memoryview]]

CHUNK = 64 * 1024  # bytes of a body handed to the application, or asked of it, at a time


class Request(WebRequest):  # type: ignore[misc]  # Daphne has no types
    """One request, and what the application sees of it: `receive` and `send`."""

    channel: "Channel"
    server: "Server"

    def __init__(self, channel: "Channel", *args: Any) -> None:
        # Django parses forms. Twisted would do it as well, in the loop and entirely in memory.
        super().__init__(channel, *args, parsePOSTFormSubmission=False)
        self._transport = channel.transport
        self._received = 0
        self._body_is_read = False
        self._gone = asyncio.Event()

    def handleContentChunk(self, data: bytes) -> None:
        self._received += len(data)
        if self._received > self.channel.most_bytes:
            self.channel.refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        if not self.channel.is_refused:
            super().handleContentChunk(data)

    def process(self) -> None:
        """Run the application: the request is complete."""
        channel = self.channel
        if channel.is_refused:
            return
        channel.expect_within(None)
        channel.has_begun = False
        unwelcome = self._is_websocket() and not self._may_upgrade()
        if unwelcome or self.server.is_draining:
            channel.refuse_for_now()
        else:
            super().process()

    def _is_websocket(self) -> bool:
        upgrade: bytes = self.requestHeaders.getRawHeaders(b"upgrade", [b""])[0]
        return upgrade.lower() == b"websocket"

    def _may_upgrade(self) -> bool:
        transport = self._transport
        host = transport.origin.host
        if len(self.server.handshakes) >= self.server.limits.handshakes:
            return False
        if not transport.is_from_proxy or is_trusted(host, self.server.trusted_proxies):
            return True  # already counted, or its origin is unknown
        if transport.census.is_crowded(host):
            return False
        transport.count(host)
        return True

    # The application's side

    async def receive(self) -> dict[str, Any]:
        """Return the body in chunks, from where Twisted stored it, then the disconnect."""
        if self._body_is_read or self._gone.is_set():
            await self._gone.wait()
            return {"type": "http.disconnect"}
        chunk = self.content.read(CHUNK)
        self._body_is_read = self.content.tell() >= self._received
        return {"type": "http.request", "body": chunk, "more_body": not self._body_is_read}

    def take_body(self) -> IO[bytes]:
        """Hand over the file that the body is in, instead of chunks: copying 8 MiB would hold up
        the loop. The application closes it."""
        body: IO[bytes] = self.content
        self.content: IO[bytes] = BytesIO()
        self._body_is_read = True
        return body

    def leave(self) -> None:
        """Make room for another request: the application needs no thread for this one any more."""
        self.server.gate.leave(self)

    async def pull(self, read: Read, span: tuple[int, int]) -> None:
        """Send a body that can be read more than once, from one offset to before another, as fast
        as the peer takes it. Returns when all of it is sent or the connection has ended.

        `read(start, most)` returns at most that many bytes. What the kernel doesn't take of them is
        forgotten and read again later, so a slow peer costs no memory.
        """
        TwistedRequest.write(self, b"")  # the head
        self.leave()
        self._transport.keep_little()
        at, end = span
        while at < end and await self._transport.writable():
            at += await self._pass_on(read, at, min(CHUNK, end - at))

    async def _pass_on(self, read: Read, at: int, most: int) -> int:
        # A function of its own, so that no piece is kept while the next one can't be sent.
        piece = await read(at, most)
        if not piece:
            raise OSError("The body is shorter than it was said to be")
        return self._transport.give(piece)

    async def drained(self) -> None:
        most = self.server.limits.response_bytes
        if self._transport.unsent > most:
            # It only waits for its reader now. Thirty-two slow readers must not block the site.
            self.leave()
            await self._transport.drained(most)

    def application_ended(self, *, failed: bool) -> None:
        if self.finished or self.channel is None:
            return
        if self._response_started:
            # Half a response must not look complete.
            self._transport.abortConnection()
        else:
            self.channel.refuse(HTTPStatus.INTERNAL_SERVER_ERROR)

    def handle_exception(self, exception: BaseException) -> None:
        self.application_ended(failed=True)

    def basic_error(self, status: int, status_text: bytes, body: str) -> None:
        """Send one of Daphne's own refusals, without its name and markup."""
        self.channel.refuse(HTTPStatus(status))

    # The end of the response or the connection

    def finish(self) -> None:
        super().finish()
        self._gone.set()

    def connectionLost(self, reason: Failure) -> None:
        super().connectionLost(reason)
        self.server.gate.give_up(self)
        self._gone.set()
