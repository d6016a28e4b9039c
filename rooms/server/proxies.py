"""The origin of a request, when some peers are proxies that are trusted to name it."""

import ipaddress
from collections.abc import Iterable
from typing import NamedTuple

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Networks = tuple[Network, ...]


class Origin(NamedTuple):
    """The client, as far as we trust it; `port` is 0 if only a proxy knows it."""

    host: str
    port: int
    secure: bool


def read_address(text: str) -> Address | None:
    """Parse an address as proxies write it: bare, with a port, in brackets, or IPv4 in IPv6."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address


def is_trusted(host: str, trusted: Networks) -> bool:
    address = read_address(host) if trusted else None
    return address is not None and any(address in network for network in trusted)


def find_origin(
    host: str,
    port: int,
    forwarded_for: Iterable[str],
    forwarded_proto: Iterable[str],
    trusted: Networks,
) -> Origin:
    """Read the values of the headers from the right, where the nearest proxy wrote.

    Whatever is left of an untrusted address was written by that address, so it proves nothing; nor
    does anything left of what isn't an address.
    """
    if not is_trusted(host, trusted):
        return Origin(host, port, secure=False)
    protos = [word.strip().lower() for value in forwarded_proto for word in value.split(",")]
    secure = bool(protos) and protos[-1] in {"https", "wss"}
    hops = [hop for value in forwarded_for for hop in value.split(",")]
    for hop in reversed(hops):
        address = read_address(hop)
        if address is None:
            break
        host, port = str(address), 0
        if not is_trusted(host, trusted):
            break
    return Origin(host, port, secure)
