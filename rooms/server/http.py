"""HTTP: Twisted parses it, Daphne builds the scope, and here is what neither bounds.

Inside Twisted this relies on: `HTTPChannel.allHeadersReceived`, `_handlingRequest`, `requests`,
`lineReceived`, `lineLengthExceeded`, `_send100Continue`, `_respondToBadRequestAndDisconnect`,
`_command`, `_path` and `_version`, which are there until the request is complete, and
`Request.handleContentChunk`, `parsePOSTFormSubmission` and `content`.
Inside Daphne: `WebRequest.process` hands a WebSocket over by itself, and leaves an HTTP request
to us when `create_application` returns None.
"""

# mypy: allow-untyped-calls
# Twisted is typed in part only.

import asyncio
import logging
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from daphne.http_protocol import HTTPFactory, WebRequest
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure
from twisted.web.http import HTTPChannel

from rooms.server.proxies import find_origin, is_trusted
from rooms.server.transport import Transport

if TYPE_CHECKING:
    from rooms.server import Server

logger = logging.getLogger(__name__)

METHODS = frozenset({b"GET", b"HEAD", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS"})
# RFC 3986 3.2.2 and 3.2.3, without a name of the peer's own making: no user, no blank, no slash.
HOST = re.compile(rb"(?:[\w.~!$&'()*+,;=%-]+|\[[\da-fA-F:.]+\])(?::\d*)?")
CHUNK = 64 * 1024  # bytes of a body handed to the application at a time
# What a refusal says beside its reason: it is no page, nobody else's, and not to be kept.
BARE = (
    "Cache-Control: no-store",
    "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'; sandbox",
    "Cross-Origin-Resource-Policy: same-origin",
    "Referrer-Policy: no-referrer",
    "X-Content-Type-Options: nosniff",
    "X-Frame-Options: DENY",
)


class Channel(HTTPChannel):
    """One HTTP connection: deadlines for what it sends, and refusals before it has sent all."""

    factory: "Factory"
    transport: Transport  # type: ignore[assignment]  # Twisted knows it as an interface

    def __init__(self) -> None:
        super().__init__()
        self.is_refused = False
        self.has_begun = False  # to send a request
        self.most_bytes = 0  # of the body of the request that is being received
        self._deadline: asyncio.TimerHandle | None = None

    def refuse(self, status: HTTPStatus, *headers: str) -> None:
        """Answer without the application, then close; the rest of the request is not read."""
        if self.is_refused:
            return
        self.is_refused = True
        self.expect_within(None)
        self.setTimeout(None)
        body = f"{status.phrase}.\n"
        head = [
            f"HTTP/1.1 {status.value} {status.phrase}",
            "Content-Type: text/plain; charset=utf-8",
            f"Content-Length: {len(body)}",
            "Connection: close",
            *BARE,
            *headers,
        ]
        self.transport.write(("\r\n".join(head) + "\r\n\r\n" + body).encode("ascii"))
        self.transport.part()

    def refuse_for_now(self) -> None:
        seconds = self.factory.server.limits.retry_seconds
        self.refuse(HTTPStatus.SERVICE_UNAVAILABLE, f"Retry-After: {seconds}")

    def expect_within(self, seconds: float | None) -> None:
        """Set the one deadline of this connection, or lift it."""
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        if seconds is not None:
            self._deadline = asyncio.get_running_loop().call_later(seconds, self._expire)

    def hang_up_if_idle(self) -> None:
        """The server is stopping: no further request on this connection."""
        self.persistent = False
        if not self.requests:
            self.transport.loseConnection()

    # What Twisted calls

    def connectionMade(self) -> None:
        super().connectionMade()
        self.expect_within(self.factory.server.limits.header_seconds)

    def dataReceived(self, data: bytes) -> None:
        if self.is_refused:
            return
        self.has_begun = True
        if self._deadline is None and not self._handlingRequest:
            self.expect_within(self.factory.server.limits.header_seconds)
        super().dataReceived(data)

    def lineReceived(self, line: bytes) -> None:
        # What came along with the line that was refused; Twisted would go on with the half of a
        # request that it has.
        if not self.is_refused:
            super().lineReceived(line)

    def allHeadersReceived(self) -> None:
        server = self.factory.server
        headers = self.requests[-1].requestHeaders
        self.expect_within(server.limits.body_seconds)
        self.transport.origin = find_origin(
            str(self.transport.client[0]),
            int(str(self.transport.client[1])),
            (value.decode("latin-1") for value in headers.getRawHeaders(b"x-forwarded-for", ())),
            (value.decode("latin-1") for value in headers.getRawHeaders(b"x-forwarded-proto", ())),
            server.trusted_proxies,
        )
        if headers.hasHeader(b"daphne-root-path"):
            # Daphne takes it from anybody, as the prefix of every URL that Django then builds.
            self.refuse(HTTPStatus.BAD_REQUEST)
        elif self._command not in METHODS:
            allowed = b", ".join(sorted(METHODS)).decode()
            self.refuse(HTTPStatus.METHOD_NOT_ALLOWED, f"Allow: {allowed}")
        elif not self._names_its_host():
            self.refuse(HTTPStatus.BAD_REQUEST)
        target: Any = self._path  # bytes, whatever Twisted's types say
        self.most_bytes = server.most_bytes(target)
        if self.length is not None and self.length > self.most_bytes:
            self.refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        super().allHeadersReceived()

    def lineLengthExceeded(self, line: bytes) -> None:
        self.refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def _respondToBadRequestAndDisconnect(self) -> None:
        # Twisted would reset the connection of who is still sending.
        self.refuse(HTTPStatus.BAD_REQUEST)

    def _send100Continue(self) -> None:
        if not self.is_refused:
            super()._send100Continue()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.expect_within(None)
        super().connectionLost(reason)

    # Internal

    def _names_its_host(self) -> bool:
        """RFC 9112 3.2: one valid `Host`, which only HTTP/1.0 may leave out. Whoever stands in
        between could take a request without one for another site's."""
        hosts = self.requests[-1].requestHeaders.getRawHeaders(b"host", ())
        if not hosts:
            return bool(self._version == b"HTTP/1.0")
        return len(hosts) == 1 and HOST.fullmatch(hosts[0]) is not None

    def _expire(self) -> None:
        self._deadline = None
        if self.has_begun:
            self.refuse(HTTPStatus.REQUEST_TIMEOUT)
        else:
            # A browser opens connections ahead of need; they are closed without a word.
            self.transport.abortConnection()


class Request(WebRequest):  # type: ignore[misc]  # Daphne has no types
    """One request, and the application's view of it: `receive` and `send`."""

    channel: Channel
    server: "Server"

    def __init__(self, channel: Channel, *args: Any) -> None:
        # Django parses forms; Twisted would do so before, in the loop and all in memory.
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
        """The request is complete."""
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
            return True  # the connection is counted already, or nobody knows whose it is
        if transport.census.is_crowded(host):
            return False
        transport.count(host)
        return True

    # The application's side

    async def receive(self) -> dict[str, Any]:
        """The body in chunks, read from where Twisted keeps it, then the end of the exchange."""
        if self._body_is_read or self._gone.is_set():
            await self._gone.wait()
            return {"type": "http.disconnect"}
        chunk = self.content.read(CHUNK)
        self._body_is_read = self.content.tell() >= self._received
        return {"type": "http.request", "body": chunk, "more_body": not self._body_is_read}

    async def drained(self) -> None:
        if self._transport.is_full:
            # It waits for its reader now. Thirty-two slow readers must not close the site.
            self.server.gate.leave(self)
            await self._transport.drained()

    def application_ended(self, *, failed: bool) -> None:
        if self.finished or self.channel is None:
            return
        if self._response_started:
            # Half a response must not look like a whole one.
            self._transport.abortConnection()
        else:
            self.channel.refuse(HTTPStatus.INTERNAL_SERVER_ERROR)

    def handle_exception(self, exception: BaseException) -> None:
        self.application_ended(failed=True)

    def basic_error(self, status: int, status_text: bytes, body: str) -> None:
        """Daphne's own refusals, without its name and markup."""
        self.channel.refuse(HTTPStatus(status))

    # The end, of the response or of the connection

    def finish(self) -> None:
        super().finish()
        self._gone.set()

    def connectionLost(self, reason: Failure) -> None:
        super().connectionLost(reason)
        self.server.gate.give_up(self)
        self._gone.set()


class Factory(HTTPFactory):  # type: ignore[misc]
    """Builds a channel for every connection that may be."""

    protocol = Channel
    server: "Server"

    def __init__(self, server: "Server") -> None:
        super().__init__(server)
        self.timeOut = server.limits.idle_seconds

    def buildProtocol(self, addr: IAddress) -> Channel | None:
        census = self.server.census
        host = str(getattr(addr, "host", ""))
        if self.server.is_full():
            return None
        if not self.server.is_proxy(host) and census.is_crowded(host):
            return None
        channel: Channel = super().buildProtocol(addr)
        channel.requestFactory = Request  # type: ignore[assignment]  # as seen through Daphne
        return channel
