r"""Where the chat departs from CommonMark, so that people see what they meant.

CommonMark renders every text here differently, or the text stands beside one that it does, to mark
the edge.
"""

# ruff: noqa: RUF001

import json

import pytest

from rooms.text import shortcodes
from rooms.text.bodies import clean_body
from rooms.text.dialect import MAX_DEPTH
from rooms.text.markup import excerpt, render
from tests.processes import ROOT
from tests.unit.test_markup_formatting import link

# -- emphasis --------------------------------------------------------------------------------

BESIDE_CJK = {
    "**重点：**请看这里": "<strong>重点：</strong>请看这里",
    "请看**（重点）**这里": "请看<strong>（重点）</strong>这里",
    "~~削除。~~追加": "<s>削除。</s>追加",
    "これは*「強調」*です": "これは<em>「強調」</em>です",
    "한국어 **강조(괄호)**는": "한국어 <strong>강조(괄호)</strong>는",
    "패키지를 발행하려면 **`npm publish`**를": (
        "패키지를 발행하려면 <strong><code>npm publish</code></strong>를"
    ),
    "**テスト。**テスト": "<strong>テスト。</strong>テスト",
    "**C#**や**F#**は": "<strong>C#</strong>や<strong>F#</strong>は",
    "葛\U000e0100**（城）**市": "葛\U000e0100<strong>（城）</strong>市",
    "「\ufe00**a!**」\ufe00い": "「\ufe00<strong>a!</strong>」\ufe00い",
    # As in CommonMark, since no script without spaces is next to it.
    "**bold!**x": "**bold!**x",
    "🎉**a!**b": "🎉**a!**b",
}
AS_TYPED = [
    *("2*3*4", "2 * 3 * 4", "5*(a+b)*c", "(a)*(b)*(c)", "2*(3)*4", "3*x*y", "x**2 + y**2"),
    *("2**8**2", "Lehrer*innen und Schüler*innen", "*args and **kwargs", "char *a, *b"),
    *(
        "src/**/*.py and tests/**/*.py",
        "rm *.o *.a",
        "dir *.*",
        "**/node_modules/**",
        "*/5 * * * *",
    ),
    *("__init__.py", "foo/__init__.py", "see __main__.py", "__init__() and __call__()"),
    *("if __name__ == '__main__':", "self.__dict__ and obj.__class__", "_private_.method"),
    *("/_next_/static", "snake_case_name"),
    *(">_<", ">_< >_<", ">.<", ">.>", ">w<", "><", ">///<", ">:(", ">:-)", ">;D", ">=5 of them"),
    *(">100 people", "-_- -_-", "^_^ and ^_^", "*_*", "*-*", "(>_<) (>_<)", "._. ._."),
    *(r"\\fileserver\share", r"\\srv\_new\_old", r"C:\Users\x", r"C:\_tmp\*.txt", r"D:\[docs]"),
    *(r"see \\srv-1.lan\a_b\_c_\ there", r"(C:\_a\_b)", r"Program Files\_x\_y"),
    *(r"¯\_(ツ)_/¯", r"so _ ¯\_(ツ)_/¯ _", r"\d+\.\d+", r"\(x\) \$5 \# \!", r"a \ b", "a\\", r"\\"),
    *("2026. A good year", "1984) by Orwell", "10000. x", "1\\"),
]
STILL_FORMATTED = {
    "*a* **b** ***c*** _d_ __e__ ~~f~~": (
        "<em>a</em> <strong>b</strong> <em><strong>c</strong></em> <em>d</em> "
        "<strong>e</strong> <s>f</s>"
    ),
    "*italic*(note) *(a)*": "<em>italic</em>(note) <em>(a)</em>",
    "**in**effizient, un**believ**able": (
        "<strong>in</strong>effizient, un<strong>believ</strong>able"
    ),
    "*Liebe Lehrer*innen und alle*": "<em>Liebe Lehrer*innen und alle</em>",
    "**a**/**b** and _c_/_d_": "<strong>a</strong>/<strong>b</strong> and <em>c</em>/<em>d</em>",
    "__new__ and __all__": "<strong>new</strong> and <strong>all</strong>",
    "_a_, (_b_). _c_!": "<em>a</em>, (<em>b</em>). <em>c</em>!",
    r"\*stars\* \_x\_ \~~y\~~ \`z\` \[a\](b)": "*stars* _x_ ~~y~~ `z` [a](b)",
    r"\\*a* \\\*b\\\*": r"\<em>a</em> \*b\*",
    r"C:\x *a*": r"C:\x <em>a</em>",
    r"x\*y\*z": "x*y*z",
}


@pytest.mark.parametrize(("body", "inner"), {**BESIDE_CJK, **STILL_FORMATTED}.items(), ids=ascii)
def test_is_formatted(body: str, inner: str) -> None:
    assert render(clean_body(body)) == f"<p>{inner}</p>"


@pytest.mark.parametrize("body", AS_TYPED)
def test_stays_as_typed(body: str) -> None:
    shown = body.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert render(body) == f"<p>{shown}</p>"
    assert render(f"so {body}") == f"<p>so {shown}</p>"
    assert excerpt(body) == body


