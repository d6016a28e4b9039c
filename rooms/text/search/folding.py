"""Texts as searches compare them, and the way back to where something was found.

Texts are folded like names (rooms/text/folding.py). Also, invisible characters don't count, such as
a soft hyphen in a long word, and neither do the forms of apostrophes and hyphens that phones put in
on their own: `don't` finds don’t. Unlike the names', nothing of this is stored but the grams, which
have a version.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rooms.text import folding
from rooms.text.lookalikes import is_blank, is_selector

# Between texts that are searched as one, such as a body and the names of its files: part of no
# word, and no white space, so that no phrase crosses it.
SEPARATOR = "\ufffc"
MAX_FOLDED = 20_000  # characters whose folding is kept

_PLAIN = {"\u2018": "'", "\u2019": "'", "\u02bc": "'", "\u2010": "-", "\u2011": "-"}


def fold(text: str) -> str:
    """Return a text as it is compared. Folding twice is folding once."""
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFC", text).translate(_folded)
    return unicodedata.normalize("NFC", folded)  # half-width か and ゛ are one letter now


def fold_all(texts: Iterable[str]) -> str:
    """Return several texts of one message as they are compared together."""
    return SEPARATOR.join(map(fold, texts))


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text that remembers where it came from.

    `origins` are the indexes in the given text, in code points, of what each folded character came
    from; they never decrease. `length` is that of the given text.
    """

    text: str
    origins: Sequence[int]
    length: int

    @classmethod
    def of(cls, text: str) -> "Folded":
        if text.isascii():
            return cls(text.lower(), range(len(text)), len(text))
        chars, origins = _composed(text, range(len(text)))
        pairs = [
            (one, origin)
            for char, origin in zip(chars, origins, strict=True)
            for one in _folded[ord(char)]
        ]
        return cls(*_composed(*_apart(pairs)), len(text))

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the part of the given text, in code points, that a part of the folded one came
        from: whole letters with their accents, even if only the first s of an ß was meant."""
        last = self.origins[end - 1]
        while end < len(self.origins) and self.origins[end] == last:
            end += 1
        after = self.origins[end] if end < len(self.origins) else self.length
        return self.origins[start], after


class _Folding(dict[int, str]):
    """How characters are folded, for `str.translate`, which is quicker than a cached function."""

    def __missing__(self, code: int) -> str:
        if len(self) >= MAX_FOLDED:
            self.clear()
        folded = self[code] = _fold_one(chr(code))
        return folded


def _fold_one(char: str) -> str:
    if unicodedata.category(char) == "Cf" or is_selector(char) or is_blank(char):
        return ""
    return "".join(_PLAIN.get(one, one) for one in folding.fold(char))


_folded = _Folding()


def _composed(text: str, origins: Sequence[int]) -> tuple[str, Sequence[int]]:
    """Compose a text as NFC does. What is composed has the origin of its first character."""
    if unicodedata.is_normalized("NFC", text):
        return text, origins
    runs: list[tuple[str, int]] = []  # none is composed with the next
    for char, origin in zip(text, origins, strict=True):
        if runs and _goes_on(runs[-1][0], char):
            runs[-1] = runs[-1][0] + char, runs[-1][1]
        else:
            runs.append((char, origin))
    return _apart([(one, at) for run, at in runs for one in unicodedata.normalize("NFC", run)])


def _apart(pairs: Sequence[tuple[str, int]]) -> tuple[str, Sequence[int]]:
    return "".join([char for char, _ in pairs]), [origin for _, origin in pairs]


def _goes_on(run: str, char: str) -> bool:
    """Whether a character may be composed with what is before it, or change places with it."""
    if char < "\u0300":
        return False  # the first combining mark
    if unicodedata.combining(char):
        return True
    return unicodedata.normalize("NFC", run + char) != unicodedata.normalize("NFC", run) + char
