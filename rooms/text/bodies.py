"""Message sources, as they are stored. Pure: knows no model."""

import itertools
import re
import unicodedata

from django.utils.translation import gettext_lazy as _

from rooms.errors import Invalid

MAX_MARKS = 4  # combining marks on one base: Vietnamese needs 2, pointed Hebrew 4, Zalgo hundreds

EMPTY = _("The message is empty.")

_SURROGATES = re.compile("[\ud800-\udfff]")
# Unicode's line breaks (UAX #14). Word processors paste a vertical tab for a line break within a
# paragraph; dropping it would join two words.
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1f\x85\u2028\u2029]")
# Including the two direction overrides: no keyboard for a right-to-left script needs them, and
# `\u202egpj.exe` reads as `exe.jpg`. Marks, embeddings and isolates stay: people do type those.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202d\u202e]")
# White space, Unicode's default-ignorable characters, and U+2800, the empty Braille cell.
INVISIBLE = re.compile(
    "[\\s\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]+"
)
_MARKS = frozenset({"Mn", "Me"})


def clean_body(text: str) -> str:
    """Return a message's source as it is stored. Raises Invalid, with a sentence for the author,
    for anything that can't be a message, such as text that nobody would see."""
    text = clean_text(text)
    if not text:
        raise Invalid(EMPTY)
    return text


def clean_text(text: str) -> str:
    """Return what may be several lines as it is stored: NFC, every line break as `\\n`, no blank
    lines around it, no other control characters, and at most `MAX_MARKS` combining marks on each
    base. Text that nobody would see becomes empty.

    Raises Invalid for NUL (SQLite cuts the text off there, PostgreSQL refuses it) and half a
    surrogate pair (it can't be encoded).
    """
    if "\0" in text:
        raise Invalid(_("The message contains a NUL character, which can't be stored."))
    if _SURROGATES.search(text):
        raise Invalid(_("The text contains half of a character. Remove it and try again."))
    text = _CONTROLS.sub("", _LINE_ENDS.sub("\n", text))
    # Before normalizing, which sorts a run of marks in quadratic time, and again afterwards, since
    # a few characters decompose into more marks than they came with.
    text = _limit_marks(unicodedata.normalize("NFC", _limit_marks(text)))
    if not INVISIBLE.sub("", text):
        return ""
    lines = text.rstrip().split("\n")
    return "\n".join(itertools.dropwhile(lambda line: not line.strip(), lines))


def _limit_marks(text: str) -> str:
    """Drop combining marks beyond the first `MAX_MARKS` in a row.

    Format characters don't end a row; otherwise a zero-width joiner between marks would reset the
    count.
    """
    if text.isascii():
        return text
    kept, marks = [], 0
    for char in text:
        category = unicodedata.category(char)
        if category in _MARKS:
            marks += 1
            if marks > MAX_MARKS:
                continue
        elif category != "Cf":
            marks = 0
        kept.append(char)
    return "".join(kept)
