"""Which addresses are public: those that everyone on the internet reaches alike.

Python 3.11's `is_global` says yes to addresses that lead to this machine or its network, such as
64:ff9b::7f00:1 and 2002:7f00:1::, so the table is our own. It follows the IANA's registries of
special-purpose addresses (https://www.iana.org/assignments/iana-ipv4-special-registry and
…/iana-ipv6-special-registry); the tests compare them.
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# What isn't public of all IPv4 addresses.
_SPECIAL_4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # shared by the customers of a provider
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local; the metadata of clouds
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # relays of 6to4, deprecated
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)
# The IANA has handed out addresses from this block alone.
_UNICAST_6 = IPv6Network("2000::/3")
_SPECIAL_6 = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # protocol assignments: Teredo, benchmarks, ORCHID
        "2001:db8::/32",  # documentation
        "3fff::/20",  # documentation
    )
)
_MAPPED = IPv6Network("::ffff:0:0/96")
_NAT64 = IPv6Network("64:ff9b::/96")
_6TO4 = IPv6Network("2002::/16")


def unwrapped(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 address leads to, if it holds one."""
    if isinstance(address, IPv4Address):
        return address
    bits = int(address)
    if address in _MAPPED or address in _NAT64:
        return IPv4Address(bits & 0xFFFFFFFF)
    if address in _6TO4:
        return IPv4Address((bits >> 80) & 0xFFFFFFFF)
    return address


def is_public(address: Address) -> bool:
    address = unwrapped(address)
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _SPECIAL_4)
    return address in _UNICAST_6 and not any(address in network for network in _SPECIAL_6)


def is_among(address: Address, networks: Iterable[Network]) -> bool:
    inner = unwrapped(address)
    return any(inner in network for network in networks)
