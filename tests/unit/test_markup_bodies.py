"""`clean_body`: what is stored, and what is refused. `excerpt`: one line of it."""

import unicodedata

import pytest

from rooms.errors import Invalid
from rooms.text.bodies import MAX_MARKS, clean_body
from rooms.text.dialect import MAX_DEPTH
from rooms.text.markup import excerpt

INVISIBLE = [
    "",
    " ",
    "\n\t\r\n",
    "\u200b",
    "\u200d\u200c",
    "\ufeff",
    "\u00ad",
    "\u2060\u2063",
    "\u3164",
    "\u115f\u1160",
    "\uffa0",
    "\u2800",
    "\u3000\u00a0\u2003",
    "\u202a\u202c",
    "\u034f",
    "\ufe0f",
    "\U000e0041",
    "\x1b\x07",
]


@pytest.mark.parametrize("text", INVISIBLE, ids=ascii)
def test_an_invisible_message_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="empty"):
        clean_body(text)


@pytest.mark.parametrize("text", [".", "👍", "\u0301", "ﾠx", "‎a"], ids=ascii)
def test_a_visible_message_is_accepted(text: str) -> None:
    assert clean_body(text)


def test_nul_is_refused_and_explained() -> None:
    with pytest.raises(Invalid, match="NUL character"):
        clean_body("a\0b")


@pytest.mark.parametrize("text", ["a\ud800", "\udfffb", "\ude00\ud83d"], ids=ascii)
def test_half_a_character_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="half of a character"):
        clean_body(text)


def test_a_cleaned_body_can_be_stored_and_sent() -> None:
    clean_body("a\x1b[0m 😀 \u202e ﷽").encode()


def test_newlines_are_normalised() -> None:
    assert clean_body("a\r\nb\rc\nd") == "a\nb\nc\nd"


def test_surrounding_blank_lines_are_cut_and_indentation_is_kept() -> None:
    assert clean_body("\n \n\t\n  a\n\n  b  \n\n") == "  a\n\n  b"


def test_text_is_composed() -> None:
    assert clean_body("e\u0301") == "é"
    assert clean_body("ﬁ ½") == "ﬁ ½"  # compatibility characters keep their meaning


def test_controls_and_overrides_are_dropped_and_tabs_are_kept() -> None:
    assert clean_body("a\x00".rstrip("\0") + "\x07\x1b\x7f\x84\tb") == "a\tb"
    assert clean_body("evil\u202egpj.exe") == "evilgpj.exe"


def test_the_marks_that_right_to_left_text_needs_are_kept() -> None:
    text = "\u200fשלום\u200f, می\u200cخواهم \u2067abc\u2069"  # noqa: RUF001
    assert clean_body(text) == text


@pytest.mark.parametrize(
    "marks",
    ["\u0336" * 200, "\u0e47" * 200, "\u0336\u200d" * 200, "\u20dd" * 200],
    ids=["latin", "thai", "joined", "enclosing"],
)
def test_combining_marks_do_not_pile_up(marks: str) -> None:
    text = clean_body(f"a{marks} b")
    assert sum(unicodedata.category(char) in {"Mn", "Me"} for char in text) == MAX_MARKS


@pytest.mark.parametrize("text", ["Việt Nam", "שָׁלוֹם", "हिन्दी", "ที่นี่", "ကျွန်ုပ်", "❤️‍🔥"])
def test_marks_of_real_scripts_are_kept(text: str) -> None:
    assert clean_body(text) == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize("text", ["a\r\n b\u0336" + "\u0301" * 9, "\u0958\u0301\u0301\u0301\u0301"])
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert clean_body(clean_body(text)) == clean_body(text)


# -- excerpts --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("**bold** _it_ ~~s~~ `code`", "bold it s code"),
        ("one\ntwo\n\nthree", "one two three"),
        ("> quote\nanswer", "quote answer"),
        ("- a\n- b", "a b"),
        ("[text](https://a.example)", "text"),
        ("see https://a.example", "see https://a.example"),
        ("```python\nreturn 1\n```", "return 1"),
        ('<b> & "q"', '<b> & "q"'),
        ("-", "-"),
        ("```\n```", "``` ```"),
        ("[](https://a.example)", "[](https://a.example)"),
        ("> " * 30 + "deep", "> " * (30 - MAX_DEPTH) + "deep"),
    ],
)
def test_an_excerpt_is_one_line_of_text(body: str, line: str) -> None:
    assert excerpt(body) == line


def test_an_excerpt_is_shortened_with_an_ellipsis() -> None:
    assert excerpt("x" * 200) == "x" * 139 + "…"
    assert excerpt("x" * 140) == "x" * 140
    assert excerpt("word word", length=6) == "word…"


@pytest.mark.parametrize("tail", ["e\u0336\u0336", "👨\u200d👩\u200d👧", "👍🏽"], ids=ascii)
@pytest.mark.parametrize("length", range(2, 8))
def test_an_excerpt_never_ends_with_half_a_character(tail: str, length: int) -> None:
    shown = excerpt("ab" + tail + "cdefgh", length=length).removesuffix("…")
    assert len(shown) < length
    assert tail in shown or not set(shown) & set(tail)
