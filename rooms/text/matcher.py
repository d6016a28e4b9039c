"""Words and sites that a community doesn't want, found in what people write. Pure: knows no model,
asks no database.

Texts and patterns are compared by their skeletons, so that neither case, accents, invisible
characters nor look-alikes from another alphabet hide a word. Only the visible text counts, so that
`sp**a**m` is one word. Matching takes a time that grows with the text and not with the number of
patterns: `tests/unit/test_rules.py` measures it with 1,000 of them.
"""

import html
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum

from django.utils.translation import gettext_lazy as _

from rooms.errors import Invalid
from rooms.text import hosts, lookalikes, markup
from rooms.text.automaton import Automaton

MAX_PATTERNS = 1000
MAX_HOST = 253  # characters, by the rules of DNS
MAX_TRACES = 20_000  # characters whose trace is cached


class Action(IntEnum):
    """What happens to a text that matches; the strictest wins."""

    FLAG = 1
    HOLD = 2
    REFUSE = 3


@dataclass(frozen=True, slots=True)
class Pattern:
    """Words or a site to look for, in one room or (`room_id` None) everywhere. `note` is what the
    author is told."""

    text: str
    is_link: bool
    action: Action
    room_id: int | None
    note: str


class Matcher:
    """Looks for many patterns at once."""

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        self._words = Automaton[Pattern]()
        self._sites: dict[str, list[Pattern]] = {}
        for pattern in patterns:
            if pattern.is_link:
                self._sites.setdefault(_readable(site(pattern.text)), []).append(pattern)
            else:
                for needle in _needles(pattern.text):
                    self._words.add(needle, pattern)
        self._words.prepare()

    def __bool__(self) -> bool:
        return bool(self._words or self._sites)

    def found(self, rendered: str) -> frozenset[Pattern]:
        """Return the patterns that occur in rendered text, whichever room they are for."""
        if not self:
            return frozenset()
        text = markup.visible(rendered)
        found = set[Pattern]()
        if self._words:
            for reading in _readings(text):
                found |= self._words.found(reading)
        if self._sites:
            hosts = {*map(_readable, linked(rendered)), *_named(text)}
            found.update(pattern for host in hosts for pattern in self._of_host(host))
        return frozenset(found)

    def found_in_name(self, text: str) -> frozenset[Pattern]:
        """Do the same for text without markup: names, topics."""
        return self.found(html.escape(text))

    def _of_host(self, host: str) -> Iterator[Pattern]:
        while host:
            yield from self._sites.get(host, ())
            host = host.partition(".")[2]


def strictest(found: Collection[Pattern], room_id: int | None) -> Pattern | None:
    """Return the pattern that decides in a room, or without one everywhere. Among equally strict
    ones any would do, so it is the last in alphabetical order."""
    here = [one for one in found if one.room_id in (None, room_id)]
    return max(here, key=lambda one: (one.action, one.text), default=None)


def clean_pattern(text: str, *, is_link: bool) -> str:
    """Return a pattern as it is stored. Raises Invalid if it would match nothing, or everything."""
    text = " ".join(text.split())
    if is_link:
        host = site(text)
        if not re.fullmatch(r"(?:[\w-]+\.)*[\w-]+", host):
            raise Invalid(_("Write a site like example.com; its subdomains are included."))
        return host
    if not any(needle.strip() for needle in _needles(text)):
        raise Invalid(_("A word needs at least one letter or digit; * is allowed at its ends."))
    return text


# -- sites -----------------------------------------------------------------------------------


def site(text: str) -> str:
    """Return the host of an address, however it was typed: `HTTPS://user@Bücher.example:8000/x` and
    `*.bücher.example` are both `xn--bcher-kva.example`."""
    return _ascii(_host(text).removeprefix("*."))


def linked(rendered: str) -> set[str]:
    """Return the hosts that rendered text links to, as the links spell them."""
    return {_host(href) for href in markup.links(rendered) if "://" in href}


