"""Messages that would cost a parser or a reader too much. No test here looks at a clock: they
assert that the limits which keep these cheap are reached, and that nothing is lost.

The render times behind the limits are in markup.py, next to each of them.
"""

import random
import re
import unicodedata
from collections.abc import Iterator
from html import unescape
from typing import Literal

import pytest
from pygments.lexers.python import PythonLexer
from pygments.token import _TokenType

from rooms.text import bodies, dialect, highlighting, links, markup
from rooms.text.bodies import clean_body
from rooms.text.markup import MAX_HTML, excerpt, render
from tests.markup import DIALECT, Walker

LENGTH = 8000

UNITS = [
    *r"""
    * ** *** _ __ ~~ ~ ` `` ``` [ ] [] [[ ![ [a]( []( [a][ ]( < <a <!-- & &amp; &# \ \* ( (( )
    a@ a@b. http:// https:// :// www. www.a. mailto: mailto:a@b. a. xn-- https://xn-- http://a@
    http://a:b@ https://a.b/( https://a.b/[ https://a.b/' _a_ *_~ *_~~ *[ `*[ [*a* **a a** *a**
    a*b_ # ! - 1. > 😀 é ﷽ 日本
    """.split(),  # noqa: SIM905
    *("\u0301", "\u200d", "\n", " ://", "*a ", "a* ", "_a ", "~~a ", "` ``"),
    *("> ", ">\n", ">a\n\n", "- ", "-\n", "- a\n", "- - a\n\n", "1. a\n", "  - a\n"),
    *("a\n", "a\n\n", "```\n", "```a\n\n```\n", "|a|b|\n|-|-|\n", "[a]: b\n"),
    *DIALECT,
    *("https://a.b ", "[x](http://a.b)", '[a](b "', "http://a.b*", "*http://a.b", "www.a.b "),
]


def full(unit: str) -> str:
    return (unit * LENGTH)[:LENGTH]


def letters(text: str) -> str:
    """Return the text that must not get lost; markers may, where they format something."""
    return re.sub(r"[^\w😀﷽]|[_\d]", "", text)


@pytest.mark.parametrize("unit", UNITS, ids=ascii)
def test_a_long_repetition_is_shown_whole_and_not_inflated(unit: str) -> None:
    shown = render(full(unit))
    assert len(shown) <= MAX_HTML
    walker = Walker(shown)
    assert walker.wrong == []
    if "](" not in unit and "```" not in unit:  # an address or a language isn't shown
        assert letters(walker.text) == letters(full(unit))


@pytest.mark.parametrize("seed", range(40))
def test_a_long_mixture_is_shown_whole_and_not_inflated(seed: int) -> None:
    mixed = "".join(random.Random(seed).choices(UNITS, k=LENGTH))[:LENGTH]
    shown = render(mixed)
    assert len(shown) <= MAX_HTML
    assert Walker(shown).wrong == []
    assert excerpt(mixed)


def literal(body: str) -> str:
    return unescape(render(body)).removeprefix("<p>").removesuffix("</p>").replace("<br>\n", "\n")


