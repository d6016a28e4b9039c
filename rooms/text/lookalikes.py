"""Look-alikes: when two names read the same, and which alphabets a word may not mix. Pure.

Source: UTS #39 (Unicode security mechanisms), whose tables are in rooms/text/unicode_tables.py.
"""

import functools
import re
import unicodedata
from collections.abc import Iterator

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rooms.errors import Invalid
from rooms.text import unicode_tables
from rooms.text.scripts import script

MAX_KEY = 200  # U+FDFA alone is 18 characters in NFKC
# Two letters that read as one (UTS #39 has only the first of these).
ALIKE_PAIRS = {"rn": "m", "vv": "w"}
# Alphabets that share shapes. Arabic or Devanagari next to Latin deceives nobody, and Japanese is
# written in three scripts anyway.
ALIKE_ALPHABETS = frozenset(
    [
        "ARMENIAN",
        "CANADIAN_ABORIGINAL",
        "CHEROKEE",
        "COPTIC",
        "CYRILLIC",
        "DESERET",
        "GEORGIAN",
        "GREEK",
        "LATIN",
        "LISU",
        "OLD_ITALIC",
        "OSAGE",
        "VAI",
        "WARANG_CITI",
    ]
)
# Letters and marks by category, but blank to the eye: Hangul and Khmer fillers, an empty Braille
# cell.
_BLANKS = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0\U0001d159"
)


def name_key(text: str) -> str:
    """Reduce a name to a skeleton that it shares with every name people would mistake it for.

    Case, width, spaces, punctuation and invisible characters don't count, and a look-alike of a
    Latin letter counts as that letter: `General`, `gen-eral`, `General` with a Cyrillic e and
    `GeneraI` with a capital i are one name, and so are `modern` and `modem`. Accents do count, and
    `C`, `C#` and `C++` stay apart. Keys are never empty. Compare them, don't show them.
    """
    plain = unicodedata.normalize("NFKC", text)
    # After a lower-case letter, a capital I can only be read as an l.
    plain = re.sub(r"(?<=[a-z])I", "l", plain)
    plain = unicodedata.normalize("NFKC", plain.casefold().replace("i\u0307", "i"))  # İstanbul
    key = "".join(prototype(char) for char in plain.lstrip(" #") if _counts(char))
    for pair, letter in ALIKE_PAIRS.items():
        key = key.replace(pair, letter)
    return (key or "".join(plain.split()) or text)[:MAX_KEY]


def _counts(char: str) -> bool:
    """Whether a character can tell two names apart: letters, digits, symbols and emoji can; spaces,
    punctuation and invisible characters can't. `#` can, but not at the start of a name."""
    category = unicodedata.category(char)
    if char == "#" or category[0] in "LNS":
        return char not in _BLANKS
    return category[0] == "M" and char not in _BLANKS and not is_selector(char)


def is_blank(char: str) -> bool:
    """Whether a letter or mark shows nothing."""
    return char in _BLANKS


def is_selector(char: str) -> bool:
    """Whether a character only picks a variant of the one before it."""
    return "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"


def refuse_mixed_scripts(name: str, what: str | Promise) -> None:
    """Raise Invalid for a word that mixes two alphabets that share shapes.

    One foreign letter is enough to deceive, and which letters look alike depends on the font.
    Different words may use different alphabets: `Wi-Fi роутер` and `IT-отдел` are honest.
    """
    for word in re.findall(r"[^\W\d_]+", name):
        alphabets = sorted(ALIKE_ALPHABETS.intersection(map(script, word)))
        if len(alphabets) > 1:
            one, other, *_more = (name.replace("_", " ").title() for name in alphabets)
            raise Invalid(
                _("%(what)s may not mix %(one)s and %(other)s letters in one word: “%(word)s”."),
                what=what,
                one=one,
                other=other,
                word=word,
            )


@functools.lru_cache(maxsize=4096)
def prototype(char: str) -> str:
    """Return the character that stands for everything that looks like `char`, a case-folded one.

    It is a lower-case Latin letter if one of the family is; otherwise the letter of a capital that
    looks the same (a Cyrillic te is a T among capitals, and case doesn't count); otherwise the
    family's first character by code point.
    """
    if char not in _families() and char == char.upper():
        return char  # most Chinese characters
    alike = _family(char)
    capitals = {other for one in alike for other in _family(one.upper())}
    for family in (alike, capitals):
        for letters in ("[a-z]", "[A-Z]", "[0-9]"):
            if found := sorted(other for other in family if re.fullmatch(letters, other)):
                return found[0].lower()
    return min(alike).casefold()


def reads_as_ascii(char: str) -> bool:
    """Whether a character looks like one of ASCII as it stands, whatever its capital looks like."""
    return any(other.isascii() for other in _family(char))


def _family(text: str) -> frozenset[str]:
    """Everything that looks like a character, itself included; nothing for a longer text, such as
    the capital of ß."""
    return _families().get(text, frozenset({text})) if len(text) == 1 else frozenset()


@functools.cache
def _families() -> dict[str, frozenset[str]]:
    """The characters that Unicode calls confusable, each with its whole family."""
    return {char: family for family in _read_families() for char in family}


def _read_families() -> Iterator[frozenset[str]]:
    for family in unicode_tables.FAMILIES.split(";"):
        yield frozenset(chr(int(code, 16)) for code in family.split())
