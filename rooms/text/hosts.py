"""Addresses as browsers request them: the host in ASCII, the rest percent-encoded.

This replaces markdown-it's version, which encodes every label of a host four times, in a time that
grows with the square of its length: a message of `https://é.é.é.…` took 40 ms.
"""

import functools
import re
import unicodedata
from bisect import bisect_left, insort

import mdurl
from markdown_it.common.normalize_url import normalizeLink

from rooms.text.lookalikes import ALIKE_ALPHABETS, reads_as_ascii
from rooms.text.scripts import script

# Per host. An encoded label has at most 63 characters, so hardly any host has more.
MAX_FOREIGN = 40  # non-ASCII characters
MAX_LABELS = 8  # labels with non-ASCII characters; real hosts have up to three

_DOTS = re.compile("[.\u3002\uff0e\uff61]")
_ACE = "xn--"  # the prefix of an encoded label, RFC 3490


def normalized(url: str) -> str:
    """Return the address to link to; "" if its host would take too long to encode."""
    parts = mdurl.parse(url, slashes_denote_host=True)
    host = parts.hostname or ""
    if ":" in host:
        return normalizeLink(url)  # an IPv6 address, whose brackets have to stay
    if not host.isascii():
        labels = _DOTS.split(host)
        foreign = [label for label in labels if not label.isascii()]
        characters = sum(not character.isascii() for character in host)
        if len(foreign) > MAX_LABELS or characters > MAX_FOREIGN:
            return ""
        parts = parts._replace(hostname=".".join(map(_encoded, labels)))
    return mdurl.encode(mdurl.format(parts))


def readable(url: str) -> str:
    """Return the address as people read it. A host that would take too long to decode stays."""
    if _ACE in url.lower():
        parts = mdurl.parse(url, slashes_denote_host=True)
        host = parts.hostname or ""
        if host.count(_ACE) <= MAX_LABELS:
            url = mdurl.format(parts._replace(hostname=decoded(host)))
    return mdurl.decode(url, mdurl.DECODE_DEFAULT_CHARS + "%") if "%" in url else url


def decoded(host: str) -> str:
    """Decode a host's labels."""
    return ".".join(map(_decoded, host.split(".")))


def familiar(host: str) -> str:
    """Return a host as it may stand for a site by itself: decoded, unless it could be taken for
    another one, as browsers do in their address bars. `xn--80ak6aa92e.com` stays, since its
    Cyrillic letters read as `apple`."""
    if host.count(_ACE) > MAX_LABELS:
        return host
    encoded = host.split(".")
    labels = [_decoded(label) for label in encoded]
    is_local = not labels[-1].isascii()  # there nobody expects Latin letters
    for before, label in zip(encoded, labels, strict=True):
        if label != before and not _is_plain(label, is_local=is_local):
            return host
    return ".".join(labels)


def _is_plain(label: str, *, is_local: bool) -> bool:
    """Whether a decoded label can be taken only for what it is: letters, marks, digits and hyphens
    in their usual form, of one alphabet, that don't all look like Latin ones."""
    if label.isascii() or unicodedata.normalize("NFKC", label).lower() != label:
        return False
    if not all(one == "-" or unicodedata.category(one)[0] in "LMN" for one in label):
        return False
    if len(ALIKE_ALPHABETS.intersection(map(script, label))) > 1:
        return False
    return is_local or not all(map(reads_as_ascii, label))


@functools.lru_cache(maxsize=4096)
def _encoded(label: str) -> str:
    return label if label.isascii() else _ACE + punycode(label)


@functools.lru_cache(maxsize=4096)
def _decoded(label: str) -> str:
    """Decode a label. Anything that isn't valid Punycode stays as it is."""
    if not label.startswith(_ACE) or len(label) > 63:
        return label
    try:
        return label[len(_ACE) :].lower().encode().decode("punycode")
    except UnicodeError:
        return label


# -- Punycode, RFC 3492 ----------------------------------------------------------------------

_DIGITS = "abcdefghijklmnopqrstuvwxyz0123456789"
_BASE, _T_MIN, _T_MAX, _SKEW, _DAMP = 36, 1, 26, 38, 700


def punycode(label: str) -> str:
    """Encode a label like Python's codec, in a tenth of the time."""
    basic = [character for character in label if character < "\x80"]
    positions = [index for index, character in enumerate(label) if character < "\x80"]
    rest = sorted((ord(one), index) for index, one in enumerate(label) if one >= "\x80")
    output = [*basic, "-"] if basic else []
    bias, last, place, first = 72, 0x80, 0, True
    for code, index in rest:
        # How far the decoder counts before it inserts this character: a round through all positions
        # for each code point in between, plus the positions in this round.
        handled = len(positions)
        following = bisect_left(positions, index)
        delta = (code - last) * (handled + 1) + following - place
        output += _variable(delta, bias)
        bias = _adapted(delta, handled + 1, first=first)
        insort(positions, index)
        last, place, first = code, following + 1, False
    return "".join(output)


def _variable(delta: int, bias: int) -> list[str]:
    """Section 3.3: write an integer in digits of growing weight."""
    digits: list[str] = []
    k = _BASE
    while True:
        threshold = min(max(k - bias, _T_MIN), _T_MAX)
        if delta < threshold:
            return [*digits, _DIGITS[delta]]
        delta, digit = divmod(delta - threshold, _BASE - threshold)
        digits.append(_DIGITS[threshold + digit])
        k += _BASE


def _adapted(delta: int, points: int, *, first: bool) -> int:
    """Section 3.4: the bias for the next integer."""
    delta = delta // _DAMP if first else delta // 2
    delta += delta // points
    k = 0
    while delta > (_BASE - _T_MIN) * _T_MAX // 2:
        delta //= _BASE - _T_MIN
        k += _BASE
    return k + (_BASE - _T_MIN + 1) * delta // (delta + _SKEW)