@pytest.mark.parametrize(
    ("unit", "limit"),
    [
        ("*a* ", markup.MAX_MARKERS // 2),
        ("`a` ", markup.MAX_MARKERS // 2),
        ("[a](https://a.b) ", markup.MAX_LINKS // 2),
        ("https://a.b ", markup.MAX_LINKS),
        ("www.a.b ", markup.MAX_LINKS),
        ("mailto:a@b.c ", markup.MAX_LINKS),
        ("a\n\n", markup.MAX_BLOCKS),
    ],
)
def test_text_is_formatted_at_the_limit_and_shown_as_typed_beyond_it(unit: str, limit: int) -> None:
    assert literal((unit * limit).strip()) != (unit * limit).strip()
    assert literal((unit * (limit + 1)).strip()) == (unit * (limit + 1)).strip()


def test_code_in_a_block_does_not_count() -> None:
    code = "a[*p] = `b` // https://a.b\n" * 200
    assert render(f"```\n{code}```").startswith('<pre class="code"><code>')


@pytest.mark.parametrize("marker", ["> ", "- ", "1. ", "> - ", "- > "])
def test_nesting_is_bounded_and_loses_nothing(marker: str) -> None:
    assert "deep" in render(marker * 4 + "deep")
    assert "<p>deep</p>" in render("> " * 4 + "deep")
    for body in (f"{marker * 40}deep", f"above\n\n{marker * 40}deep"):
        shown = render(body)
        opened = re.findall(r"<(blockquote|[uo]l)>", shown)
        cost = sum(1 if tag == "blockquote" else 2 for tag in opened)
        assert dialect.MAX_DEPTH - 1 <= cost <= dialect.MAX_DEPTH
        left = f"{marker * 40}deep".split(" ")[len(opened) :]
        assert unescape(shown.rpartition("deep")[0].rpartition(">")[2]) + "deep" == " ".join(left)


def test_nested_emphasis_is_bounded() -> None:
    shown = render("*a " * 50 + "c* " * 50)
    depth = deepest = 0
    for closing in re.findall(r"<(/?)em>", shown):
        depth += -1 if closing else 1
        deepest = max(deepest, depth)
    assert deepest == markup.MAX_EMPHASIS
    assert shown.count("*") == 2 * (50 - markup.MAX_EMPHASIS)


def test_an_address_without_end_stays_text() -> None:
    assert "<a " in render("https://a.example/" + "x" * 1000)
    assert "<a " not in render("https://a.example/" + "x" * links.MAX_URL)


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Highlighting ends however busy the machine is."""
    monkeypatch.setattr(highlighting, "HIGHLIGHT_SECONDS", 60)


def test_a_slow_lexer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    block = "```python\nreturn 1\n```"
    assert '<span class="k">' in render(block)
    monkeypatch.setattr(highlighting, "HIGHLIGHT_SECONDS", -1)
    assert render(block) == (
        '<pre class="code"><span class="code-language">Python</span>'
        '<code class="language-python">return 1</code></pre>'
    )


def test_all_blocks_of_a_message_share_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The processor clock advances a second per reading, so the first block spends the budget."""
    clock = iter(range(1000))
    monkeypatch.setattr("time.thread_time", lambda: next(clock))
    monkeypatch.setattr(highlighting, "HIGHLIGHT_SECONDS", 5)
    shown = render("```python\nreturn\n```\n" * 5)
    assert 0 < shown.count('<span class="k">') < 5


@pytest.mark.parametrize("code", ["x" * 400, "a" + " " * 200 + "b", "a\n" + "\n" * 40 + "b"])
def test_code_that_makes_a_single_match_slow_is_not_highlighted(code: str) -> None:
    assert '<span class="kt">' in render("```c\nint a;\n```")
    assert '<span class="kt">' not in render(f"```c\nint a; {code}\n```")


def test_highlighting_that_outgrows_its_code_is_left_out(patient: None) -> None:
    code = "1+" * 150 + "\n"
    assert '<span class="mi">' in render(f"```python\n{code}```")
    assert render(f"```python\n{code * 26}```").endswith(
        f'"language-python">{code * 26}'.rstrip() + "</code></pre>"
    )


def test_a_message_that_outgrows_its_source_is_shown_as_typed(patient: None) -> None:
    block = "```python\n" + ("1+" * 150 + "\n") * 5 + "```\n"
    assert '<span class="mi">' in render(block)
    assert literal((block * 5).strip()) == (block * 5).strip()


def test_a_lexer_that_changes_the_code_is_not_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    class Forgetful(PythonLexer):
        def get_tokens(
            self, text: str, unfiltered: bool = False
        ) -> Iterator[tuple[_TokenType, str]]:
            return iter(list(super().get_tokens(text, unfiltered))[1:])

    monkeypatch.setattr(highlighting, "_lexer", lambda language: Forgetful())
    assert '"language-python">return 1</code>' in render("```python\nreturn 1\n```")


def test_marks_in_descending_order_are_cut_before_they_are_sorted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Normalisation sorts a run of marks, which takes quadratic time for this one."""
    sorted_lengths = []

    def normalize(form: Literal["NFC"], text: str) -> str:
        sorted_lengths.append(len(text))
        return normalize_as_ever(form, text)

    normalize_as_ever = unicodedata.normalize
    monkeypatch.setattr("unicodedata.normalize", normalize)
    clean_body("a" + "\u0315\u0301\u0316\u0334" * 2000)
    assert sorted_lengths == [1 + bodies.MAX_MARKS]
