"""What the page shows of a message before the server has it: the same as afterwards."""

import json
import random
import re
import shutil
import subprocess
from collections.abc import Mapping
from typing import Any

import pytest

from rooms.errors import Invalid
from rooms.text import mentions
from rooms.text.bodies import clean_body
from rooms.text.markup import marked
from rooms.text.pictures import NO_PICTURES, Picture
from tests.processes import ROOT
from tests.services import need

PEOPLE = {"ann": 17, "bob": 2, "ann_": 3, "_x_": 5}  # as in tests/js/rendering.js
TABLE = json.loads((ROOT / "tests/tables/markup.json").read_text())
TEXTS = 4000
CLAIMED = 0.4  # of generated texts, which are odder than anything people write


def render(body: str, pictures: Mapping[str, Picture] = NO_PICTURES) -> str:
    return marked(body, pictures).drawn(PEOPLE, mentions.KEYWORDS).html


def rendered_by_the_page(texts: list[str]) -> list[dict[str, Any] | None]:
    node = need("Node.js", shutil.which("node"))
    done = subprocess.run(
        [node, "tests/js/rendering.js", "--read"],
        input=json.dumps(texts),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    shown: list[dict[str, Any] | None] = json.loads(done.stdout)
    return shown


@pytest.mark.parametrize(("typed", "html"), TABLE["same"], ids=range(len(TABLE["same"])))
def test_the_server_renders_the_table_as_it_says(typed: str, html: str) -> None:
    assert render(clean_body(typed)) == html


PIECES = (
    *("word", "Größe", "שלום", "мир", "强调", "x", "I", "don't", "1", "42", "a_b", "x2"),
    *(" ", " ", " ", " ", "  ", "\n", "\n", "\n\n", "\n- ", "\n  - ", "\n    ", "\n1. ", "\n2. "),
    *(
        "\n> ",
        "> ",
        ">",
        "- ",
        "* ",
        "+ ",
        "3) ",
        "\n```\n",
        "```",
        "```py\n",
        "`",
        "`",
        "``",
        "\n  ",
    ),
    *("*", "*", "**", "**", "_", "__", "~~", "~", "***", "_ ", " _", "* ", " *", "** ", " **"),
    *("[", "]", "(", ")", "](https://a.example)", "[words](https://a.example/x)", "<b>", "&", '"'),
    *(
        "https://a.example",
        "https://a.example/b_c?d=e&f#g",
        "www.a.example",
        "http://localhost:80/x",
    ),
    *("@ann", "@ann", "@Bob", "@ann_", "@_x_", "@zoe", "@room", "@here", "@", "-@ann-b", "@bob/"),
    *(".", ",", "!", "?", ":", ";", "-", "…", "–", "»", "“", "'", "/", "=", "\\", "\\*", "#", "$"),
    *("🎉", "👍🏽", "❤️", ":tada:", ":+1:", ":nope:", "1.", "2026. ", "--", "^_^", ">_<", "http"),
    *(
        "__new__",
        "__init__",
        "__name__",
        "self.",
        "f(x)",
        "*.*",
        "C:\\",
        "¯\\_(ツ)_/¯",
        "\u00a0",
        "\t",
    ),
)


def generated(seed: int) -> list[str]:
    chance = random.Random(seed)
    texts = []
    for _ in range(TEXTS):
        pieces = chance.choices(PIECES, k=chance.randint(1, 14))
        texts.append("".join(pieces).strip())
    return [text for text in texts if text]


def test_a_generated_text_is_shown_as_the_server_shows_it_or_left_to_the_server() -> None:
    texts = generated(seed=15)
    claimed = 0
    for typed, shown in zip(texts, rendered_by_the_page(texts), strict=True):
        try:
            html = render(clean_body(typed))
        except Invalid:
            continue
        if shown is None:
            continue
        claimed += 1
        if shown["isExact"]:
            assert shown["html"] == html, typed
        else:
            assert without_colours(shown["html"]) == without_colours(html), typed
    assert claimed > CLAIMED * len(texts)


_CAPTION = re.compile(r'<span class="code-language">[^<]*</span>')
_SPAN = re.compile(r"</?span[^>]*>")
_LANGUAGE = re.compile(r'<code class="language-[^"]*">')


PICTURES = {
    "parrot": Picture("parrot", "a" * 32, animated=True),
    "logo": Picture("logo", "b" * 32, animated=False),
}


def test_the_site_s_own_emoji_are_shown_as_the_server_shows_them() -> None:
    texts = [":parrot:", ":parrot: :tada:\n:logo:", "a :LOGO: b", "**:parrot::logo:**", "- :logo:"]
    shown = [one and one["html"] for one in rendered_by_the_page(texts)]
    assert shown == [render(clean_body(text), PICTURES) for text in texts]


def without_colours(html: str) -> str:
    return _LANGUAGE.sub("<code>", _SPAN.sub("", _CAPTION.sub("<caption>", html)))
