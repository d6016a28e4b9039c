"""Whatever is typed becomes only HTML that is on the list, in a time that grows with its length."""

import functools
import time
from collections.abc import Callable

import pytest
from hypothesis import example, given

from rooms import markup
from rooms.errors import Invalid
from rooms.markup import clean_body, excerpt, render
from tests.conftest import Measure
from tests.hostile.fuzz import FRAGMENTS, examples, messages
from tests.processes import quickest
from tests.unit.test_markup_hostile_html import Walker


def stored(text: str) -> str:
    """As a message would be; "" where it is refused."""
    try:
        return clean_body(text)
    except Invalid:
        return ""


@examples(300)
@given(messages())
def test_only_what_is_listed_comes_out_of_any_text(text: str) -> None:
    shown = render(stored(text))
    assert Walker(shown).wrong == []
    # By the parser that browsers have, which repairs what it finds wrong.
    assert markup._SANITISER.clean(shown).rstrip() == shown
    assert len(shown) <= markup.MAX_HTML or "<a" not in shown


@examples(250)
@given(messages())
@example("a" + "\u0301" * 9)
def test_what_is_stored_is_stored_again_as_it_is(text: str) -> None:
    body = stored(text)
    assert not body or clean_body(body) == body
    assert not set(body) & set("\0\x1b\x7f\x85\r\u202d\u202e\ud800\udfff")


@examples(250)
@given(messages())
def test_a_preview_is_one_short_line(text: str) -> None:
    line = excerpt(stored(text))
    assert len(line) <= 140
    assert "\n" not in line


# What a parser looks for the end of, or looks back from.
NESTED = [
    *("[", "[a", "[a](", "[a](<", "![", "![a](", "]", "](", "[]()", "[a][", "[[a]"),
    *("*", "**", "*a ", "a* ", "*a", "_a ", "~~", "~~a ", "***a", "*a**b", "*_~~", "**a*"),
    *("`", "``", "` ``", "`a", "\\", "\\`", "\\[", "'", '"', "'\"", "(", "((a", '[a](b "'),
    *("> ", ">a\n", "- ", "- a\n", "-\n", "1. a\n", "  - a\n", "a\n", "a\n\n", "\n> "),
    *("```\n", "```a\n", "~~~\n", "``` `", "|", "|a|b|\n|-|-|\n", "a|"),
    *("&", "&amp;", "&#x41;", "&#", "<", "<a ", "<!--", "</", "<b>", "<a href=x>"),
    *("http://", "http://a", "https://a.b ", "://", "www.", "www.a.b ", "mailto:a@b.c ", "a@"),
    *("\u202ea", "\u2066a\u2069", "\u200fa", "a\u0301", "a\u0315\u0301", "\u0301", "\ufdfa"),
    *(
        "\\\\a\\",
        "C:\\_",
        "¯\\_",
        "\\a",
        "__a",
        "_a_.b ",
        "__init__",
        "*-",
        "2*3",
        "x**",
        "重**。**",
    ),
    *(">_<\n", "> a\n>_<\n", "2026. a\n", "- a\n2026. b\n", "1. a\n3. a\n", "1\\. a\n", "/*/"),
    *("```\na```\n", "```\na```\n````\n", "> ```\n> a```\n", "a```\n", "```a b\n"),
    *(
        ":a",
        ":tada:",
        "::",
        "[\u200b",
        "(www.a.b",
        "www.(",
        "www.a(",
        "https://a.b/(",
        "https://a.b/“",
    ),
    *("https://" + "é." * 90 + "é ", "https://" + "a." * 50 + "b ", "www." + "é." * 8 + "é "),
    *("https://" + "xn--9ca." * 8 + "a ", "[a](https://" + "é." * 90 + "é) ", "é."),
    *("😀", "😀 ", "👩\u200d", "\u200d", "🇩", "é", "日", "\t", " ", "a ", "#", "-", "1"),
]


def growth(work: Callable[[str], object], unit: str, times: int, tries: int = 7) -> float:
    """How much longer four times as much takes: 4 where each costs the same, 16 where each looks
    at all others."""
    short, long = stored(unit * times), stored(unit * (4 * times))
    if not short:
        return 0
    took = functools.partial(quickest, tries=tries, clock=time.thread_time)
    return took(lambda: work(long)) / max(took(lambda: work(short)), 0.0002)


def test_the_measure_sees_what_looks_at_everything_again() -> None:
    assert (
        growth(lambda text: [text.count("b", index) for index in range(len(text))], "a", 2000) > 10
    )


@pytest.mark.parametrize("work", [render, excerpt, clean_body])
@pytest.mark.parametrize("unit", NESTED, ids=ascii)
def test_four_times_the_length_takes_no_sixteen_times_as_long(
    unit: str, work: Callable[[str], object]
) -> None:
    for times in (19, 100, 2000 // len(unit)):
        # Few tries clear most; who is suspected gets as many as take the chance out of it.
        assert growth(work, unit, times, tries=3) < 8 or growth(work, unit, times) < 10, times


# What SECURITY.md promises of the longest message: 8 ms, and 30 more for code in colours, where one
# counts to 20,000 in 0.6 ms. As a multiple of that, which holds on other machines and on busy ones,
# with half as much again for what varies.
COUNT = 20_000
TEXT_AT_MOST = 1.5 * 8 / 0.6
CODE_AT_MOST = 1.5 * 38 / 0.6


def counts(most: int) -> int:
    """Plain work of the interpreter, to compare with."""
    total = 0
    for number in range(most):
        total += number % 7
    return total


def test_the_longest_messages_take_no_longer_than_is_promised(measure: Measure) -> None:
    took = functools.partial(quickest, clock=time.thread_time)
    unit_of_work = took(functools.partial(counts, COUNT), tries=15)

    def cost(unit: str, tries: int) -> float:
        return took(lambda: render(body_of[unit]), tries=tries) / unit_of_work

    body_of = {unit: stored((unit * 8000)[:8000]) for unit in [*NESTED, *FRAGMENTS]}
    costs = {unit: cost(unit, 1) for unit in body_of}
    worst = max(costs, key=lambda unit: "```" not in unit and costs[unit])
    measure(f"markup: {costs[worst]:.0f} units of work for 8,000 characters of {worst!r}")
    for unit, first in costs.items():
        most = CODE_AT_MOST if "```" in unit else TEXT_AT_MOST
        assert first < most or cost(unit, 9) < most, unit
