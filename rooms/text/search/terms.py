"""Terms: what a text must contain to be found."""

import functools
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from rooms.text.search import grams
from rooms.text.search.folding import fold
from rooms.text.search.runs import LETTER, RUN

KEPT = 4  # texts, of which all phrases of a query are looked for in turn
SHORT = 2  # letters; so few are in nearly every text, so they are looked for at words' beginnings

_LETTER = re.compile(LETTER)


@dataclass(frozen=True, slots=True)
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
    def of_phrase(cls, text: str, *, closed: bool) -> "Term | None":
        """Return what is meant by text in quotation marks, whole words in a row, or None if it has
        nothing to look for. While it isn't closed, its last word may go on."""
        term = _spaced(text)
        return cls(term, begins=True, ends=closed) if term else None

    def grams(self) -> set[str]:
        """Return grams that every text has in which this occurs."""
        return grams.needed(self.text, begins=self.begins)

    def occurs(self, folded: str) -> bool:
        """Return whether this occurs in a folded text. The time grows with the text's length, not
        with what is looked for in it."""
        text = _single_spaced(folded) if self._has_space else folded
        return next(self._places(text), None) is not None

    def spans(self, folded: str) -> Iterator[tuple[int, int]]:
        """Yield where this occurs in a folded text, from left to right, without overlaps."""
        if not self._has_space:
            yield from ((at, at + len(self.text)) for at in self._places(folded))
            return
        words = _Words.of(folded)
        for at in self._places(_single_spaced(folded)):
            yield words.place(at), words.place(at + len(self.text) - 1) + 1

    @property
    def _has_space(self) -> bool:
        return " " in self.text

    def _places(self, text: str) -> Iterator[int]:
        at = text.find(self.text)
        while at >= 0:
            fits = self._fits(text, at)
            if fits:
                yield at
            at = text.find(self.text, at + len(self.text) if fits else at + 1)

    def _fits(self, text: str, at: int) -> bool:
        """Whether words begin and end there as they should."""
        end = at + len(self.text)
        if self.begins and at > 0 and _is_letter(text[at - 1]) and _is_letter(text[at]):
            return False
        return not (
            self.ends and end < len(text) and _is_letter(text[end]) and _is_letter(text[end - 1])
        )


@dataclass(frozen=True, slots=True)
class _Words:
    """Where the words of a text begin, in itself and with single spaces in between."""

    begins: list[int]
    spaced: list[int]

    @classmethod
    @functools.lru_cache(maxsize=KEPT)
    def of(cls, text: str) -> "_Words":
        begins, spaced, at = [], [], 0
        for word in re.finditer(r"\S+", text):
            begins.append(word.start())
            spaced.append(at)
            at += len(word[0]) + 1
        return cls(begins, spaced)

    def place(self, at: int) -> int:
        """Return where a character is in the text that has this place with single spaces."""
        word = bisect_right(self.spaced, at) - 1
        return self.begins[word] + at - self.spaced[word]


@functools.lru_cache(maxsize=KEPT)
def _single_spaced(text: str) -> str:
    return " ".join(text.split())


def _spaced(text: str) -> str:
    return " ".join(fold(text).split())


def _is_short(term: str) -> bool:
    """Whether a term has nothing but a few letters of one word: `go`, `c++`."""
    runs = RUN.findall(term)
    return len(runs) == 1 and 0 < len(runs[0][0]) <= SHORT


@functools.lru_cache(maxsize=4096)
def _is_letter(char: str) -> bool:
    return _LETTER.fullmatch(char) is not None
