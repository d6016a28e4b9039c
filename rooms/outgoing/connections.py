"""Connections that are kept: the one that was used last is used next.

httpcore's own pool looks at every connection that it has for each request that begins or ends,
which for a hundred connections takes longer than the request.
"""

import ssl

import httpcore

from rooms.outgoing.urls import Url

KEPT_SECONDS = 30.0  # that an idle connection is kept
KEPT = 64  # idle ones, of all hosts


class Connections:
    """The idle connections of one client."""

    def __init__(self, backend: httpcore.AsyncNetworkBackend, context: ssl.SSLContext) -> None:
        self._backend = backend
        self._context = context
        self._idle: dict[str, list[httpcore.AsyncHTTPConnection]] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    async def take(self, url: Url) -> httpcore.AsyncHTTPConnection:
        """Return a connection that nothing else uses; a new one connects with its first request."""
        while connection := self._pop(url.origin):
            if not connection.has_expired():
                return connection
            await connection.aclose()
        return httpcore.AsyncHTTPConnection(
            httpcore.Origin(url.scheme.encode(), url.host.encode(), url.port),
            ssl_context=self._context,
            keepalive_expiry=KEPT_SECONDS,
            network_backend=self._backend,
        )

    async def give(self, url: Url, connection: httpcore.AsyncHTTPConnection) -> None:
        """Keep a connection whose answer was read to its end; close any other."""
        if not connection.is_idle() or connection.is_closed():
            return await connection.aclose()
        self._idle.setdefault(url.origin, []).append(connection)
        self._count += 1
        if self._count > KEPT:
            oldest = next(iter(self._idle))
            if spare := self._pop(oldest, 0):
                await spare.aclose()
        return None

    async def close(self) -> None:
        for origin in [*self._idle]:
            while connection := self._pop(origin):
                await connection.aclose()

    def _pop(self, origin: str, index: int = -1) -> httpcore.AsyncHTTPConnection | None:
        some = self._idle.get(origin)
        if not some:
            return None
        self._count -= 1
        connection = some.pop(index)
        if not some:
            del self._idle[origin]
        return connection
