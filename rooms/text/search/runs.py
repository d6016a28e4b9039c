"""Runs: the pieces of a folded text that an index can know.

Words are written with spaces between them. Other scripts have none, so a run of those can be
searched from any character on; Hangul has spaces, but its syllables are read one by one. A symbol,
such as an emoji, is a run of its own. Everything else separates runs, and so does the underscore:
`_go_` is emphasis more often than a name.
"""

import re
import unicodedata
from collections.abc import Iterable


def _ranges(codes: Iterable[int]) -> str:
    """Return code points in ascending order as the inside of a regular expression's class."""
    ranges: list[list[int]] = []
    for code in codes:
        if ranges and code == ranges[-1][1] + 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)


_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u1950-\u19df\u1a20-\u1aaf"  # Thai to Tai Tham
    "\u1100-\u11ff\ua960-\ua97f\uac00-\ud7ff"  # Hangul
    "\u3005-\u3007\u3040-\u312f\u31a0-\u31bf\u31f0-\u31ff\U0001b000-\U0001b16f"  # kana, bopomofo
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Han
    "\ua000-\ua4cf\ua9e0-\ua9ff\uaa60-\uaadf"  # Yi, Myanmar, Tai Viet
)
_SYMBOLS = "\u00a1-\u00b8\u00ba-\u00bf\u00d7\u00f7\u20a0-\u20cf\u2190-\u2bff\U0001f000-\U0001fbff"
# Marks that folding keeps are parts of words, but not of `\w`, which would cut हिन्दी to pieces.
_MARKS = _ranges(
    code
    for code in range(0x300, 0x1F000)
    if unicodedata.category(chr(code))[0] == "M" and not re.match(f"[{_UNSPACED}]", chr(code))
)
_LETTERS = rf"[^\W_{_UNSPACED}]"

LETTER = f"(?:{_LETTERS}|[{_MARKS}])"  # a character of a word, as a regular expression

# Three groups, of which one is not empty: a word, a run without spaces, a symbol.
RUN = re.compile(f"((?:{_LETTERS}+|[{_MARKS}]+)+)|([{_UNSPACED}]+)|([{_SYMBOLS}])")
