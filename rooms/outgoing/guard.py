"""The guard: looks a name up once, refuses unless every address is one that the site may connect
to, and connects to the address that it checked.

Looking it up again would let a name server answer differently the second time. TLS goes on
verifying the name.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address

import httpcore

from rooms.outgoing.addresses import Address, Network, is_among, is_public
from rooms.outgoing.errors import Refused, Unreachable

Resolve = Callable[[str], Awaitable[Sequence[Address]]]

ADDRESSES = 4  # of one name that are tried
# Name servers of strangers may be slow; the loop's own threads must not wait for them.
_resolvers = ThreadPoolExecutor(16, thread_name_prefix="resolver")


async def resolve(host: str) -> list[Address]:
    """Ask the system. It reads 0x7f.1 and 2130706433 as well, and says what they mean."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_resolvers, look_up, host)


def look_up(host: str) -> list[Address]:
    """Raises Unreachable if there is no such host."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreachable("no such host") from error
    return [ip_address(address[0]) for *_kind, address in found]


def check(addresses: Iterable[Address], port: int, allow: Sequence[Network], usual: int) -> None:
    """Raise Refused unless the site may connect to every one of these: to public addresses at the
    `usual` port (0: at none), and to those that the operator allows at any port."""
    for address in addresses:
        if not is_among(address, allow) and not (is_public(address) and port == usual):
            raise Refused("not a public address")


class Guard(httpcore.AsyncNetworkBackend):
    """Makes the connections of a pool."""

    def __init__(self, allow: Sequence[Network], resolve: Resolve, usual: int) -> None:
        self._allow = allow
        self._resolve = resolve
        self._usual = usual
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  httpcore's
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        addresses = await self._resolve(host)
        if not addresses:
            raise Unreachable("no such host")
        check(addresses, port, self._allow, self._usual)
        some = addresses[:ADDRESSES]
        each = None if timeout is None else timeout / len(some)
        for address in some[:-1]:
            try:
                return await self._network.connect_tcp(str(address), port, each)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._network.connect_tcp(str(some[-1]), port, each)

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109  httpcore's
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        raise Refused("a socket of this machine")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
