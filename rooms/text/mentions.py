"""Mentions: which `@name` in a message may mean somebody, and what is drawn once it is known whom.
Pure: knows no model.

Who is in the room is known only under its lock, and rendering takes too long to do it there. So the
text is rendered first, with every name that may be one between two marks, and `Marked.drawn` turns
them into links afterwards, for a microsecond each.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape

from markdown_it.token import Token

from rooms.text.dialect import is_word

HERE, ROOM = "here", "room"
KEYWORDS = (ROOM, HERE)  # the wider one first
# In one message; further names stay text. `@room` is for more.
MOST = 100

# No message has control characters (`bodies.clean_body`).
_OPEN, _CLOSE = "\x02", "\x03"
_MARKS = re.compile(f"[{_OPEN}{_CLOSE}]")
_MARKED = re.compile(f"{_OPEN}@([A-Za-z0-9_]+){_CLOSE}")
# As usernames are (`names.clean_username`).
_NAME = re.compile(r"@([A-Za-z0-9_]{2,32})(?![A-Za-z0-9_])")
_DRAWN = re.compile(r'<a class="mention" data-person="(\d+)">@([A-Za-z0-9_]+)</a>')
_LINK = re.compile(r'<(a class="mention"|span class="mention )[^>]*>(@[A-Za-z0-9_]+)</(?:a|span)>')
# `joe@ann`, `@@ann`, `medium.com/@ann`, and `\@ann`, by which a mention is avoided.
_BEFORE = frozenset("_@/\\")


@dataclass(frozen=True, slots=True)
class Drawn:
    """A rendered message with its mentions: whom it names, in order, and which keyword it says."""

    html: str
    ids: tuple[int, ...] = ()
    addressed: str = ""


@dataclass(frozen=True)
class Marked:
    """A rendered message in which it isn't known yet who is meant."""

    html: str

    @cached_property
    def is_plain(self) -> bool:
        """Whether nobody can be meant, as in most messages."""
        return _OPEN not in self.html

    @cached_property
    def plain(self) -> str:
        """The message without any mention."""
        return self.html if self.is_plain else _MARKS.sub("", self.html)

    @cached_property
    def names(self) -> frozenset[str]:
        """Every username that may be meant."""
        found = {name.lower() for name in _MARKED.findall(self.html)}
        return frozenset(one for name in found for one in _readings(name) if one not in KEYWORDS)

    @cached_property
    def keywords(self) -> frozenset[str]:
        """Which keywords it may say."""
        found = {name.lower() for name in _MARKED.findall(self.html)}
        return frozenset(one for name in found for one in _readings(name) if one in KEYWORDS)

    def drawn(self, people: Mapping[str, int], keywords: Collection[str] = ()) -> Drawn:
        """Draw the mentions of these people, by username, and these keywords; any other name stays
        text. A keyword wins over a member of that name."""
        if self.is_plain:
            return Drawn(self.html)
        ids: dict[int, None] = {}
        said: set[str] = set()

        def draw(found: re.Match[str]) -> str:
            typed = found[1]
            for name in _readings(typed.lower()):
                shown, rest = f"@{typed[: len(name)]}", typed[len(name) :]
                if name in KEYWORDS:
                    if name not in keywords:
                        break
                    said.add(name)
                    return f'<span class="mention mention--room">{shown}</span>{rest}'
                if name in people:
                    ids[people[name]] = None
                    return f'<a class="mention" data-person="{people[name]}">{shown}</a>{rest}'
            return f"@{typed}"

        html = _MARKED.sub(draw, self.html)
        return Drawn(html, tuple(ids), next((one for one in KEYWORDS if one in said), ""))


def _readings(name: str) -> Iterator[str]:
    """The usernames that a typed name may be, the longest first: `_@ann_` is emphasis."""
    yield name
    while name.endswith("_") and len(name) > 2:
        name = name[:-1]
        yield name


def drawn_in(html: str) -> dict[str, int]:
    """Return who is mentioned in a message that was drawn before, by username."""
    return {name.lower(): int(pk) for pk, name in _DRAWN.findall(html)}


def named(text: str, names: Mapping[str, str]) -> str:
    """Return marked text in which people are called by name, by username."""

    def call(found: re.Match[str]) -> str:
        typed = found[1]
        for username in _readings(typed.lower()):
            if username in names:
                return f"@{names[username]}{typed[len(username) :]}"
        return f"@{typed}"

    return _MARKED.sub(call, text)


def called(html: str, names: Mapping[int, str]) -> str:
    """Return a rendered message in which the people whom it mentions are called by name, by id."""

    def call(found: re.Match[str]) -> str:
        name = names.get(int(found[1]))
        return found[0] if name is None else found[0].replace(f"@{found[2]}<", f"@{escape(name)}<")

    return _DRAWN.sub(call, html)


def undrawn(html: str) -> str:
    """Return a rendered message with its mentions as text."""
    return _LINK.sub(r"\2", html) if 'class="mention' in html else html


def mark(tokens: Sequence[Token], room_for: int) -> int:
    """Put marks around at most so many names in the text of one paragraph, outside of code and
    links; return how many."""
    text, starts = _flat(tokens)
    places: dict[int, list[tuple[int, int]]] = {}
    count = 0
    linked = _linked(tokens)
    for start, end in _found(text):
        index = bisect_right(starts, start) - 1
        token = tokens[index]
        if token.type != "text" or index in linked or end > starts[index] + len(token.content):
            continue
        if count == room_for:
            break
        count += 1
        places.setdefault(index, []).append((start - starts[index], end - starts[index]))
    for index, found in places.items():
        content = tokens[index].content
        for start, end in reversed(found):
            name = f"{_OPEN}{content[start:end]}{_CLOSE}"
            content = content[:start] + name + content[end:]
        tokens[index].content = content
    return count


def _flat(tokens: Sequence[Token]) -> tuple[str, list[int]]:
    """Return the visible text of tokens, and where each begins in it."""
    parts, starts, at = [], [], 0
    for token in tokens:
        starts.append(at)
        part = _visible(token)
        parts.append(part)
        at += len(part)
    return "".join(parts), starts


def _visible(token: Token) -> str:
    if token.type in {"softbreak", "hardbreak"}:
        return "\n"
    return "\ufffc" if token.type == "emoji" else token.content


def _linked(tokens: Sequence[Token]) -> set[int]:
    """The indexes of the tokens inside links."""
    linked, depth = set(), 0
    for index, token in enumerate(tokens):
        if token.type in {"link_open", "link_close"}:
            depth += token.nesting
        elif depth:
            linked.add(index)
    return linked


def _found(text: str) -> Iterator[tuple[int, int]]:
    """Yield where names begin and end that aren't part of a longer word or an address."""
    last = -1
    for found in _NAME.finditer(text):
        start, end = found.span()
        before = text[start - 1] if start else " "
        # `@ann/@bob` names both.
        starts = not _continues(before) and (before not in _BEFORE or start - 1 == last)
        after, next_but_one = text[end : end + 1] or " ", text[end + 1 : end + 2] or " "
        is_joined = after == "@" or (after == "-" and _continues(next_but_one))
        if starts and not is_joined and not _continues(after):
            last = end
            yield start, end


def _continues(char: str) -> bool:
    """Whether a character next to a name makes it part of a longer word. In scripts without spaces
    between words, none does, and neither do the marks that belong to emoji."""
    return is_word(char) or (unicodedata.category(char)[0] == "M" and char not in _OF_EMOJI)


_OF_EMOJI = frozenset("\ufe0e\ufe0f\u20e3")
