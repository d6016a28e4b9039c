"""HTTP connections: Twisted parses them, and this module adds the limits that it lacks.

Inside Twisted this relies on: `HTTPChannel.allHeadersReceived`, `_handlingRequest`, `requests`,
`lineReceived`, `lineLengthExceeded`, `_send100Continue`, `_respondToBadRequestAndDisconnect`,
`_command`, `_path` and `_version`, which are there until the request is complete.
"""

# mypy: allow-untyped-calls
# Twisted is typed in part only.

import asyncio
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from daphne.http_protocol import HTTPFactory
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure
from twisted.web.http import HTTPChannel

from rooms.server.proxies import find_origin
from rooms.server.request import Request
from rooms.server.transport import Transport

if TYPE_CHECKING:
    from rooms.server import Server

METHODS = frozenset({b"GET", b"HEAD", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS"})
# RFC 3986, 3.2.2 and 3.2.3; so there can be no user name, no blank and no slash in it.
HOST = re.compile(rb"(?:[\w.~!$&'()*+,;=%-]+|\[[\da-fA-F:.]+\])(?::\d*)?")
# The headers of a refusal: it isn't a page, no other site may use it, no cache may store it.
BARE = (
    "Cache-Control: no-store",
    "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'; sandbox",
    "Cross-Origin-Resource-Policy: same-origin",
    "Referrer-Policy: no-referrer",
    "X-Content-Type-Options: nosniff",
    "X-Frame-Options: DENY",
)


class Channel(HTTPChannel):
    """One HTTP connection: deadlines for its requests, and refusals before one is complete."""

    factory: "Factory"
    transport: Transport  # type: ignore[assignment]  # Twisted knows it as an interface

    def __init__(self) -> None:
        super().__init__()
        self.is_refused = False
        self.has_begun = False  # to send a request
        self.most_bytes = 0  # of the body of the request that is being received
        self._deadline: asyncio.TimerHandle | None = None

    def refuse(self, status: HTTPStatus, *headers: str) -> None:
        """Answer without the application and close, without reading the rest of the request."""
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
        """Set the connection's one deadline; None lifts it."""
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        if seconds is not None:
            self._deadline = asyncio.get_running_loop().call_later(seconds, self._expire)

    def hang_up_if_idle(self) -> None:
        """Accept no further request on this connection, as the server is stopping."""
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
        # After a refused line more may follow in the same read, and Twisted would go on with half a
        # request.
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
            # Daphne trusts it from anyone, as the prefix of every URL that Django then builds.
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
        # Twisted would reset the connection while the peer is still sending.
        self.refuse(HTTPStatus.BAD_REQUEST)

    def _send100Continue(self) -> None:
        if not self.is_refused:
            super()._send100Continue()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.expect_within(None)
        super().connectionLost(reason)

    # Internal

    def _names_its_host(self) -> bool:
        """RFC 9112, 3.2: exactly one valid `Host`, which only HTTP/1.0 may omit. A proxy could take
        a request without one for another site's."""
        hosts = self.requests[-1].requestHeaders.getRawHeaders(b"host", ())
        if not hosts:
            return bool(self._version == b"HTTP/1.0")
        return len(hosts) == 1 and HOST.fullmatch(hosts[0]) is not None

    def _expire(self) -> None:
        self._deadline = None
        if self.has_begun:
            self.refuse(HTTPStatus.REQUEST_TIMEOUT)
        else:
            # Browsers open connections in advance; those are closed without a response.
            self.transport.abortConnection()


class Factory(HTTPFactory):  # type: ignore[misc]
    """Builds a channel for every connection that is allowed."""

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
