"""Names that are nearly what somebody typed to find one: one edit away, as static/js/lib/ranking.js
has it. Pure.
"""

import re
from collections.abc import Iterable, Sequence

SHORTEST = 4  # letters; shorter words, and numbers, are too much like one another

_WORD = re.compile(r"[^\W_]+")


def fits(names: Iterable[str], wanted: Sequence[str]) -> bool:
    """Return whether in one of these folded names a word begins with each word that is wanted, or
    nearly does."""
    return any(
        all(any(begins(word, one) for word in _WORD.findall(name)) for one in wanted)
        for name in names
    )


def begins(word: str, wanted: str) -> bool:
    """Return whether a word begins with another, but for one letter that is wrong, missing or too
    many, or two that are swapped."""
    if word.startswith(wanted):
        return True
    if not is_tolerant(wanted):
        return False
    pairs = zip(word, wanted, strict=False)
    at = next((n for n, (one, other) in enumerate(pairs) if one != other), len(word))
    is_swapped = word[at : at + 2] == wanted[at : at + 2][::-1] and at + 1 < len(wanted)
    return (
        word.startswith(wanted[at + 1 :], at + 1)
        or word.startswith(wanted[at + 1 :], at)
        or word.startswith(wanted[at:], at + 1)
        or (is_swapped and word.startswith(wanted[at + 2 :], at + 2))
    )


def is_tolerant(wanted: str) -> bool:
    """Return whether a typing error in a word is forgiven."""
    return len(wanted) >= SHORTEST and wanted.isalpha()


def halves(wanted: str) -> tuple[str, str]:
    """Return two parts of a word. Whatever it nearly is has one of them, the first at the beginning
    of a word: an edit can't spoil both."""
    middle = (len(wanted) - 1) // 2
    return wanted[:middle], wanted[middle + 1 :]
