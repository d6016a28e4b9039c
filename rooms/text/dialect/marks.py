"""Emphasis: `*`, `_` and `~~`."""

import functools
import unicodedata
from typing import NamedTuple

from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Delimiter

# Next to these, `*` multiplies, `**` is a power, and paths have globs.
_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")


class _Kind(NamedTuple):
    """What kind of character is next to a marker."""

    is_space: bool
    is_mark: bool  # punctuation or a symbol, of any script
    is_cjk: bool
    is_word: bool  # a letter or digit of a script with spaces between words
    is_digit: bool


class _Run(NamedTuple):
    """A run of the same marker."""

    length: int
    opens: bool
    closes: bool


@functools.lru_cache(maxsize=4096)
def _kind(char: str) -> _Kind:
    category = unicodedata.category(char)
    is_cjk = _is_cjk(char, category)
    is_word = category[0] in "LN" and not is_cjk
    is_space = category == "Zs" or char in "\t\n"
    return _Kind(is_space, category[0] in "PS", is_cjk, is_word, is_word and char.isdecimal())


def is_word(char: str) -> bool:
    """Whether it is a letter or digit of a script with spaces between words."""
    return _kind(char).is_word


def _is_cjk(char: str, category: str) -> bool:
    """Decide as the CJK-friendly amendment to CommonMark does: wide or half-width characters other
    than emoji, all of Hangul, and ideographic variation selectors."""
    if "\u1100" <= char <= "\u11ff" or "\U000e0100" <= char <= "\U000e01ef":
        return True
    is_emoji = category == "So" and not "\u3000" <= char <= "\uffff"
    return not is_emoji and unicodedata.east_asian_width(char) in {"W", "F", "H"}


def _flanks(state: StateInline) -> tuple[str, str, int, bool, bool]:
    """Return the characters before and after the run of markers here, the run's length, and whether
    it is left-flanking and right-flanking.

    By the CJK-friendly amendment: in a script without spaces, emphasis could otherwise not end with
    punctuation, as in `**削除。**追加`.
    """
    src, start = state.src, state.pos
    marker, end = src[start], start
    while end < state.posMax and src[end] == marker:
        end += 1
    before = src[start - 1] if start else " "
    if "\ufe00" <= before <= "\ufe0e" and start > 1:
        before = src[start - 2]  # a variation selector: look at what it modifies
    after = src[end] if end < state.posMax else " "
    last, following = _kind(before), _kind(after)
    last_mark = last.is_mark and not last.is_cjk
    next_mark = following.is_mark and not following.is_cjk
    left = not following.is_space and (not next_mark or last.is_space or last_mark or last.is_cjk)
    right = not last.is_space and (
        not last_mark or following.is_space or next_mark or following.is_cjk
    )
    return before, after, end - start, left, right


def _stars(state: StateInline) -> _Run:
    """Between two words, a single star multiplies or is the German gender star, and two stars next
    to a digit are a power; next to a slash, stars are a glob. `**` between letters makes part of a
    word bold."""
    before, after, length, opens, closes = _flanks(state)
    last, following = _kind(before), _kind(after)
    if last.is_word and following.is_word:
        is_text = length == 1 or last.is_digit or following.is_digit
        return _Run(length, opens and not is_text, closes and not is_text)
    if length == 1 and (last.is_word or before in _CLOSING) and after in _OPENING:
        is_product = before in _CLOSING or last.is_digit
        return _Run(length, opens and not is_product, closes and not is_product)
    if length == 1 and before in _CLOSING and following.is_digit:
        return _Run(length, False, False)
    opens = opens and after != "/" and not (before == "/" and length == 1)
    return _Run(length, opens, closes and before != "/")


def _underscores(state: StateInline) -> _Run:
    """Never inside a word, and not between the eyes of a face: `-_-`, `^_^`, `>_<`."""
    before, after, length, left, right = _flanks(state)
    if before + after in _FACES or (before == after and before in _EYES):
        return _Run(length, False, False)
    opens = left and (not right or _kind(before).is_mark)
    return _Run(length, opens, right and (not left or _kind(after).is_mark))


_EYES = frozenset("-^=;.'~@+<>°")
_FACES = frozenset({"><", "<>"})


def emphasis(state: StateInline, silent: bool) -> bool:
    """`*` and `_`, a delimiter for each character of the run; markdown-it pairs them later."""
    marker = state.src[state.pos]
    if silent or marker not in "*_":
        return False
    run = _stars(state) if marker == "*" else _underscores(state)
    for _ in range(run.length):
        _push(state, run, marker, run.length)
    state.pos += run.length
    return True


def strike(state: StateInline, silent: bool) -> bool:
    """`~~`, in pairs; a single `~` is text."""
    if silent or not state.src.startswith("~~", state.pos):
        return False
    _before, _after, length, opens, closes = _flanks(state)
    if length % 2:
        state.push("text", "", 0).content = "~"
    for _ in range(length // 2):
        _push(state, _Run(length, opens, closes), "~~", 0)
    state.pos += length
    return True


def _push(state: StateInline, run: _Run, text: str, length: int) -> None:
    state.push("text", "", 0).content = text
    state.delimiters.append(
        Delimiter(ord(text[0]), length, len(state.tokens) - 1, -1, run.opens, run.closes)
    )