def _host(text: str) -> str:
    begin, mark, rest = text.strip().partition("://")
    host = re.split(r"[/?#\\]", rest if mark else begin, maxsplit=1)[0].rpartition("@")[2]
    return re.sub(r":\d*\Z", "", host)


# Possessive, and anchored to the start of a run, so that it takes linear time on any text.
_HOST = re.compile(r"(?P<user>://[^\s/?#@]{1,200}@)?(?<![\w.-])[\w-]++(?:\.[\w-]++)++")
_DOTS = str.maketrans(dict.fromkeys("\u3002\uff0e\uff61", "."))


def _named(text: str) -> set[str]:
    """Return the hosts that are written without being links, since people copy them. The host of a
    mail address doesn't count: it takes nobody to a site."""
    text = "".join(filter(_is_seen, text)) if not text.isascii() else text
    text = text.translate(_DOTS)
    return {
        _readable(found.group().rpartition("@")[2])
        for found in _HOST.finditer(text)
        if found["user"] or text[found.start() - 1 : found.start()] != "@"
    }


def _readable(host: str) -> str:
    """Return a host as it is compared: decoded, since encoding every host of a long message would
    take a tenth of a second."""
    host = host[-MAX_HOST:].translate(_DOTS).strip(".").lower()
    if "xn--" in host:
        host = hosts.decoded(host)
    if not host.isascii():
        host = unicodedata.normalize("NFKC", "".join(filter(_is_seen, host))).casefold()
    return host


def _ascii(host: str) -> str:
    """Return a host as it is stored."""
    host = host[-MAX_HOST:].translate(_DOTS).strip(".").lower()
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        return unicodedata.normalize("NFKC", host).lower()


# -- words -----------------------------------------------------------------------------------


def _needles(pattern: str) -> set[str]:
    """Return what to look for in a reading: words with a space at each end that has no `*`."""
    begin = "" if pattern.startswith("*") else " "
    end = "" if pattern.endswith("*") else " "
    readings = [reading.strip() for reading in _readings(pattern)]
    return {f"{begin}{reading}{end}" for reading in readings if reading}


def _readings(text: str) -> set[str]:
    """Return a text as words between single spaces. `I`, `1` and `|` are read once as an l and once
    as an i: nobody can tell which was meant, and `v1agra` is as common as `c1ick`."""
    plain = unicodedata.normalize("NFKD", text).replace("I", "|")
    plain = unicodedata.normalize("NFKD", plain.casefold())
    skeleton = f" {' '.join(plain.translate(_skeleton).split())} "
    if _EITHER not in skeleton:
        return {skeleton}
    return {skeleton.replace(_EITHER, letter) for letter in "il"}


_EITHER = "\0"  # an l or an i; no text contains this character
# Marks of these kinds are optional or decoration; those of other scripts are vowels.
_OPTIONAL_MARKS = ("COMBINING", "HEBREW", "ARABIC", "VARIATION")
_VOICING = "\u3099\u309a"  # named COMBINING, but they turn a ka into a ga


def _is_seen(character: str) -> bool:
    return not lookalikes.is_blank(character) and unicodedata.category(character) != "Cf"


def _trace(character: str) -> str:
    """Return what stands for a character in a skeleton: for letters and digits the one they look
    like, for a symbol a word of its own, for anything that separates words a space."""
    category = unicodedata.category(character)
    if category == "Cf" or lookalikes.is_blank(character):
        return ""
    if category in {"Mn", "Me"} and character not in _VOICING:
        name = unicodedata.name(character, "COMBINING")
        return "" if name.startswith(_OPTIONAL_MARKS) else character
    alike = lookalikes.prototype(character)
    if alike == "l" and character != "l":
        return _EITHER
    if category[0] in "LNM":
        return alike
    return f" {character} " if category[0] == "S" else " "


class _Skeleton(dict[int, str]):
    """A table for `str.translate` that fills itself as people write."""

    def __missing__(self, code: int) -> str:
        trace = _trace(chr(code))
        if len(self) < MAX_TRACES:
            self[code] = trace
        return trace


_skeleton = _Skeleton()
