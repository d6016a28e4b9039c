"""How many examples hypothesis tries, and the strategies it draws them from."""

import os
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from tests.unit.test_markup_hostile_html import HTML, MARKDOWN
from tests.unit.test_markup_hostile_length import UNITS

# The same examples each time, unless more are asked for: `HOSTILE=50` tries new ones, fifty times
# as many. A failure prints the seed that repeats it with `--hypothesis-seed`.
TIMES = int(os.environ.get("HOSTILE", "1"))


def examples(count: int) -> Callable[[Any], Any]:
    """Try this many examples, multiplied by `TIMES` if more were asked for."""
    return settings(
        max_examples=count * TIMES,
        derandomize=TIMES == 1,
        print_blob=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


# Characters that deceive the eye or a parser: direction, width, joiners, marks, fillers, halves,
# ends.
STRANGE = [
    *"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c",
    *"\u200b\u200c\u200d\u2060\ufeff\u00ad\u180e\u3164\u2800\u034f\u115f",
    *("\u0301" * 30, "\u0489" * 9, "\u20dd", "\u0e47" * 20, "\ufdfd", "\ufdfa", "\U000e0041"),
    *("\u2028", "\u2029", "\x85", "\x0b", "\x00", "\x1b[31m", "\r", "\r\n", "\ud800", "\udfff"),
    *("\u0430", "\u03bf", "\uff41", "\U0001d41a", "\u0131", "\u212a", "\u017f", "\ufb01", "rn"),
]
FRAGMENTS = [*UNITS, *HTML, *MARKDOWN, *STRANGE, "<", ">", '"', "'", "&", "\\", "`", "```py\n"]
SEPARATORS = ["", "", " ", "\n", "\n\n", "> ", "- ", "*", "`", "](", "<", "\t"]

fragments = st.sampled_from(FRAGMENTS) | st.text(max_size=8)


@st.composite
def messages(draw: st.DrawFn, longest: int = 8000) -> str:
    """Fragments known to hurt, concatenated, repeated and nested."""
    pieces = draw(st.lists(st.tuples(fragments, st.sampled_from([1, 1, 1, 2, 7, 60])), max_size=14))
    text = draw(st.sampled_from(SEPARATORS)).join(piece * times for piece, times in pieces)
    wrap = draw(
        st.sampled_from(["{}", "**{}**", "[{}](https://a.example)", "> {}", "```\n{}\n```"])
    )
    return wrap.replace("{}", text)[:longest]
