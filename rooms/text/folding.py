"""Folding for name searches, so that people find names however they are written.

Case doesn't count, nor do accents, full width, ligatures or how a letter is composed: `cafe` finds
Café, `strasse` finds Straße, `иван` finds ИВАН. Marks that make a different letter do count: が is
not か, and a vowel sign in Devanagari is a vowel. static/js/lib/fold.js folds the same way, and one
table tests both (tests/tables/fold.json).
"""

import functools
import unicodedata

# Letters with a stroke, and the dotless i, which Unicode doesn't decompose.
_PLAIN = {"\u0131": "i", "ø": "o", "ł": "l", "đ": "d"}


def fold(text: str) -> str:
    """Return the text as it is compared. It may be longer or shorter, and is never shown."""
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
    """Decide by combining class: marks of 200 and above go with any letter, and 10 to 35 are the
    points of Hebrew and Arabic. The others are part of what is read."""
    mark = unicodedata.combining(char)
    return mark >= 200 or 10 <= mark <= 35