def test_a_shrug_is_shown_however_many_backslashes_it_was_typed_with() -> None:
    for slashes in ("\\", "\\\\", "\\\\\\"):
        assert render(f"¯{slashes}_(ツ)_/¯") == r"<p>¯\_(ツ)_/¯</p>"


def test_a_leading_backslash_prevents_a_list_or_a_quote() -> None:
    assert render("\\> a\n\\- b\n\\# c\n1\\. d\n\\+ e") == (
        "<p>&gt; a<br>\n- b<br>\n# c<br>\n1. d<br>\n+ e</p>"
    )


def test_a_trailing_backslash_is_shown() -> None:
    assert render("curl \\\n  --fail x") == "<p>curl \\<br>\n--fail x</p>"


# -- quotes and lists ------------------------------------------------------------------------


@pytest.mark.parametrize("face", [">_<", ">:(", ">.>", ">=5"])
def test_a_face_below_a_quote_is_a_reply_and_within_one_is_quoted(face: str) -> None:
    shown = face.replace("<", "&lt;").replace(">", "&gt;")
    assert render(f"> they\n{face}\nme") == (
        f"<blockquote>\n<p>they</p>\n</blockquote>\n<p>{shown}<br>\nme</p>"
    )
    assert render(f"> {face}\n> b") == f"<blockquote>\n<p>{shown}<br>\nb</p>\n</blockquote>"


LINES = json.loads((ROOT / "tests/tables/quotes.json").read_text())["lines"]


@pytest.mark.parametrize(("line", "is_block"), LINES)
def test_a_line_is_a_quote_or_an_item_only_where_meant_as_one(line: str, is_block: bool) -> None:
    tags = ("<blockquote>", "<ul>", "<ol", "<p>&gt;</p>")  # a lone marker is shown as typed
    assert render(line).startswith(tags) == is_block


@pytest.mark.parametrize("body", [">said", "> said", ">  said"])
def test_a_quote_needs_no_space(body: str) -> None:
    assert render(body) == "<blockquote>\n<p>said</p>\n</blockquote>"


def test_a_quote_in_an_item_ends_with_it() -> None:
    assert render("- a\n  > b\n> c\nd") == (
        "<ul>\n<li>a\n<blockquote>\n<p>b</p>\n</blockquote>\n</li>\n</ul>\n"
        "<blockquote>\n<p>c</p>\n</blockquote>\n<p>d</p>"
    )


@pytest.mark.parametrize("depth", [MAX_DEPTH, MAX_DEPTH + 1, 40, 1000])
def test_quotes_nested_too_deep_are_text_and_the_rest_is_formatted(depth: int) -> None:
    shown = render(f"*above*\n\n{'> ' * depth}deep\n\n**below**")
    assert shown.startswith("<p><em>above</em></p>")
    assert shown.endswith("<p><strong>below</strong></p>")
    assert shown.count("<blockquote>") == MAX_DEPTH
    assert shown.count("&gt;") == depth - MAX_DEPTH
    assert "deep</p>" in shown


def test_a_year_ends_a_list() -> None:
    assert render("1. a\n2026. b") == "<ol>\n<li>a</li>\n</ol>\n<p>2026. b</p>"


def test_items_keep_the_numbers_that_were_typed() -> None:
    assert render("3. a\n1. b\n2. c\n7. d") == (
        '<ol start="3">\n<li>a</li>\n<li value="1">b</li>\n<li>c</li>\n<li value="7">d</li>\n</ol>'
    )
    assert render("1. a\n1. b\n1. c") == "<ol>\n<li>a</li>\n<li>b</li>\n<li>c</li>\n</ol>"
    assert render("1. a\n   1. x\n   3. y\n2. b").count("value") == 1


# -- code ------------------------------------------------------------------------------------

FENCES = json.loads((ROOT / "tests/tables/fences.json").read_text())["texts"]


@pytest.mark.parametrize(("body", "blocks", "is_open"), FENCES, ids=range(len(FENCES)))
def test_a_block_of_code_ends_where_its_author_ended_it(
    body: str, blocks: list[str], is_open: bool
) -> None:
    found = render(body).split("<code>")[1:]
    assert [block.partition("</code>")[0] for block in found] == blocks


def test_a_block_in_a_quote_or_an_item_ends_at_the_end_of_its_line_as_well() -> None:
    assert render("> ```\n> a```\n> b") == (
        '<blockquote>\n<pre class="code"><code>a</code></pre>\n<p>b</p>\n</blockquote>'
    )
    assert "<code>a\n b</code></pre>\nc</li>" in render("- ```\n  a\n   b```\n  c")


# -- emoji -----------------------------------------------------------------------------------

CODES = json.loads((ROOT / "tests/tables/shortcodes.json").read_text())["texts"]


