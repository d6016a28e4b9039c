"""Grams: the pieces of text that an index knows a message by.

Of a word, each three letters in a row, and its first one and two; of a run without spaces, each
character and each two in a row; each symbol. Marked grams begin with U+00B9, which no folded text
contains: once for the beginning of a word, twice for what isn't text.
"""

from unicodedata import unidata_version

from rooms.text.search.runs import RUN

# Raise it whenever the same text gives other grams, or folds differently: indexes are built anew.
# Python's version of Unicode counts as well, since letters that are new to it fold otherwise.
VERSION = 1 * 100 + int(unidata_version.partition(".")[0])

_BEGINS = "\u00b9"
_MARK = "\u00b9\u00b9"

LINK, FILE, IMAGE, CODE = (f"{_MARK}{name}" for name in ("link", "file", "image", "code"))


def grams(folded: str) -> set[str]:
    """Return the grams of a folded text. They consist of letters, digits, marks and symbols."""
    found: set[str] = set()
    for word, run, symbol in RUN.findall(folded):
        if word:
            found.add(_BEGINS + word[0])
            found.add(_BEGINS + word[:2])
            found.update([word[at : at + 3] for at in range(len(word) - 2)])
        elif run:
            found.update(run)
            found.update([run[at : at + 2] for at in range(len(run) - 1)])
        else:
            found.add(symbol)
    return found


def needed(term: str, *, begins: bool = False) -> set[str]:
    """Return grams that every text has in which a folded term occurs; none if there are no such.

    Without `begins`, the term may begin in the middle of a word.
    """
    found: set[str] = set()
    for match in RUN.finditer(term):
        word, run, symbol = match.groups()
        if word and len(word) > 2:
            found.update([word[at : at + 3] for at in range(len(word) - 2)])
        elif word and (begins or match.start() > 0):
            found.add(_BEGINS + word)
        elif run and len(run) > 1:
            found.update([run[at : at + 2] for at in range(len(run) - 1)])
        elif run or symbol:
            found.add(run or symbol)
    return found


def of_author(pk: int) -> str:
    """Return the gram of all messages of one author."""
    return f"{_MARK}a{pk}"


def of_room(pk: int) -> str:
    """Return the gram of all messages in one room."""
    return f"{_MARK}r{pk}"


def of_bucket(number: int) -> str:
    """Return the gram of all messages whose ids are in one range."""
    return f"{_MARK}b{number}"
