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
from collections import deque
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum

from django.utils.translation import gettext_lazy as _

from rooms import hosts, markup, names
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
        self._words = _Words()
        self._sites: dict[str, list[Rule]] = {}
        for rule in rules:
            if rule.is_link:
                self._sites.setdefault(_readable(site(rule.pattern)), []).append(rule)
            else:
                for needle in _needles(rule.pattern):
                    self._words.add(needle, rule)
        self._words.prepare()

    def __bool__(self) -> bool:
        return bool(self._words or self._sites)

    def found(self, rendered: str) -> frozenset[Rule]:
        """The rules that rendered text offends against, in whichever room."""
        if not self:
            return frozenset()
        text = markup.visible(rendered)
        found = set[Rule]()
        if self._words:
            for read in _readings(text):
                found |= self._words.found(read)
        if self._sites:
            hosts = {*map(_readable, linked(rendered)), *_named(text)}
            found.update(rule for host in hosts for rule in self._of_host(host))
        return frozenset(found)

    def found_in_name(self, text: str) -> frozenset[Rule]:
        """The same for what is no markup: names, topics."""
        return self.found(html.escape(text))

    def _of_host(self, host: str) -> Iterator[Rule]:
        while host:
            yield from self._sites.get(host, ())
            host = host.partition(".")[2]


class _Words:
    """Many needles that are looked for at once, each character of a text being read once, however
    many of them it could be part of (Aho and Corasick, 1975)."""

    def __init__(self) -> None:
        # By the number of a node, which stands for what was read of a needle; 0: nothing.
        self._next: list[dict[str, int]] = [{}]
        self._rules: list[list[Rule]] = [[]]
        self._shorter = [0]  # the longest other node that what was read ends with
        self._ended = [0]  # the nearest of those, or itself, where a needle ends

    def __bool__(self) -> bool:
        return len(self._next) > 1

    def add(self, needle: str, rule: Rule) -> None:
        node = 0
        for character in needle:
            if character not in self._next[node]:
                self._next[node][character] = len(self._next)
                self._next.append({})
                self._rules.append([])
            node = self._next[node][character]
        self._rules[node].append(rule)

    def prepare(self) -> None:
        """After the last needle: what to go on with where one breaks off."""
        self._shorter = [0] * len(self._next)
        self._ended = [0] * len(self._next)
        waiting = deque(self._next[0].values())
        while waiting:
            node = waiting.popleft()
            self._ended[node] = node if self._rules[node] else self._ended[self._shorter[node]]
            for character, longer in self._next[node].items():
                waiting.append(longer)
                self._shorter[longer] = self._step(self._shorter[node], character)

    def found(self, text: str) -> set[Rule]:
        ends = set[int]()
        node = 0
        following, shorter, ended = self._next, self._shorter, self._ended
        for character in text:
            while node and character not in following[node]:
                node = shorter[node]
            node = following[node].get(character, 0)
            end = ended[node]
            while end and end not in ends:  # else those behind it are found, too
                ends.add(end)
                end = ended[shorter[end]]
        return {rule for end in ends for rule in self._rules[end]}

    def _step(self, node: int, character: str) -> int:
        while node and character not in self._next[node]:
            node = self._shorter[node]
        return self._next[node].get(character, 0)


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
    return _ascii(_host(text).removeprefix("*."))


def linked(rendered: str) -> set[str]:
    """The hosts that rendered text leads to, as its links write them."""
    return {_host(href) for href in markup.links(rendered) if "://" in href}


def _host(text: str) -> str:
    begin, mark, rest = text.strip().partition("://")
    host = re.split(r"[/?#\\]", rest if mark else begin, maxsplit=1)[0].rpartition("@")[2]
    return re.sub(r":\d*\Z", "", host)


# Possessive, and begun only where a run begins: read once, whatever is in it.
_HOST = re.compile(r"(?P<user>://[^\s/?#@]{1,200}@)?(?<![\w.-])[\w-]++(?:\.[\w-]++)++")
_DOTS = str.maketrans(dict.fromkeys("\u3002\uff0e\uff61", "."))


def _named(text: str) -> set[str]:
    """The hosts that are written without being links: people copy them. An address for mail names
    whom it reaches, and leads nobody to a site."""
    text = "".join(filter(_is_seen, text)) if not text.isascii() else text
    text = text.translate(_DOTS)
    return {
        _readable(found.group().rpartition("@")[2])
        for found in _HOST.finditer(text)
        if found["user"] or text[found.start() - 1 : found.start()] != "@"
    }


def _readable(host: str) -> str:
    """A host as it is compared: by its letters, since to encode those of a long message would take
    a tenth of a second."""
    host = host[-MAX_HOST:].translate(_DOTS).strip(".").lower()
    if "xn--" in host:
        host = hosts.decoded(host)
    if not host.isascii():
        host = unicodedata.normalize("NFKC", "".join(filter(_is_seen, host))).casefold()
    return host


def _ascii(host: str) -> str:
    """A host as it is stored."""
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
