"""Keywords, which people want to be told of: found as whole words in what others write, in any
script, whatever the case. Pure: knows no model, asks no database.

A text is a row of words. In scripts that are written without spaces, each character counts as a
word. A symbol is a word of its own, and so is #: `C++` and `C#` can be told apart.
"""

import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from django.utils.translation import gettext_lazy as _

from rooms.errors import Invalid
from rooms.text import lookalikes
from rooms.text.automaton import Automaton

# The first words of the names of characters that are written without spaces between words.
_UNSPACED = ("CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR")
MAX_KEYWORD = 50  # characters
MAX_KEY = 100  # characters: U+FDFA alone stands for 18
MAX_TRACES = 20_000  # characters whose trace is cached


class Lookout:
    """Looks for the keywords of everybody at once."""

    def __init__(self, keys: Iterable[tuple[str, int]]) -> None:
        """`keys` are what `key` has made of keywords, each with the id of whose it is."""
        people: dict[str, set[int]] = {}
        for key, user_id in keys:
            people.setdefault(key, set()).add(user_id)
        self._people = people
        self._words: Automaton[str] = Automaton()
        for key in people:
            self._words.add(key.split(), key)
        self._words.prepare()

    def __bool__(self) -> bool:
        return bool(self._people)

    def found(self, text: str) -> frozenset[int]:
        """Return the ids of those who have a keyword that occurs in the text."""
        keys = self._words.found(words(text))
        return frozenset[int]().union(*(self._people[key] for key in keys))


def words(text: str) -> list[str]:
    """Return the words of a text as they are compared."""
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return plain.translate(_traces).split()


def key(keyword: str) -> str:
    """Return a keyword as it is compared: its words with a space in between."""
    return " ".join(words(keyword))


def clean(keyword: str) -> str:
    """Return a keyword as it is stored. Raises Invalid if nothing could be found by it."""
    keyword = " ".join(keyword.split())
    if len(keyword) > MAX_KEYWORD:
        raise Invalid(_("A keyword can have at most %(most)d characters."), most=MAX_KEYWORD)
    found = key(keyword)
    if len(found) > MAX_KEY:
        raise Invalid(_("This keyword is too long."))
    if not found:
        raise Invalid(_("A keyword needs at least one letter, digit or symbol."))
    return keyword


@lru_cache(maxsize=MAX_TRACES)
def _trace(character: str) -> str:
    """Return what stands for a character: itself in a word, with spaces around it if it is a word
    of its own, and a space for whatever separates words."""
    category = unicodedata.category(character)
    if category == "Cf" or lookalikes.is_blank(character) or lookalikes.is_selector(character):
        return ""
    if 10 <= unicodedata.combining(character) <= 35:
        return ""  # the points of Hebrew and Arabic, which most people don't write
    if category[0] not in "LNMS" and character not in "_#":
        return " "
    is_word = category[0] == "S" or character == "#" or _is_unspaced(character)
    return f" {character} " if is_word else character


def _is_unspaced(character: str) -> bool:
    return unicodedata.name(character, "").startswith(_UNSPACED)


class _Traces(dict[int, str]):
    """A table for `str.translate` that asks for what isn't in it, and keeps nothing itself."""

    def __missing__(self, code: int) -> str:
        return _trace(chr(code))


_traces = _Traces()
