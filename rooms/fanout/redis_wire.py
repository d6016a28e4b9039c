"""A connection to Redis that hands over together all messages that one read returned.

redis-py returns one message at a time, each behind a timer and several turns of the loop; between
workers that costs more than the messages are worth. hiredis, Redis's own parser, reads them all in
one turn. It speaks RESP2: https://redis.io/docs/latest/develop/reference/protocol-spec/
"""

import asyncio
import ssl
from collections.abc import Callable, Iterable
from typing import Any

import hiredis
from redis.asyncio.connection import SSLConnection, UnixDomainSocketConnection, parse_url

Command = tuple[str | bytes, ...]

CONNECT_SECONDS = 2.0
_NOTHING = object()
# Its stub says `Tuple[...]` of exactly one element.
_pack: Callable[[Command], bytes] = hiredis.pack_command  # type: ignore[assignment]


class Refused(Exception):
    """Redis replied with an error."""


class Wire(asyncio.Protocol):
    """One connection. Replies that answer no `ask` go to `pushed`."""

    def __init__(self, pushed: Callable[[list[Any]], None]) -> None:
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._pushed = pushed
        self._reader = hiredis.Reader(notEnoughData=_NOTHING)
        self._transport: asyncio.Transport | None = None
        self._replies: list[Any] = []
        self._wanted = 0
        self._answered: asyncio.Future[list[Any]] | None = None

    def write(self, *commands: Command) -> None:
        if self._transport is not None:
            self._transport.write(b"".join(map(_pack, commands)))

    async def ask(self, *commands: Command) -> list[Any]:
        """Send commands and return their replies. Raises what `begin` and `finish` raise."""
        return await self.finish(self.begin(*commands))

    def begin(self, *commands: Command) -> asyncio.Future[list[Any]]:
        """Send commands at once; `finish` waits for their replies. One call at a time. Raises
        ConnectionError."""
        if self.lost.done():
            raise ConnectionError("The connection to Redis is lost")
        self._replies, self._wanted = [], len(commands)
        self._answered = asyncio.get_running_loop().create_future()
        self.write(*commands)
        return self._answered

    @staticmethod
    async def finish(answered: asyncio.Future[list[Any]]) -> list[Any]:
        """Return the replies. Raises ConnectionError, or Refused for the first one that is an
        error."""
        replies = await answered
        for reply in replies:
            if isinstance(reply, hiredis.ReplyError):
                raise Refused(str(reply))
        return replies

    def close(self) -> None:
        """Close at once; what is in flight is lost."""
        if self._transport is not None:
            self._transport.abort()

    # -- asyncio.Protocol --

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  asyncio's own promise
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._reader.feed(data)
        arrived = []
        try:
            while (reply := self._reader.gets()) is not _NOTHING:
                arrived.append(reply)
        except hiredis.ProtocolError:
            self.close()  # nothing after it can be parsed
        if self._wanted:
            taken = arrived[: self._wanted]
            arrived = arrived[self._wanted :]
            self._replies += taken
            self._wanted -= len(taken)
            if not self._wanted and self._answered is not None and not self._answered.done():
                self._answered.set_result(self._replies)
        if arrived:
            self._pushed(arrived)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.lost.done():
            self.lost.set_result(None)
        if self._answered is not None and not self._answered.done():
            self._answered.set_exception(error or ConnectionError("Redis closed the connection"))


async def connect(url: str, pushed: Callable[[list[Any]], None]) -> Wire:
    """Open a connection and authenticate. The URL is one that redis-py accepts (`redis://`,
    `rediss://`, `unix://`). Raises OSError, TimeoutError or Refused."""
    options: dict[str, Any] = dict(parse_url(url))
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(CONNECT_SECONDS):
        if options.get("connection_class") is UnixDomainSocketConnection:
            _, wire = await loop.create_unix_connection(lambda: Wire(pushed), options["path"])
        else:
            _, wire = await loop.create_connection(
                lambda: Wire(pushed),
                options.get("host", "localhost"),
                options.get("port", 6379),
                ssl=_tls(options),
            )
        try:
            if credentials := _credentials(options):
                await wire.ask(("AUTH", *credentials))
        except BaseException:
            wire.close()
            raise
    return wire


def _credentials(options: dict[str, Any]) -> list[str]:
    return [options[name] for name in ("username", "password") if options.get(name)]


def _tls(options: dict[str, Any]) -> ssl.SSLContext | None:
    if options.get("connection_class") is not SSLConnection:
        return None
    context = ssl.create_default_context(cafile=options.get("ssl_ca_certs"))
    if options.get("ssl_cert_reqs") == "none":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if options.get("ssl_certfile"):
        context.load_cert_chain(options["ssl_certfile"], options.get("ssl_keyfile"))
    return context


def commands(name: str, arguments: Iterable[str], size: int) -> list[Command]:
    """One command per `size` arguments."""
    rest = [*arguments]
    return [(name, *rest[start : start + size]) for start in range(0, len(rest), size)]
