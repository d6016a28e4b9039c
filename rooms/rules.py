"""Words and sites that a community doesn't want, found in what somebody writes. Pure: knows no
model, asks no database.

What is compared is a skeleton, so that neither case, accents, invisible characters nor letters of
another alphabet that look alike hide a word; and what is read is what people will see, so that
`sp**a**m` is one word. Finding takes a time that grows with the text and not with the number of
rules: `tests/unit/test_rules.py` measures 1,000 of them.
"""

import html
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from django.utils.translation import gettext_lazy as _

from rooms import markup, names
from rooms.errors import Invalid

MAX_RULES = 1000
MAX_HOST = 253  # characters, by the rules of DNS
MAX_TRACES = 20_000  # characters that are remembered


class Action(IntEnum):
    """The strictest wins."""

    FLAG = 1
    HOLD = 2
    REFUSE = 3


@dataclass(frozen=True, slots=True)
class Rule:
    """`room_id` None: everywhere. `note` is what the author is told."""

    pattern: str
    is_link: bool
    action: Action
    room_id: int | None
    note: str


class Rules:
    """Many rules, made ready once."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._words: dict[str, Any] = {}  # a tree by character; "" leads to rules that end there
        self._sites: dict[str, list[Rule]] = {}
        for rule in rules:
            if rule.is_link:
                self._sites.setdefault(site(rule.pattern), []).append(rule)
            else:
                for needle in _needles(rule.pattern):
                    node = self._words
                    for character in needle:
                        node = node.setdefault(character, {})
                    node.setdefault("", []).append(rule)

    def __bool__(self) -> bool:
        return bool(self._words or self._sites)

    def found(self, rendered: str) -> frozenset[Rule]:
        """The rules that rendered text offends against, in whichever room."""
        if not self:
            return frozenset()
        text = markup.visible(rendered)
        found = {rule for read in _readings(text) for rule in self._in_words(read)}
        if self._sites:
            hosts = {*linked(rendered), *_named(text)}
            found.update(rule for host in hosts for rule in self._of_host(host))
        return frozenset(found)

    def found_in_name(self, text: str) -> frozenset[Rule]:
        """The same for what is no markup: names, topics."""
        return self.found(html.escape(text))

    def _in_words(self, text: str) -> Iterator[Rule]:
        if not self._words:
            return
        first = self._words
        for start, character in enumerate(text):
            node = first.get(character)
            place = start
            while node is not None:
                if "" in node:
                    yield from node[""]
                place += 1
                node = node.get(text[place]) if place < len(text) else None

    def _of_host(self, host: str) -> Iterator[Rule]:
        while host:
            yield from self._sites.get(host, ())
            host = host.partition(".")[2]


def strictest(found: Collection[Rule], room_id: int | None) -> Rule | None:
    """The one that decides in a room, or without one everywhere; the oldest of several would be as
    good, so it is the one that comes first by its pattern."""
    here = [one for one in found if one.room_id in (None, room_id)]
    return max(here, key=lambda one: (one.action, one.pattern), default=None)


def clean_pattern(pattern: str, *, is_link: bool) -> str:
    """A pattern as it is stored. Raises Invalid for one that finds nothing, or everything."""
    pattern = " ".join(pattern.split())
    if is_link:
        host = site(pattern)
        if not re.fullmatch(r"(?:[\w-]+\.)*[\w-]+", host):
            raise Invalid(_("A site is written like example.com; its subdomains are meant too."))
        return host
    if not any(needle.strip() for needle in _needles(pattern)):
        raise Invalid(_("A word has at least one letter or digit; * may stand at its ends."))
    return pattern


# -- sites -----------------------------------------------------------------------------------


def site(text: str) -> str:
    """The host of an address, however it was typed: `HTTPS://user@Bücher.example:8000/x` and
    `*.bücher.example` are `xn--bcher-kva.example`."""
    begin, mark, rest = text.strip().partition("://")
    host = re.split(r"[/?#\\]", rest if mark else begin, maxsplit=1)[0].rpartition("@")[2]
    return _ascii(re.sub(r":\d*\Z", "", host).removeprefix("*."))


def linked(rendered: str) -> set[str]:
    """The hosts that rendered text leads to."""
    return {site(href) for href in markup.links(rendered) if "://" in href}


# Possessive, and begun only where a run begins: read once, whatever is in it.
_HOST = re.compile(r"(?P<user>://[^\s/?#@]{1,200}@)?(?<![\w.-])[\w-]++(?:\.[\w-]++)++")
_DOTS = str.maketrans(dict.fromkeys("\u3002\uff0e\uff61", "."))


def _named(text: str) -> set[str]:
    """The hosts that are written without being links: people copy them. An address for mail names
    whom it reaches, and leads nobody to a site."""
    text = "".join(filter(_is_seen, text)) if not text.isascii() else text
    text = text.translate(_DOTS)
    return {
        _ascii(found.group().rpartition("@")[2])
        for found in _HOST.finditer(text)
        if found["user"] or text[found.start() - 1 : found.start()] != "@"
    }


def _ascii(host: str) -> str:
    host = host[-MAX_HOST:].translate(_DOTS).strip(".").lower()
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        return unicodedata.normalize("NFKC", host).lower()


# -- words -----------------------------------------------------------------------------------


def _needles(pattern: str) -> set[str]:
    """What is looked for in a reading: with a space at each end that has no `*`."""
    begin = "" if pattern.startswith("*") else " "
    end = "" if pattern.endswith("*") else " "
    return {f"{begin}{read.strip()}{end}" for read in _readings(pattern) if read.strip()}


def _readings(text: str) -> set[str]:
    """A text as words between single spaces. `I`, `1` and `|` are read as an l and as an i: nobody
    sees which one was meant, and `v1agra` is as common as `c1ick`."""
    plain = unicodedata.normalize("NFKD", text).replace("I", "|")
    plain = unicodedata.normalize("NFKD", plain.casefold())
    skeleton = f" {' '.join(plain.translate(_skeleton).split())} "
    if _EITHER not in skeleton:
        return {skeleton}
    return {skeleton.replace(_EITHER, letter) for letter in "il"}


_EITHER = "\0"  # between two letters; no text contains it
# Marks of these are optional, or decoration; those of other scripts are vowels.
_OPTIONAL_MARKS = ("COMBINING", "HEBREW", "ARABIC", "VARIATION")
_VOICING = "\u3099\u309a"  # combining by name, but what makes a ga of a ka


def _is_seen(character: str) -> bool:
    return not names.is_blank(character) and unicodedata.category(character) != "Cf"


def _trace(character: str) -> str:
    """What stands for a character in a skeleton: letters and digits for themselves or what they
    look like, a picture for a word of its own, a space for what parts words."""
    category = unicodedata.category(character)
    if category == "Cf" or names.is_blank(character):
        return ""
    if category in {"Mn", "Me"} and character not in _VOICING:
        name = unicodedata.name(character, "COMBINING")
        return "" if name.startswith(_OPTIONAL_MARKS) else character
    alike = names.prototype(character)
    if alike == "l" and character != "l":
        return _EITHER
    if category[0] in "LNM":
        return alike
    return f" {character} " if category[0] == "S" else " "


class _Skeleton(dict[int, str]):
    """A table for `str.translate` that fills itself, up to what people write."""

    def __missing__(self, code: int) -> str:
        trace = _trace(chr(code))
        if len(self) < MAX_TRACES:
            self[code] = trace
        return trace


_skeleton = _Skeleton()
