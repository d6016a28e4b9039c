"""HTTP to addresses that somebody else chose: a push service, a linked page, a webhook.

Whoever names such an address must not reach what only this machine reaches: itself, its network,
the metadata of its host. So there is one way out, with one guard (`guard.py`), and a limit for
everything that the other side could draw out. Hosts that the operator names (database, Redis, mail)
aren't reached through it.
"""

from rooms.outgoing.client import Answer, Client
from rooms.outgoing.errors import Refused, TooSlow, Unreachable
from rooms.outgoing.urls import parse

__all__ = [
    "Answer",
    "Client",
    "Refused",
    "TooSlow",
    "Unreachable",
    "parse",
]
