"""Requests to the outside: bounded in time, in size, and in the number of connections."""

import asyncio
import zlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
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

Headers = Mapping[str, str]  # names in lower case
# How many bytes of an answer are wanted, once its status and its headers are known.
Wanted = Callable[[int, Headers], int]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `cut`: the body was longer."""

    status: int
    headers: Headers
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
            return await self._send("POST", parse(url), content, headers, seconds, _always(most))

    async def get(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        *,
        redirects: int = 3,
        seconds: float = SECONDS,
        most: int | Wanted = MOST,
    ) -> Answer:
        """Read what is there; each step of a redirect is checked like the first, and `seconds` are
        for all of them."""
        wanted = _always(most) if isinstance(most, int) else most
        async with _deadline(seconds):
            here = parse(url)
            for _step in range(redirects + 1):
                answer = await self._send("GET", here, None, headers or {}, seconds, wanted)
                to = answer.headers.get("location")
                if answer.status not in MOVED or to is None:
                    return answer
                there = parse(_joined(answer.url, to))
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
        wanted: Wanted,
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
                return await self._exchange(url, request, wanted)
        except (OSError, httpcore.NetworkError, httpcore.ProtocolError) as error:
            raise Unreachable(type(error).__name__) from error
        except httpcore.TimeoutException as error:
            raise TooSlow(type(error).__name__) from error

    async def _exchange(self, url: Url, request: httpcore.Request, wanted: Wanted) -> Answer:
        """Send it, and read as much of the answer as is wanted."""
        kept = self._connections[url.scheme]
        connection = await kept.take(url)
        try:
            response = await connection.handle_async_request(request)
            try:
                said = {
                    name.decode("latin-1").lower(): value.decode("latin-1")
                    for name, value in response.headers
                }
                most = wanted(response.status, said)
                body = _Body(most, said.get("content-encoding", ""))
                async for part in response.aiter_stream():
                    body.add(part)
                    if body.is_cut:
                        break
            finally:
                await response.aclose()
        finally:
            await kept.give(url, connection)
        whole = url.origin + url.target
        return Answer(response.status, said, bytes(body.read[:most]), whole, cut=body.is_cut)


def _joined(base: str, to: str) -> str:
    try:
        return urljoin(base, to)
    except ValueError as error:
        raise Refused("not an address") from error


def _always(most: int) -> Wanted:
    return lambda _status, _headers: most


class _Body:
    """An answer's body, as far as it is wanted. What is compressed is unpacked on the way, and no
    further: a kilobyte can hold a megabyte."""

    def __init__(self, most: int, encoding: str) -> None:
        self.read = bytearray()
        self._most = most
        self._taken = 0  # bytes, as they came
        is_packed = most > 0 and encoding.strip().lower() in {"gzip", "x-gzip", "deflate"}
        self._unpacking = zlib.decompressobj(32 + zlib.MAX_WBITS) if is_packed else None

    @property
    def is_cut(self) -> bool:
        """Whether there was more; packed, it may also be more than it unpacks to."""
        return max(len(self.read), self._taken) > self._most

    def add(self, part: bytes) -> None:
        self._taken += len(part)
        if self._unpacking is None:
            self.read += part
            return
        try:
            self.read += self._unpacking.decompress(part, self._most + 1 - len(self.read))
        except zlib.error as error:
            raise Unreachable("broken compression") from error


@asynccontextmanager
async def _deadline(seconds: float) -> AsyncIterator[None]:
    """Raise TooSlow when the time is over, whatever is waited for by then."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as late:
        raise TooSlow("deadline") from late
