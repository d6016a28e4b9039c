"""Emoji by the short codes that other chats have taught everybody: `:tada:` is 🎉.

The codes are those of the page's picker, from the same file; static/js/shortcodes.js reads a text
as this module does, and one table (tests/tables/shortcodes.json) tests both.
"""

import functools
import json
import re
from pathlib import Path

_TABLE = (
    Path(__file__).resolve().parent.parent
    / "static/vendor/emoji-picker-element-data-1.8.0/en/emojibase/data.json"
)
_COLOURS = 2  # the group of skin tones and hair styles, which are no emoji by themselves

# Codes that touch one another are several; beside a letter, a digit or a further colon it is a
# time, a path or C++. Scripts that don't part their words don't part an emoji from them either.
_UNPARTED = (
    r"\u1100-\u11ff\u2e80-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff"
    r"\uff00-\uffef\U00020000-\U0003ffff"
)
_CODE = r":[a-zA-Z0-9+-][a-zA-Z0-9_+-]{0,40}:"
_CODES = re.compile(rf"(?<![^\W{_UNPARTED}])(?<!:)(?:{_CODE})+(?!:|[^\W{_UNPARTED}])")
_ONE = re.compile(_CODE)


def spelled_out(text: str) -> str:
    """The text with its emoji in place of their codes. A code that is nobody's stays."""
    if text.count(":") < 2:
        return text
    return _CODES.sub(lambda row: _ONE.sub(_emoji, row.group()), text)


def _emoji(code: re.Match[str]) -> str:
    return _emoji_by_code().get(code.group()[1:-1].lower(), code.group())


@functools.cache
def _emoji_by_code() -> dict[str, str]:
    """Read when the first code is met: 10 ms."""
    table = json.loads(_TABLE.read_bytes())
    return {
        code: entry["emoji"]
        for entry in table
        if entry.get("group") != _COLOURS
        for code in entry.get("shortcodes", ())
    }
