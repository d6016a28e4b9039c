"""Terms: what a text must contain to be found."""

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from rooms.text.search import grams
from rooms.text.search.folding import fold
from rooms.text.search.runs import LETTER, RUN

SHORT = 2  # letters; so few are in nearly every text, so they are looked for at words' beginnings


@dataclass(frozen=True)
class Term:
    """A folded text to look for, with single spaces that stand for any white space.

    It is looked for anywhere in a text; or, where it begins or ends with a letter of a word, only
    at the beginning of a word (`begins`) or the end of one (`ends`).
    """

    text: str
    begins: bool = False
    ends: bool = False

    @classmethod
    def of_word(cls, text: str) -> "Term | None":
        """Return what is meant by a word, or None if it has nothing to look for."""
        term = _spaced(text)
        return cls(term, begins=_is_short(term)) if term else None

    @classmethod
    def of_phrase(cls, text: str, *, closed: bool = True) -> "Term | None":
        """Return what is meant by text in quotation marks, whole words in a row, or None if it has
        nothing to look for. While it isn't closed, its last word may go on."""
        term = _spaced(text)
        return cls(term, begins=True, ends=closed) if term else None

    def grams(self) -> set[str]:
        """Return grams that every text has in which this occurs."""
        return grams.needed(self.text, begins=self.begins)

    def occurs(self, folded: str) -> bool:
        """Return whether this occurs in a folded text."""
        if not all(word in folded for word in self._words):
            return False  # what most texts end with, at a tenth of the expression's time
        return self._is_plain or self._pattern.search(folded) is not None

    def spans(self, folded: str) -> Iterator[tuple[int, int]]:
        """Yield where this occurs in a folded text, from left to right."""
        return (match.span() for match in self._pattern.finditer(folded))

    @functools.cached_property
    def _words(self) -> list[str]:
        return self.text.split(" ")

    @property
    def _is_plain(self) -> bool:
        return not self.begins and not self.ends and len(self._words) == 1

    @functools.cached_property
    def _pattern(self) -> re.Pattern[str]:
        pattern = r"\s+".join(map(re.escape, self._words))
        if self.begins and _is_letter(self.text[0]):
            pattern = f"(?<!{LETTER}){pattern}"
        if self.ends and _is_letter(self.text[-1]):
            pattern = f"{pattern}(?!{LETTER})"
        return re.compile(pattern)


def _spaced(text: str) -> str:
    return " ".join(fold(text).split())


def _is_short(term: str) -> bool:
    """Whether a term has nothing but a few letters of one word: `go`, `c++`."""
    runs = RUN.findall(term)
    return len(runs) == 1 and 0 < len(runs[0][0]) <= SHORT


def _is_letter(char: str) -> bool:
    return re.fullmatch(LETTER, char) is not None
