"""Whether a text is exactly one emoji, and its canonical form (UTS #51).

Python's own tables are as old as the Unicode version it was built with, and don't cover emoji.
"""

import re
from collections.abc import Iterable

from rooms.text import emoji_table

JOINER = "\u200d"
COLOUR_STYLE = "\ufe0f"
KEYCAP = "\u20e3"
MAX_JOINED = 4  # elements of a sequence that the table doesn't have; a family has four

# Skin tones and hair styles, which are parts of an emoji but not emoji by themselves.
_PARTS = frozenset(map(chr, (*range(0x1F3FB, 0x1F400), *range(0x1F9B0, 0x1F9B4))))
_KEYCAP = re.compile(r"([0-9#*])[\ufe0e\ufe0f]?\u20e3")
_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]{2}")
# A region within a country: its letters as tag characters, then the cancel tag.
_REGION = re.compile("\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f")
# A character, its style, its skin tone, and its style again, as some keyboards send it.
_ELEMENT = re.compile("(.)[\ufe0e\ufe0f]?(?:([\U0001f3fb-\U0001f3ff])[\ufe0e\ufe0f]?)?", re.DOTALL)
_PEOPLE = frozenset("\U0001f9d1\U0001f468\U0001f469")  # can be joined with a profession


def _characters(ranges: str) -> frozenset[str]:
    def codes() -> Iterable[str]:
        for part in ranges.split():
            first, _, last = part.partition("-")
            yield from map(chr, range(int(first, 16), int(last or first, 16) + 1))

    return frozenset(codes())


_RESERVED = _characters(emoji_table.RESERVED)
_EMOJI = _characters(emoji_table.EMOJI) | _RESERVED
_COLOURED = _characters(emoji_table.PRESENTATION) | _RESERVED
_TONED = _characters(emoji_table.TONED) | _RESERVED
_JOINED = frozenset(
    "".join(chr(int(code, 16)) for code in sequence.split("+"))
    for sequence in emoji_table.JOINED.split()
)


def one_form(text: str) -> str | None:
    """Return the form in which an emoji is stored, whatever form the keyboard sent: with the colour
    selector only where it would be black and white without it. None unless it is one emoji."""
    if keycap := _KEYCAP.fullmatch(text):
        return keycap[1] + COLOUR_STYLE + KEYCAP
    if _FLAG.fullmatch(text) or _REGION.fullmatch(text):
        return text
    elements = [_ELEMENT.fullmatch(part) for part in text.split(JOINER)]
    bare, formed = [], []
    for element in elements:
        if element is None or element[1] not in _EMOJI:
            return None
        base, tone = element[1], element[2] or ""
        if tone and base not in _TONED:
            return None
        bare.append(base)
        formed.append(base + (tone or ("" if base in _COLOURED else COLOUR_STYLE)))
    return JOINER.join(formed) if _is_one(bare) else None


def _is_one(bare: list[str]) -> bool:
    """Whether joined emoji are shown as one: known sequences are, and later versions of Unicode may
    add more."""
    if len(bare) == 1:
        return bare[0] not in _PARTS
    if "".join(bare) in _JOINED:
        return True
    if len(bare) > MAX_JOINED or len({*bare}) < len(bare):
        return False
    has_profession = len(bare) == 2 and bare[0] in _PEOPLE and bare[1] not in _TONED
    return has_profession or not _RESERVED.isdisjoint(bare)