@pytest.mark.parametrize(("typed", "shown"), CODES)
def test_a_short_code_is_its_emoji(typed: str, shown: str) -> None:
    assert shortcodes.spelled_out(typed) == shown
    assert excerpt(typed) == shown
    assert f">{shown}</p>" in render(typed)
    assert render(f"*{typed}*") == f"<p><em>{shown}</em></p>"


def test_a_code_alone_is_shown_bigger() -> None:
    assert render(":tada: :rocket:") == '<p class="emoji-only">🎉 🚀</p>'


def test_short_codes_in_code_and_in_addresses_stay_text() -> None:
    assert render("`:tada:`") == "<p><code>:tada:</code></p>"
    assert render("```\n:tada:\n```") == '<pre class="code"><code>:tada:</code></pre>'
    url = "https://a.example/:tada:/x"
    assert render(f"{url} :tada:") == f"<p>{link(url)} 🎉</p>"
    assert render("[:tada:](https://a.example)") == f"<p>{link('https://a.example', '🎉')}</p>"


# -- addresses -------------------------------------------------------------------------------

AROUND = [
    *(
        "“{}”",
        "„{}“",
        "»{}«",
        "«{}»",
        "‹{}›",
        "‘{}’",
        "‚{}‘",
        '"{}"',
        "'{}'",
        "({})",
        "[{}]",
        "<{}>",
    ),
    *(
        "（{}）",
        "「{}」",
        "『{}』",
        "《{}》",
        "【{}】",
        "〈{}〉",
        "〔{}〕",
        "［{}］",
        "｛{}｝",
        "〝{}〟",
    ),
    *("见{}，好的", "{}。好", "{}、x", "{}；x", "{}：x", "{}！", "{}？", "見{}（日本語）", "{}｡ﾊｲ"),
    *("{}: x", "{}; x", "{}, x", "{}. x", "{}! x", "{}? x", "{}… x", "{}...", "{}?!", "({}.)"),
    *("{}—which is", "{}، نعم", "{}؟", "{}।", "{}'", '{}"', "*{}*", "**{}**", "~~{}~~", "_{}_"),
    *("_see {}_", "**{}**, x", "**{}**，x", "({}), x", "“{},” x", "{})", "{}):"),
]


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize(
    "url",
    [
        *(
            "https://a.example",
            "https://a.example/x",
            "https://a.example/x/",
            "http://a.example/?q=1",
        ),
        *("https://a.example/x_(y)", "https://a.example/日本", "https://a.example/a’b"),
        *("www.a.example", "www.a.example/x", "www.a.example/_x_y"),
    ],
)
def test_closing_punctuation_is_not_part_of_the_address(around: str, url: str) -> None:
    shown = render(around.format(url))
    assert f">{url}</a>" in shown
    assert shown.count("<a ") == 1


def test_two_addresses_without_a_space_between_them_are_two() -> None:
    shown = render("https://a.example/x、https://b.example/y；www.c.example/z")
    assert [part.partition("<")[0] for part in shown.split('ugc">')[1:]] == [
        "https://a.example/x",
        "https://b.example/y",
        "www.c.example/z",
    ]


@pytest.mark.parametrize(
    "url",
    [
        *(
            "https://a.example/x_",
            "https://a.example/a_b_",
            "https://a.example/x’s",
            "https://a.example/a–b",
        ),
        *("https://a.example/a:b", "https://a.example/a,b;c", "https://a.example/x?y=1&z=a!b"),
        *(
            "https://a.example/ドナルド・ダック",
            "https://a.example/_/x*y*z",
            "https://a.example:8000/~x",
        ),
    ],
)
def test_punctuation_that_belongs_to_an_address_stays_in_it(url: str) -> None:
    assert f">{url.replace('&', '&amp;')}</a>" in render(f"see {url} there")


@pytest.mark.parametrize(
    "text", ["xwww.a.example", "a.www.a.example", "@www.a.example", "www.", "www.a"]
)
def test_text_that_merely_contains_www_is_not_an_address(text: str) -> None:
    assert render(text) == f"<p>{text}</p>"


@pytest.mark.parametrize("label", ["", " ", "\u200b", "\xad\u2060"], ids=ascii)
def test_a_link_without_words_shows_its_address(label: str) -> None:
    url = "https://a.example/x"
    assert render(f"see [{label}]({url}) here") == f"<p>see [{label}]({link(url)}) here</p>"


LABELS = json.loads((ROOT / "tests/tables/labels.json").read_text())["texts"]


@pytest.mark.parametrize(("name", "label"), LABELS)
def test_a_name_escaped_by_the_composer_is_shown_as_it_is(name: str, label: str) -> None:
    shown = name.replace("<", "&lt;").replace(">", "&gt;")
    assert render(f"[{label}](https://a.example/)") == f"<p>{link('https://a.example/', shown)}</p>"


# -- lines -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "end", ["\x0b", "\x0c", "\x85", "\u2028", "\u2029", "\x1e", "\r\n", "\r"], ids=ascii
)
def test_every_kind_of_line_break_breaks_the_line(end: str) -> None:
    assert render(clean_body(f"one{end}two")) == "<p>one<br>\ntwo</p>"
