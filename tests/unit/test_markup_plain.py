"""The fast path for plain text renders what the full parser would."""

import random

import pytest

from rooms.text import bodies, markup
from rooms.text.sanitiser import sanitised

WORDS = [
    *("hello", "it's", "Grüße", "a", "www", "http", "mailto", "example", "com", "42", "1st"),
    *("日本", "привет", "well-known", "x" * 50, "end", "TODO", "I", "(", ")", '"so"', "🎉", "7%"),
]
JOINTS = [
    *(" ", ", ", ". ", "? ", "! ", "; ", ": ", "-", "... ", "", ".", ":", "  ", " - ", "'", "…"),
    *(") ", " (", " – ", "...", "’"),
]


def long_way(body: str) -> str:
    dirty = markup._emoji_only(body) or markup._formatted(body) or markup._literal(body)
    return sanitised(dirty).rstrip()


@pytest.mark.parametrize("seed", range(20))
def test_the_short_way_renders_what_the_long_way_does(seed: int) -> None:
    dice = random.Random(seed)
    short = 0
    for _ in range(200):
        parts = [dice.choice(WORDS) + dice.choice(JOINTS) for _ in range(dice.randrange(1, 12))]
        body = bodies.clean_body("".join(parts))
        short += bool(markup._PLAIN.fullmatch(body))
        assert markup.render(body) == long_way(body), body
    assert short > 20, "some of them take the fast path"


def test_every_character_on_the_short_way_is_literal() -> None:
    for code in (*range(0x20, 0x3000), *range(0x1F300, 0x1F650), *range(0x1F900, 0x1FA00)):
        char = chr(code)
        for body in (f"a{char}b", f"a {char} b", f"a{char}", f"1{char} b", f"{char} b", char * 3):
            if not 0xD800 <= code < 0xE000 and markup._PLAIN.fullmatch(body):
                assert markup.render(body) == long_way(body), body


@pytest.mark.parametrize(
    "body",
    [
        *(
            "1. one",
            "1) one",
            "12.",
            "- a",
            "# a",
            "a\nb",
            "> a",
            "a_b_",
            "*a*",
            "a  b",
            "a.b",
            "a:b",
            "a@b.c",
        ),
        *("a/b", "a&amp;b", "a<b", "`a`", "[a](b)", "a\\b"),
    ],
)
def test_any_markup_goes_the_long_way(body: str) -> None:
    assert not markup._PLAIN.fullmatch(body)
