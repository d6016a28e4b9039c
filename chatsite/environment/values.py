"""Values of one variable: words, numbers, addresses, folders."""

import ipaddress
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn, TypeVar
from urllib.parse import urlsplit

T = TypeVar("T")
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def refuse(name: str, value: str, accepts: str) -> NoReturn:
    """Stop the process with one line on stderr and exit status 1. Don't pass a `value` that may
    contain a password: the line ends up in logs."""
    sys.exit(f"{name}={value!r} is not valid: it accepts {accepts}.")


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def switch(name: str, *, default: bool) -> bool:
    value = text(name, "on" if default else "off").lower()
    if value in {"on", "true", "yes", "1"}:
        return True
    if value in {"off", "false", "no", "0"}:
        return False
    refuse(name, value, "on or off")


def choice(name: str, among: tuple[str, ...]) -> str:
    """One of these words; "" if the variable isn't set."""
    value = text(name)
    if value and value not in among:
        refuse(name, value, f"one of {', '.join(among)}")
    return value


def number(name: str, default: int, *, low: int, high: int) -> int:
    value = text(name, str(default))
    if not value.isascii() or not value.isdigit() or not low <= int(value) <= high:
        refuse(name, value, f"a whole number from {low} to {high}")
    return int(value)


def many(name: str, default: str, read: Callable[[str], T], accepts: str) -> list[T]:
    """A comma-separated list, each part read by `read` (which raises ValueError)."""
    parts = [part.strip() for part in text(name, default).split(",") if part.strip()]
    try:
        return [read(part) for part in parts]
    except ValueError:
        refuse(name, text(name, default), accepts)


def hosts(name: str, default: str) -> list[str]:
    def read(host: str) -> str:
        if host == "*" or "/" in host or " " in host:
            # "*" would let any site open a WebSocket with its visitors' cookies.
            raise ValueError(host)
        return host

    return many(name, default, read, "host names separated by commas, such as chat.example.com")


def origins(name: str) -> list[str]:
    accepts = "origins separated by commas, such as https://chat.example.com"
    return many(name, "", _origin, accepts)


def origin(name: str) -> str:
    value = text(name)
    try:
        return _origin(value) if value else ""
    except ValueError:
        refuse(name, value, "the address of the site, such as https://chat.example.com")


def _origin(text: str) -> str:
    """Normalize an origin as browsers do: lower case, no default port. Raises ValueError."""
    parts = urlsplit(text)
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    if usual is None or not parts.hostname or not re.fullmatch(r"[^/?#]+://[^\s/?#@\\]+/?", text):
        raise ValueError(text)
    origin = f"{parts.scheme}://{parts.netloc.lower()}"
    return origin.removesuffix(f":{parts.port}") if parts.port == usual else origin


def networks(name: str) -> tuple[Network, ...]:
    accepts = "addresses or networks separated by commas, such as 127.0.0.1,10.0.0.0/8"
    return tuple(many(name, "", ipaddress.ip_network, accepts))


def directory(name: str, default: str) -> Path:
    """The absolute path of a writable folder, which is created if it doesn't exist."""
    path = Path(text(name, default)).expanduser().resolve()
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        refuse(name, str(path), "a folder that can be created and written")
    if not os.access(path, os.W_OK | os.X_OK):
        refuse(name, str(path), "a folder that can be written")
    return path
