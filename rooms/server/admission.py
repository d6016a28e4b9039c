"""Admission: how many connections an address may have, and the queue before the application."""

import ipaddress
from collections import Counter
from collections.abc import Callable, Hashable

from rooms.server.proxies import read_address


class Census:
    """Counts the connections of each client address; `most` is the limit, None for no limit."""

    def __init__(self, *, most: int | None) -> None:
        self.most = most
        self.addresses: Counter[str] = Counter()

    def is_crowded(self, host: str) -> bool:
        """Whether this address has as many connections as it may have."""
        return self.most is not None and self.addresses[address_key(host)] >= self.most

    def count(self, host: str) -> None:
        self.addresses[address_key(host)] += 1

    def discount(self, host: str) -> None:
        key = address_key(host)
        self.addresses[key] -= 1
        if not self.addresses[key]:
            del self.addresses[key]


def address_key(host: str) -> str:
    """The key to count an address by. IPv6 counts by /64, which usually belongs to one client."""
    address = read_address(host)
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.IPv6Network((address, 64), strict=False))
    return str(address or host)


class Gate:
    """Lets a limited number in at once, with a bounded queue before it, first come first served."""

    def __init__(self, *, places: int, line: int) -> None:
        self.places = places
        self.line = line
        self._inside: set[Hashable] = set()
        self._waiting: dict[Hashable, Callable[[], None]] = {}

    def enter(self, guest: Hashable, begin: Callable[[], None]) -> bool:
        """Call `begin` now or when there is a place. Returns False if the queue is full as well."""
        if len(self._inside) < self.places:
            self._inside.add(guest)
            begin()
        elif len(self._waiting) < self.line:
            self._waiting[guest] = begin
        else:
            return False
        return True

    def give_up(self, guest: Hashable) -> None:
        """Leave the queue. A guest that is inside stays: its thread works on without the client."""
        self._waiting.pop(guest, None)

    def leave(self, guest: Hashable) -> None:
        """Free the place inside. Leaving twice does nothing."""
        self._inside.discard(guest)
        while self._waiting and len(self._inside) < self.places:
            following = next(iter(self._waiting))
            begin = self._waiting.pop(following)
            self._inside.add(following)
            begin()
