"""Any typed text becomes only allow-listed HTML, in a time that grows with its length."""

import functools
import time
from collections.abc import Callable

import pytest
from hypothesis import example, given

from rooms.errors import Invalid
from rooms.text import mentions
from rooms.text.bodies import clean_body
from rooms.text.markup import MAX_HTML, excerpt, marked, render
from rooms.text.sanitiser import sanitised
from tests.conftest import Measure
from tests.hostile.fuzz import FRAGMENTS, examples, messages
from tests.markup import DIALECT, Walker
from tests.processes import quickest


def stored(text: str) -> str:
    """Return the text as a message stores it; "" if it is refused."""
    try:
        return clean_body(text)
    except Invalid:
        return ""


@examples(300)
@given(messages())
@example('<a class="mention" data-person="1">@ann</a> @ann')
@example("\x02@ann\x03 @ann")
@example("@ann`@ann`[@ann](https://a.example)@ann")
def test_mentions_add_nothing_but_themselves(text: str) -> None:
    body = stored(f"@ann {text.replace('x', '@ann')} @here")
    found = marked(body).drawn({"ann": 17}, mentions.KEYWORDS)
    assert set(mentions.drawn_in(found.html).values()) == set(found.ids) <= {17}
    assert mentions.undrawn(found.html) == render(body)


@examples(300)
@given(messages())
def test_only_listed_html_comes_out_of_any_text(text: str) -> None:
    shown = render(stored(text))
    assert Walker(shown).wrong == []
    # With a browser's parser, which repairs broken HTML.
    assert sanitised(shown).rstrip() == shown
    assert len(shown) <= MAX_HTML or "<a" not in shown


@examples(250)
@given(messages())
@example("a" + "\u0301" * 9)
def test_cleaning_a_stored_body_changes_nothing(text: str) -> None:
    body = stored(text)
    assert not body or clean_body(body) == body
    assert not set(body) & set("\0\x1b\x7f\x85\r\u202d\u202e\ud800\udfff")


@examples(250)
@given(messages())
def test_a_preview_is_one_short_line(text: str) -> None:
    line = excerpt(stored(text))
    assert len(line) <= 140
    assert "\n" not in line


# Openers whose end a parser searches for, and closers it looks back from.
NESTED = [
    *("[", "[a", "[a](", "[a](<", "![", "![a](", "]", "](", "[]()", "[a][", "[[a]"),
    *("*", "**", "*a ", "a* ", "*a", "_a ", "~~", "~~a ", "***a", "*a**b", "*_~~", "**a*"),
    *("`", "``", "` ``", "`a", "\\", "\\`", "\\[", "'", '"', "'\"", "(", "((a", '[a](b "'),
    *("> ", ">a\n", "- ", "- a\n", "-\n", "1. a\n", "  - a\n", "a\n", "a\n\n", "\n> "),
    *("```\n", "```a\n", "~~~\n", "``` `", "|", "|a|b|\n|-|-|\n", "a|"),
    *("&", "&amp;", "&#x41;", "&#", "<", "<a ", "<!--", "</", "<b>", "<a href=x>"),
    *("http://", "http://a", "https://a.b ", "://", "www.", "www.a.b ", "mailto:a@b.c ", "a@"),
    *("\u202ea", "\u2066a\u2069", "\u200fa", "a\u0301", "a\u0315\u0301", "\u0301", "\ufdfa"),
    *DIALECT,
    "/*/",
    *("```\na```\n", "```\na```\n````\n", "> ```\n> a```\n", "a```\n", "```a b\n"),
    *("www.(", "www.a(", "https://a.b/("),
    *("https://" + "é." * 90 + "é ", "https://" + "a." * 50 + "b ", "www." + "é." * 8 + "é "),
    *("https://" + "xn--9ca." * 8 + "a ", "[a](https://" + "é." * 90 + "é) ", "é."),
    *("😀", "😀 ", "👩\u200d", "\u200d", "🇩", "é", "日", "\t", " ", "a ", "#", "-", "1"),
]


def growth(work: Callable[[str], object], unit: str, times: int, tries: int = 7) -> float:
    """Return how much longer four times as much takes: 4 where each piece costs the same, 16 where
    each piece looks at all the others."""
    short, long = stored(unit * times), stored(unit * (4 * times))
    if not short:
        return 0
    took = functools.partial(quickest, tries=tries, clock=time.thread_time)
    return took(lambda: work(long)) / max(took(lambda: work(short)), 0.0002)


def test_the_measure_notices_quadratic_work() -> None:
    def looks_at_all_others(text: str) -> int:
        return sum(1 for index in range(len(text)) for _ in text[index:])

    assert growth(looks_at_all_others, "a", 500) > 10


@pytest.mark.parametrize("work", [render, excerpt, clean_body])
@pytest.mark.parametrize("unit", NESTED, ids=ascii)
def test_no_work_is_quadratic_in_the_length(unit: str, work: Callable[[str], object]) -> None:
    for times in (19, 100, 2000 // len(unit)):
        # A few tries clear most; a suspect gets enough of them to rule out chance.
        assert growth(work, unit, times, tries=3) < 8 or growth(work, unit, times) < 10, times


# SECURITY.md promises 8 ms for the longest message, and 30 more for highlighted code, on a machine
# where counting to 20,000 takes 0.6 ms. Expressed as a multiple of that, which holds on slower and
# on busy machines, with half as much again for variance.
COUNT = 20_000
TEXT_AT_MOST = 1.5 * 8 / 0.6
CODE_AT_MOST = 1.5 * 38 / 0.6


def counts(most: int) -> int:
    """Time plain interpreter work, for comparison."""
    total = 0
    for number in range(most):
        total += number % 7
    return total


def test_the_longest_messages_take_no_longer_than_promised(measure: Measure) -> None:
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
