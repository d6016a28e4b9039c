"""Formatting: one golden example for everything that can be formatted, and one for everything that
CommonMark would format and a chat should not."""

import re
from html import unescape

import pytest

from rooms.text.highlighting import LANGUAGES
from rooms.text.markup import MAX_EMOJI, render

LINK = 'target="_blank" rel="noopener noreferrer nofollow ugc"'


def link(url: str, text: str | None = None) -> str:
    return f'<a href="{url}" {LINK}>{text or url}</a>'


FORMATTED = {
    "hello": "<p>hello</p>",
    "**bold** and __bold__": "<p><strong>bold</strong> and <strong>bold</strong></p>",
    "*italic* and _italic_": "<p><em>italic</em> and <em>italic</em></p>",
    "~~struck~~": "<p><s>struck</s></p>",
    "***both***": "<p><em><strong>both</strong></em></p>",
    "`a < b`": "<p><code>a &lt; b</code></p>",
    "`` a`b ``": "<p><code>a`b</code></p>",
    "one\ntwo": "<p>one<br>\ntwo</p>",
    "one\n\ntwo": "<p>one</p>\n<p>two</p>",
    "\n\n  \nhello\n\n": "<p>hello</p>",
    "> said": "<blockquote>\n<p>said</p>\n</blockquote>",
    "- a\n- b": "<ul>\n<li>a</li>\n<li>b</li>\n</ul>",
    "1. a\n2. b": "<ol>\n<li>a</li>\n<li>b</li>\n</ol>",
    "3. c\n4. d": '<ol start="3">\n<li>c</li>\n<li>d</li>\n</ol>',
    r"\*stars\*": "<p>*stars*</p>",
    "[text](https://a.example/b)": f"<p>{link('https://a.example/b', 'text')}</p>",
    "[*t*](https://a.example)": f"<p>{link('https://a.example', '<em>t</em>')}</p>",
    "[mail](mailto:a@b.example)": f"<p>{link('mailto:a@b.example', 'mail')}</p>",
    "https://a.example/x?y=1&z=2#w": (
        "<p>"
        + link("https://a.example/x?y=1&amp;z=2#w", "https://a.example/x?y=1&amp;z=2#w")
        + "</p>"
    ),
    "mailto:a@b.example": f"<p>{link('mailto:a@b.example')}</p>",
    "see www.example.com.": f"<p>see {link('https://www.example.com', 'www.example.com')}.</p>",
}

# These stay as typed.
UNFORMATTED = [
    "#channel",
    "# not a heading",
    "title\n=====",
    "a\n---\nb",
    "---",
    "* * *",
    "| a | b |\n|---|---|\n| c | d |",
    "    four spaces",
    "snake_case_name and 2 * 3 * 4",
    "main.py, readme.md, example.com and bob@example.com",
    "[x]: https://a.example",
    "ftp://a.example //b.example javascript:alert(1) http:/c.example",
    "&copy; &lt;b&gt; &#60;",
    "<b>bold</b> <script>alert(1)</script> <!-- note -->",
    "~~~\ncode",
    "https://bank.example@evil.example/ https://me:pw@evil.example",
    "[bank](https://bank.example@evil.example/)",
    "-",
    ">",
    "1.",
    "```",
    "```\n```",
    "[]()",
    "[ ](https://a.example)",
    "[x]()",
]


def literal(body: str) -> str:
    lines = body.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").split("\n")
    return "<p>" + "<br>\n".join(line.strip() for line in lines) + "</p>"


@pytest.mark.parametrize(("body", "html"), FORMATTED.items(), ids=FORMATTED)
def test_formats(body: str, html: str) -> None:
    assert render(body) == html


@pytest.mark.parametrize("body", UNFORMATTED)
def test_stays_as_typed(body: str) -> None:
    shown = render(body)
    if "https://a.example" in body:  # an address is linked anywhere
        shown = shown.replace(link("https://a.example"), "https://a.example")
    assert shown == literal(body)


def test_a_reply_below_a_quote_is_not_quoted() -> None:
    assert render("> they\nme") == "<blockquote>\n<p>they</p>\n</blockquote>\n<p>me</p>"


def test_text_below_a_list_is_not_in_its_last_item() -> None:
    assert render("- a\n- b\nme") == "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n<p>me</p>"


def test_an_indented_line_continues_its_item() -> None:
    assert render("- a\n  more") == "<ul>\n<li>a<br>\nmore</li>\n</ul>"


def test_a_picture_becomes_a_link() -> None:
    assert render("![cat](https://a.example/cat.png)") == (
        f"<p>!{link('https://a.example/cat.png', 'cat')}</p>"
    )


# -- links -----------------------------------------------------------------------------------


