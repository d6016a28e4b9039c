"""Where a search goes on, as its readers are told.

A place is made of ids of messages. They count what is written on the whole site, also in rooms that
the reader may not know of, so a place is sealed.
"""

import functools
import hashlib
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from rooms.errors import Invalid

_FORMAT = struct.Struct(">BQQQdQ")  # with the tag, 57 bytes: base64 needs no padding
_VERSION = 1
UNKNOWN = _("`before` must be the `next` of the page before.")


class Place(NamedTuple):
    """The next hit is older than the message with the id `below`. In a search for the best hits,
    those between `floor` and `below` are ranked as of a moment (in seconds), and what goes on is
    what comes after a `score` and an id there."""

    below: int
    floor: int = 0
    moment: int = 0
    score: float = 0.0
    id: int = 0

    def sealed(self) -> str:
        """Return the place as a text that only this site can read."""
        plain = _FORMAT.pack(_VERSION, *self)
        return urlsafe_b64encode(_cipher(settings.SECRET_KEY).encrypt(plain, None)).decode()

    @classmethod
    def opened(cls, text: str) -> "Place":
        """Return the place in such a text. Raises Invalid."""
        try:
            plain = _cipher(settings.SECRET_KEY).decrypt(urlsafe_b64decode(text), None)
            _version, *parts = _FORMAT.unpack(plain)
        except (ValueError, InvalidTag, struct.error) as error:
            raise Invalid(UNKNOWN) from error
        return cls(*parts)


@functools.lru_cache(maxsize=2)
def _cipher(key: str) -> AESSIV:
    return AESSIV(hashlib.sha256(f"rooms.queries.search.places {key}".encode()).digest())
