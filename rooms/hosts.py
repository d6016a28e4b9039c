"""Addresses as browsers ask for them: the host in ASCII, the rest percent-encoded.

In place of markdown-it's, which looks at every label of a host four times and encodes it anew, in
a time that grows with the square of its length: a message of `https://é.é.é.…` took 40 ms.
"""

import functools
import re
from bisect import bisect_left, insort

import mdurl
from markdown_it.common.normalize_url import normalizeLink

# Of one host. Its labels are encoded to 63 characters at most, so that few have more of them.
MAX_FOREIGN = 40  # characters beyond ASCII
MAX_LABELS = 8  # with such characters; people's have three

_DOTS = re.compile("[.\u3002\uff0e\uff61]")
_ACE = "xn--"  # what an encoded label begins with, RFC 3490


def normalized(url: str) -> str:
    """The address to lead to; "" for one whose host would take too long to encode."""
    parts = mdurl.parse(url, slashes_denote_host=True)
    host = parts.hostname or ""
    if ":" in host:
        return normalizeLink(url)  # an IPv6 address, where brackets have to be left alone
    if not host.isascii():
        labels = _DOTS.split(host)
        foreign = [label for label in labels if not label.isascii()]
        characters = sum(not character.isascii() for character in host)
        if len(foreign) > MAX_LABELS or characters > MAX_FOREIGN:
            return ""
        parts = parts._replace(hostname=".".join(map(_encoded, labels)))
    return mdurl.encode(mdurl.format(parts))


def readable(url: str) -> str:
    """The same address for people; with a host as it is, where reading it would take too long."""
    if _ACE in url.lower():
        parts = mdurl.parse(url, slashes_denote_host=True)
        host = parts.hostname or ""
        if host.count(_ACE) <= MAX_LABELS:
            url = mdurl.format(parts._replace(hostname=decoded(host)))
    return mdurl.decode(url, mdurl.DECODE_DEFAULT_CHARS + "%") if "%" in url else url


def decoded(host: str) -> str:
    """A host by its letters."""
    return ".".join(map(_decoded, host.split(".")))


@functools.lru_cache(maxsize=4096)
def _encoded(label: str) -> str:
    return label if label.isascii() else _ACE + punycode(label)


@functools.lru_cache(maxsize=4096)
def _decoded(label: str) -> str:
    """Left as it is where it is no Punycode."""
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
    """As Python's codec, in a tenth of its time."""
    basic = [character for character in label if character < "\x80"]
    positions = [index for index, character in enumerate(label) if character < "\x80"]
    rest = sorted((ord(one), index) for index, one in enumerate(label) if one >= "\x80")
    output = [*basic, "-"] if basic else []
    bias, last, place, first = 72, 0x80, 0, True
    for code, index in rest:
        # How far the decoder's counter goes until it inserts this one: a round through all places
        # for each code point between, and the places of this round.
        handled = len(positions)
        following = bisect_left(positions, index)
        delta = (code - last) * (handled + 1) + following - place
        output += _variable(delta, bias)
        bias = _adapted(delta, handled + 1, first=first)
        insort(positions, index)
        last, place, first = code, following + 1, False
    return "".join(output)


def _variable(delta: int, bias: int) -> list[str]:
    """Section 3.3: an integer by digits of growing weight."""
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
