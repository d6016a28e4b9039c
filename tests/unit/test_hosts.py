"""International host names are encoded as browsers do it, in bounded time."""
# ruff: noqa: RUF001

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms.text.hosts import MAX_FOREIGN, MAX_LABELS, familiar, normalized, punycode, readable
from rooms.text.markup import links, render, visible
from tests.hostile.fuzz import examples


@examples(300)
@given(
    st.text(st.sampled_from("ab-0éüяж中文字😀\u0800"), min_size=1, max_size=30)
    | st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=63)
)
def test_punycode_follows_the_standard(label: str) -> None:
    assert punycode(label) == label.encode("punycode").decode()


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("https://a.example/ü?ß#é", "https://a.example/%C3%BC?%C3%9F#%C3%A9"),
        ("https://bücher.example:8000/x", "https://xn--bcher-kva.example:8000/x"),
        ("https://例え。テスト", "https://xn--r8jz45g.xn--zckzah"),
        ("https://[::1]:8000/ü", "https://[::1]:8000/%C3%BC"),
        ("mailto:a@bücher.example", "mailto:a@xn--bcher-kva.example"),
    ],
)
def test_an_address_is_encoded_as_browsers_request_it(typed: str, address: str) -> None:
    assert normalized(typed) == address


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://xn--bcher-kva.example/%C3%BC", "https://bücher.example/ü"),
        ("https://a.example/x%2Fy%25", "https://a.example/x%2Fy%25"),
        ("https://xn--0.example/", "https://xn--0.example/"),
        ("https://xn--9999999999.example/", "https://xn--9999999999.example/"),
    ],
)
def test_an_address_is_shown_as_people_read_it(address: str, shown: str) -> None:
    assert readable(address) == shown


@pytest.mark.parametrize(
    "host",
    [
        "é." * MAX_LABELS + "é",
        "é" * (MAX_FOREIGN + 1),
        "".join(map(chr, range(0x4E00, 0x4E00 + 1900))),
    ],
)
def test_a_host_that_no_browser_resolves_stays_text(host: str) -> None:
    for text in (f"https://{host}/x", f"[x](https://{host}/x)"):
        assert links(render(text)) == []
        assert text in visible(render(text))


def test_a_host_at_the_limit_is_a_link() -> None:
    host = "é." * (MAX_LABELS - 1) + "é" * (MAX_FOREIGN - MAX_LABELS + 1)
    (link,) = links(render(f"https://{host}/x"))
    assert link.count("xn--") == MAX_LABELS


def ascii_host(host: str) -> str:
    return ".".join(
        label if label.isascii() else "xn--" + punycode(label) for label in host.split(".")
    )


@pytest.mark.parametrize(
    "host",
    [
        *("example.com", "müller.example", "bücher.müller.example", "españa.example"),
        *("пример.рф", "ехо.рф", "новости.example", "日本語.jp", "ひらがなカタカナ漢字.jp"),
        *("דוגמה.co.il", "مثال.example", "उदाहरण.example", "127.0.0.1", "straße.example"),
    ],
)
def test_the_host_of_a_site_is_shown_as_its_people_write_it(host: str) -> None:
    assert familiar(ascii_host(host)) == host


@pytest.mark.parametrize(
    "host",
    [
        "аррӏе.com",  # all of it Cyrillic
        "аpple.com",  # one letter is
        "gооgle.com",
        "gоögle.com",  # of two alphabets, and not all of it reads as Latin
        "ехо.example",
        "tıme.example",
        "bank.example\u2215login.example",  # no slash
        "a\u200db.example",
        "a\u202eb.example",
        "МОСКВА.рф",  # not as it is registered
        "ｅｘａｍｐｌｅ.com",
        "é." * (MAX_LABELS + 1) + "com",
    ],
)
def test_a_host_that_could_be_taken_for_another_stays_encoded(host: str) -> None:
    assert familiar(ascii_host(host)) == ascii_host(host)


@pytest.mark.parametrize(
    "host",
    [
        "xn--",
        "xn---",
        "xn--google-.com",
        "xn--google-.xn--p1ai",
        "xn--999999999.com",
        "XN--X.com",
        "",
    ],
)
def test_what_is_no_encoded_host_stays_as_it_is(host: str) -> None:
    assert familiar(host) == host
