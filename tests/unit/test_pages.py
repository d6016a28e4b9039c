"""What a page says of itself, whoever made it."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms.text import pages
from rooms.text.pages import MAX_DESCRIPTION, MAX_TITLE, Page, line
from tests.hostile.fuzz import examples

URL = "https://www.news.example/2026/story?x=1"


def read(page: str | bytes, charset: str = "", url: str = URL) -> Page:
    content = page.encode() if isinstance(page, str) else page
    return pages.read(content, charset=charset, url=url)


def test_open_graph_comes_first_then_cards_then_plain_html() -> None:
    said = read(
        """<html><head><title>Plain</title><meta name="description" content="Plain words">
        <meta name="twitter:title" content="Card"><meta name=twitter:image content=/card.png>
        <meta property="og:title" content="Graph &amp; more">
        <meta content="News" property=og:site_name>
        <meta property="og:image" content="//cdn.example/a.png">"""
    )
    assert said == Page("Graph & more", "Plain words", "News", "https://cdn.example/a.png")


def test_a_plain_page_has_its_title_and_its_host() -> None:
    assert read("<title>\n A  title \n</title>") == Page("A title", "", "news.example", "")


def test_an_international_host_is_shown_as_people_write_it() -> None:
    assert read("", url="https://www.xn--mller-kva.example/").site == "müller.example"
    assert read("", url="https://xn--80ak6aa92e.com/").site == "xn--80ak6aa92e.com"


def test_the_first_of_several_counts() -> None:
    page = '<meta property="og:title" content="One"><meta property="og:title" content="Two">'
    assert read(page).title == "One"


def test_a_page_that_says_nothing_has_no_title() -> None:
    for page in ("", "<p>Words", "<title> \u200b </title>", '<meta property="og:title">'):
        assert read(page).title == ""


@pytest.mark.parametrize(
    "hidden",
    [
        '<script>var a = "<title>No</title>"</script>',
        "<!-- <title>No</title> -->",
        "<style><title>No</title></style>",
        "<svg><title>No</title></svg>",
        "<noscript><title>No</title></noscript>",
        "<textarea><title>No</title></textarea>",
        "<SCRIPT>'</scriptless>' <title>No</title></SCRIPT >",
        "<titles>No</titles>",
        "<metadata content='No' property='og:title'>",
    ],
)
def test_what_only_looks_like_a_tag_says_nothing(hidden: str) -> None:
    assert read(f"{hidden}<title>Yes</title>").title == "Yes"


@pytest.mark.parametrize(
    ("picture", "whole"),
    [
        ("a.png", "https://www.news.example/2026/a.png"),
        ("http://cdn.example/a.png", "http://cdn.example/a.png"),
        ("javascript:alert(1)", ""),
        ("data:image/png;base64,AAAA", ""),
        ("file:///etc/passwd", ""),
        ("http://[::1", ""),
        ("", ""),
        ("https://x.example/" + "a" * 3000, ""),
    ],
)
def test_a_picture_is_an_address_of_the_web(picture: str, whole: str) -> None:
    assert read(f'<title>T</title><meta property="og:image" content="{picture}">').picture == whole


def test_markup_is_only_ever_text() -> None:
    said = read(
        '<meta property="og:title" content="<script>alert(1)</script>">'
        '<meta property="og:description" content="&lt;img src=x onerror=alert(1)&gt;">'
    )
    assert said.title == "<script>alert(1)</script>", "text, which whoever shows it escapes"
    assert said.description == "<img src=x onerror=alert(1)>"
    assert read("<title>a<b>bold</b></title>").title == "a"


def test_what_turns_the_direction_or_is_not_seen_is_cut() -> None:
    assert line("a\u202egpj.exe\u2066b\u200f\u00ad\x00\x07\U000e0041", 100) == "agpj.exeb"
    assert line("می\u200cروم", 100) == "می\u200cروم", "joiners are spelling"
    assert line("\u2800 \u3164", 100) == ""
    assert line("e" + "\u0301" * 500, 100) == "e" + "\u0301" * 4
    assert line("one\n\ttwo\u2028three", 100) == "one two three"


def test_lengths_are_bounded() -> None:
    said = read(
        f"<title>{'x' * 3000}</title><meta name=description content='{'中' * 1000}'>"
        "<meta property='og:site_name' content='" + "s" * 900 + "'>"
    )
    assert (len(said.title), said.title[-1]) == (MAX_TITLE, "…")
    assert len(said.description) == MAX_DESCRIPTION
    assert len(said.site) == pages.MAX_SITE


@pytest.mark.parametrize(
    ("content", "charset"),
    [
        ("<title>Größe</title>".encode("latin-1"), "ISO-8859-1"),
        ("<title>Größe</title>".encode("latin-1"), ""),
        ("<title>Größe</title>".encode(), ""),
        ("<title>Größe</title>".encode(), "no-such-charset"),
        ("<title>Größe</title>".encode(), "zip"),
        ("<title>Größe</title>".encode(), "../../x"),
        ("<meta charset='windows-1252'><title>Größe</title>".encode("cp1252"), ""),
        (b"\xff\xfe" + "<title>Größe</title>".encode("utf-16-le"), "utf-8"),
    ],
)
def test_a_page_is_read_in_its_charset(content: bytes, charset: str) -> None:
    assert read(content, charset).title == "Größe"


def test_the_server_s_word_on_its_charset_counts_before_the_page_s() -> None:
    page = '<meta http-equiv=content-type content="text/html; charset=koi8-r"><title>Größe</title>'
    assert read(page.encode("latin-1"), "iso-8859-1").title == "Größe"
    assert read(page.replace("Größe", "Мир").encode("koi8-r")).title == "Мир"


def test_a_character_that_the_limit_cut_is_no_reason_to_guess() -> None:
    assert read("<title>Größe</title>中".encode()[:-1]).title == "Größe"


HALF = 512 * 1024
HOSTILE = {
    "formatting": "".join(f"<b id={n}>" for n in range(20_000)) + "<p>" * 80_000,
    "deep": "<div>" * (HALF // 5),
    "unclosed comments": "<!--" * (HALF // 4),
    "unclosed titles": "<title>" * (HALF // 7),
    "unclosed scripts": "<script>" * (HALF // 8),
    "unclosed tags": '<meta "' * (HALF // 7),
    "quotes in quotes": "<meta '\"" * (HALF // 8),
    "metas": "<meta property=og:x content=y>" * (HALF // 30),
    "attributes": "<meta " + "a=b " * (HALF // 4) + ">",
    "marks": "<title>a" + "\u0301" * (HALF // 2),
    "angles": "<" * HALF,
    "end tags": "<script></style" + "</style" * (HALF // 7),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_no_page_takes_long_to_read(kind: str) -> None:
    """Half a megabyte, made for a parser to choke on."""
    began = time.thread_time()
    read(HOSTILE[kind][:HALF])
    assert time.thread_time() - began < 0.5  # 0.05 is usual


@examples(200)
@given(st.text(), st.text(), st.binary(max_size=200))
def test_whatever_a_page_says_is_one_short_line(title: str, other: str, junk: bytes) -> None:
    page = f"<title>{title}</title><meta property='og:description' content='{other}'>".encode(
        "utf-8", "surrogatepass"
    )
    said = read(page + junk)
    for text, most in ((said.title, MAX_TITLE), (said.description, MAX_DESCRIPTION)):
        assert len(text) <= most
        assert text == " ".join(text.split())
        assert "\x00" not in text
        text.encode()
