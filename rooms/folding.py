"""One fold for every look-up of a name: what a person types finds what is written in another way.

Case doesn't count, nor do accents, full width, ligatures or how a letter was composed: `cafe` finds
Café, `strasse` Straße, `иван` ИВАН. Marks that make another letter do count: が is not か, and a
vowel sign of Devanagari is a vowel. static/js/lib/fold.js folds alike, and one table tests both
(tests/tables/fold.json).
"""

import functools
import unicodedata

# Letters with a stroke, and a dotless i, which Unicode takes for letters of their own.
_PLAIN = {"\u0131": "i", "ø": "o", "ł": "l", "đ": "d"}


def fold(text: str) -> str:
    """The text as it is compared. Longer or shorter than it was, and never shown."""
    if text.isascii():
        return text.lower()
    return "".join(map(_folded, unicodedata.normalize("NFC", text)))


@functools.lru_cache(maxsize=8192)
def _folded(char: str) -> str:
    plain = unicodedata.normalize("NFKC", char).casefold()
    parts = unicodedata.normalize("NFKD", plain)
    kept = "".join(part for part in parts if not _is_accent(part))
    return "".join(_PLAIN.get(one, one) for one in unicodedata.normalize("NFC", kept))


def _is_accent(char: str) -> bool:
    """By combining class: those of 200 and more stand around any letter, 10 to 35 are the points of
    Hebrew and Arabic. Lower ones are part of what is read."""
    mark = unicodedata.combining(char)
    return mark >= 200 or 10 <= mark <= 35