def test_underscores_and_stars_in_an_address_are_not_emphasis() -> None:
    url = "https://a.example/_b_/*c*/d"
    assert render(url) == f"<p>{link(url)}</p>"


def test_a_bold_address_ends_before_its_stars() -> None:
    assert render("**https://a.example/b**") == (
        f"<p><strong>{link('https://a.example/b')}</strong></p>"
    )


@pytest.mark.parametrize(("before", "after"), [("(", ")"), ("", ","), ("", "."), ("<", ">")])
def test_punctuation_around_an_address_is_left_out(before: str, after: str) -> None:
    assert f">https://a.example/b</a>{after.replace('>', '&gt;')}" in render(
        f"{before}https://a.example/b{after}"
    )


def test_parentheses_within_an_address_are_kept() -> None:
    assert link("https://a.example/b_(c)") in render("(https://a.example/b_(c))")


def test_a_link_whose_text_names_another_host_stays_text() -> None:
    assert render("[https://bank.example](https://evil.example)") == (
        "<p>[https://bank.example](https://evil.example)</p>"
    )
    assert "<a " not in render("[go to www.bank.example now](https://evil.example)")


def test_a_link_whose_text_names_its_own_host_is_a_link() -> None:
    url = "https://bank.example/login"
    assert render(f"[https://www.bank.example]({url})") == (
        f"<p>{link(url, 'https://www.bank.example')}</p>"
    )


def test_an_international_host_is_shown_decoded_and_linked_encoded() -> None:
    assert (
        render("https://例え.jp") == f"<p>{link('https://xn--r8jz45g.jp', 'https://例え.jp')}</p>"
    )


def test_a_title_is_dropped() -> None:
    assert "title" not in render('[x](https://a.example "https://bank.example")')


# -- code ------------------------------------------------------------------------------------


def test_code_is_highlighted_and_labelled() -> None:
    assert render("```python\nreturn 1\n```") == (
        '<pre class="code"><span class="code-language">Python</span>'
        '<code class="language-python"><span class="k">return</span> '
        '<span class="mi">1</span></code></pre>'
    )


@pytest.mark.parametrize("alias", ["js", "JS", "javascript", "mjs"])
def test_aliases_of_a_language_share_one_label(alias: str) -> None:
    assert 'JavaScript</span><code class="language-javascript">' in render(f"```{alias}\nx\n```")


def test_an_unknown_language_is_plain_and_labelled_as_typed() -> None:
    assert render("```klingon\nif <x>\n```") == (
        '<pre class="code"><span class="code-language">klingon</span>'
        "<code>if &lt;x&gt;</code></pre>"
    )


def test_no_language_is_guessed() -> None:
    assert render("```\ndef f(): pass\n```") == (
        '<pre class="code"><code>def f(): pass</code></pre>'
    )


def test_code_keeps_its_indentation_and_empty_lines() -> None:
    assert render("```\n  a\n\n\n\tb\n```") == ('<pre class="code"><code>  a\n\n\n\tb</code></pre>')


@pytest.mark.parametrize("language", sorted(set(LANGUAGES.values())))
def test_highlighting_changes_no_character(language: str) -> None:
    code = 'a = 1  # x\n\n\tif (b) { c("d") }\n$ e f\n/* g */ <h>'
    shown = re.search(r"<code[^>]*>(.*)</code>", render(f"```{language}\n{code}\n```"), re.DOTALL)
    assert shown
    assert unescape(re.sub("<[^>]*>", "", shown[1])) == code


def test_an_empty_last_line_does_not_matter() -> None:
    assert '<span class="k">return</span>\n</code>' in render("```python\nreturn\n\n```")


def test_a_console_session_is_highlighted() -> None:
    assert '<span class="gp">$ </span>' in render("```console\n$ ls -l\nfile\n$ echo hi\n```")


def test_an_unclosed_block_runs_to_the_end() -> None:
    assert render("```\na\nb") == '<pre class="code"><code>a\nb</code></pre>'


def test_php_needs_no_opening_tag() -> None:
    assert '<span class="k">echo</span>' in render("```php\necho 1;\n```")


# -- emoji -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    ["👍", "👍👍 👍", "❤️", "👨‍👩‍👧‍👦", "👍🏽", "🇯🇵🇫🇷", "1️⃣", "🏳️‍🌈", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "🎉" * MAX_EMOJI],
)
def test_a_few_emoji_alone_are_shown_bigger(body: str) -> None:
    assert render(body) == f'<p class="emoji-only">{body}</p>'


@pytest.mark.parametrize("body", ["ok 👍", "👍!", "🎉" * (MAX_EMOJI + 1), "1", "©", "#", "12", "→"])
def test_anything_else_is_shown_at_normal_size(body: str) -> None:
    assert render(body) == f"<p>{body}</p>"
