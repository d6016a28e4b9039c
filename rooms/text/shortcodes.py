"""Emoji short codes, as people know them from other chats: `:tada:` is 🎉.

The codes come from the same file as the picker's. static/js/emoji/shortcodes.js does the same as
this module, and one table (tests/tables/shortcodes.json) tests both.
"""

import functools
import json
import re
from collections.abc import Iterator
from pathlib import Path

_TABLE = (
    Path(__file__).resolve().parents[2]
    / "static/vendor/emoji-picker-element-data-1.8.0/en/emojibase/data.json"
)
_COLOURS = 2  # the group of skin tones and hair styles, which aren't emoji by themselves

# Codes may touch one another. Next to a letter, a digit or another colon, it's not a code but a
# time, a path or C++, except in scripts without spaces between words.
_UNPARTED = (
    r"\u1100-\u11ff\u2e80-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff"
    r"\uff00-\uffef\U00020000-\U0003ffff"
)
_CODE = r":[a-zA-Z0-9+-][a-zA-Z0-9_+-]{0,40}:"
_CODES = re.compile(rf"(?<![^\W{_UNPARTED}])(?<!:)(?:{_CODE})+(?!:|[^\W{_UNPARTED}])")
_ONE = re.compile(_CODE)


def spelled_out(text: str) -> str:
    """Replace short codes with their emoji. Unknown codes stay."""
    if text.count(":") < 2:
        return text
    return _CODES.sub(lambda row: _ONE.sub(_emoji, row.group()), text)


def places(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each short code of a text begins and ends, whether or not it has an emoji."""
    for row in _CODES.finditer(text):
        for code in _ONE.finditer(text, *row.span()):
            yield code.span()


def is_standard(code: str) -> bool:
    """Whether a code, without its colons, stands for an emoji of Unicode."""
    return code in _emoji_by_code()


def _emoji(code: re.Match[str]) -> str:
    return _emoji_by_code().get(code.group()[1:-1].lower(), code.group())


@functools.cache
def _emoji_by_code() -> dict[str, str]:
    """Read the table when the first code turns up: 10 ms."""
    table = json.loads(_TABLE.read_bytes())
    return {
        code: entry["emoji"]
        for entry in table
        if entry.get("group") != _COLOURS
        for code in entry.get("shortcodes", ())
    }
