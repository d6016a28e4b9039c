"""Requests to the outside: bounded in time, in size, and in the number of connections."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urljoin

import httpcore

from rooms.outgoing.addresses import Network
from rooms.outgoing.connections import Connections
from rooms.outgoing.errors import Refused, TooSlow, Unreachable
from rooms.outgoing.guard import Guard, Resolve, resolve
from rooms.outgoing.urls import Url, parse

SECONDS = 10.0  # from the lookup of the name to the last byte of the answer
MOST = 4096  # bytes of an answer that are read
CONNECT = 0.4  # of that, for the connection, and again for TLS
MOVED = {301, 302, 303, 307, 308}
AGENT = "Chatsite"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `cut`: the body was longer."""

    status: int
    headers: Mapping[str, str]  # names in lower case
    body: bytes
    url: str
    cut: bool = False


class Client:
    """Connections that are kept alive. It belongs to the loop that it is used in.

    `allow` names addresses besides public ones; `plain` lets public ones be spoken to without TLS.
    """

    def __init__(
        self,
        *,
        allow: Sequence[Network] = (),
        plain: bool = False,
        connections: int = 100,
        resolve: Resolve = resolve,
    ) -> None:
        context = httpcore.default_ssl_context()
        context.load_default_certs()  # an operator's own authority, besides everybody's

        usual = {"https": 443, "http": 80 if plain else 0}
        self._connections = {
            scheme: Connections(Guard(allow, resolve, port), context)
            for scheme, port in usual.items()
        }
        self._places = asyncio.Semaphore(connections)

    async def post(
        self,
        url: str,
        content: bytes,
        headers: Mapping[str, str],
        *,
        seconds: float = SECONDS,
        most: int = MOST,
    ) -> Answer:
        """Send it there, and nowhere else: a redirect is an answer like any other."""
        async with _deadline(seconds):
            return await self._send("POST", parse(url), content, headers, seconds, most)

    async def get(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        *,
        redirects: int = 3,
        seconds: float = SECONDS,
        most: int = MOST,
    ) -> Answer:
        """Read what is there; each step of a redirect is checked like the first."""
        async with _deadline(seconds):
            here = parse(url)
            for _step in range(redirects + 1):
                answer = await self._send("GET", here, None, headers or {}, seconds, most)
                to = answer.headers.get("location")
                if answer.status not in MOVED or to is None:
                    return answer
                there = parse(urljoin(answer.url, to))
                if here.scheme == "https" and there.scheme == "http":
                    raise Refused("a redirect that takes TLS away")
                here = there
        raise Refused("too many redirects")

    async def close(self) -> None:
        for connections in self._connections.values():
            await connections.close()

    async def _send(
        self,
        method: str,
        url: Url,
        content: bytes | None,
        headers: Mapping[str, str],
        seconds: float,
        most: int,
    ) -> Answer:
        told = {"Host": url.origin.partition("://")[2], "User-Agent": AGENT}
        told |= {"Accept-Encoding": "identity", **headers}
        if content is not None:
            told["Content-Length"] = str(len(content))
        request = httpcore.Request(
            method,
            httpcore.URL(scheme=url.scheme, host=url.host, port=url.port, target=url.target),
            headers=[*told.items()],
            content=content,
            extensions={"timeout": {"connect": seconds * CONNECT}},
        )
        try:
            async with self._places:
                response, body = await self._exchange(url, request, most)
        except (OSError, httpcore.NetworkError, httpcore.ProtocolError) as error:
            raise Unreachable(type(error).__name__) from error
        except httpcore.TimeoutException as error:
            raise TooSlow(type(error).__name__) from error
        names = {name.decode("latin-1").lower(): value for name, value in response.headers}
        said = {name: value.decode("latin-1") for name, value in names.items()}
        whole = url.origin + url.target
        return Answer(response.status, said, bytes(body[:most]), whole, cut=len(body) > most)

    async def _exchange(
        self, url: Url, request: httpcore.Request, most: int
    ) -> tuple[httpcore.Response, bytearray]:
        """Send it, and read a little more than `most` bytes of the answer."""
        kept = self._connections[url.scheme]
        connection = await kept.take(url)
        body = bytearray()
        try:
            response = await connection.handle_async_request(request)
            try:
                async for part in response.aiter_stream():
                    body += part
                    if len(body) > most:
                        break
            finally:
                await response.aclose()
        finally:
            await kept.give(url, connection)
        return response, body


@asynccontextmanager
async def _deadline(seconds: float) -> AsyncIterator[None]:
    """Raise TooSlow when the time is over, whatever is waited for by then."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as late:
        raise TooSlow("deadline") from late
