"""Addresses as people and browsers write them, read strictly."""

import re
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from rooms.outgoing.errors import Refused

LONGEST = 2048
PORTS = {"https": 443, "http": 80}

# Names with characters that no host has are how two parsers are made to read two hosts.
_NAME = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?\.?")
_NEVER = re.compile(r"[\x00-\x20\x7f\\]")


class Url(NamedTuple):
    """An address, taken apart once: what is checked is what is connected to."""

    scheme: str
    host: str  # without brackets
    port: int
    target: str  # path and query

    @property
    def origin(self) -> str:
        """What a push service is known by, and what a connection is kept for."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}"


def parse(text: str) -> Url:
    """Raises Refused for anything but a plain http or https address."""
    if len(text) > LONGEST or _NEVER.search(text):
        raise Refused("not an address")
    try:
        parts = urlsplit(text)
        host, port = _host(parts.hostname or ""), parts.port
    except ValueError as error:  # UnicodeError too
        raise Refused("not an address") from error
    if parts.scheme not in PORTS:
        raise Refused("neither http nor https")
    if parts.username is not None or parts.password is not None:
        raise Refused("a name and password in the address")
    path = quote(parts.path, safe="/%:@!$&'()*+,;=~") or "/"
    query = quote(parts.query, safe="/%:@!$&'()*+,;=~?")
    target = f"{path}?{query}" if query else path
    return Url(parts.scheme, host, PORTS[parts.scheme] if port is None else port, target)


def _host(host: str) -> str:
    """Raises ValueError unless it is a name, in ASCII, or an address."""
    if ":" in host:
        return host  # in brackets, which urlsplit has checked
    name = host if host.isascii() else host.encode("idna").decode()
    if len(name) > 253 or not _NAME.fullmatch(name):
        raise ValueError(host)
    return name
