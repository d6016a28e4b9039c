"""The site's own emoji in a text: where `:name:` becomes a picture, and what its HTML can be."""

import pytest

from rooms.errors import Invalid
from rooms.text import markup, pictures
from rooms.text.pictures import Picture
from rooms.text.sanitiser import sanitised

SQUAWK = Picture("squawk", "a" * 32, animated=False)
DANCE = Picture("party_dance", "b" * 32, animated=True)
KNOWN = {one.name: one for one in (SQUAWK, DANCE)}


def render(body: str) -> str:
    """Return the HTML with the code in brackets for each picture."""
    html = markup.render(body, KNOWN)
    for one in KNOWN.values():
        html = html.replace(one.html, f"[{one.name}]")
    return html


@pytest.mark.parametrize(
    ("body", "html"),
    [
        ("Look, a :squawk:!", "<p>Look, a [squawk]!</p>"),
        ("**:squawk:** and :SQUAWK:", "<p><strong>[squawk]</strong> and [squawk]</p>"),
        (":squawk::party_dance: both", "<p>[squawk][party_dance] both</p>"),
        (":squawk::tada: both", "<p>[squawk]🎉 both</p>"),
        ("no:squawk: and :squawk:s, ::squawk::", "<p>no:squawk: and :squawk:s, ::squawk::</p>"),
        ("`:squawk:` is code", "<p><code>:squawk:</code> is code</p>"),
        (":cockatoo: is none", "<p>:cockatoo: is none</p>"),
        ("鹦鹉:squawk:来了", "<p>鹦鹉[squawk]来了</p>"),
        (":squawk:", '<p class="emoji-only">[squawk]</p>'),
        ("🎉 :squawk:\n:party_dance:", '<p class="emoji-only">🎉 [squawk]<br>\n[party_dance]</p>'),
    ],
)
def test_a_name_between_colons_becomes_its_picture(body: str, html: str) -> None:
    assert render(body) == html


def test_seven_are_a_text_like_any_other() -> None:
    assert "emoji-only" in render(":squawk: " * 6)
    assert "emoji-only" not in render(":squawk: " * 7)


def test_an_address_keeps_what_looks_like_a_name() -> None:
    assert "[squawk]" not in render("https://a.example/:squawk:/x")
    assert "[squawk]</a>" in render("[see :squawk:](https://a.example)")


def test_a_moving_one_has_a_still_picture_for_those_who_want_no_motion() -> None:
    html = markup.render("a :party_dance:", KNOWN)
    assert '<source media="(prefers-reduced-motion: reduce)" srcset="' in html
    assert f'srcset="{DANCE.still}"' in html
    assert f'src="{DANCE.address}"' in html


def test_text_made_of_html_shows_the_name() -> None:
    """For rules, previews, notifications."""
    assert markup.visible(markup.render("a :squawk: b", KNOWN)).strip() == "a :squawk: b"
    assert markup.excerpt("a **:squawk:** b") == "a :squawk: b"


def test_a_message_full_of_them_stays_text() -> None:
    html = markup.render(":squawk:" * 900, KNOWN)
    assert len(html) < markup.MAX_HTML
    assert "<img" not in html


@pytest.mark.parametrize(
    "html",
    [
        '<img class="emoji" src="https://evil.example/x.webp" alt=":a:">',
        '<img src="/accounts/logout/" alt=":squawk:">',
        f'<img src="{SQUAWK.address}?x" alt=":squawk:">',
        f'<img src="//evil.example{SQUAWK.address}" alt=":squawk:">',
        f'<img src="{SQUAWK.address}" onerror="alert(1)" style="x" alt="&lt;b&gt;">',
        '<picture><source srcset="https://evil.example/x 1x" media="all"></picture>',
        '<a href="/accounts/logout/">x</a>',
        '<a href="javascript:alert(1)">x</a>',
        '<a href="//evil.example/">x</a>',
        '<img class="message__body emoji" alt=":a:">',
    ],
)
def test_the_second_wall_lets_only_pictures_of_this_site_through(html: str) -> None:
    clean = sanitised(html, has_pictures=True)
    for wrong in ("evil", "logout", "onerror", "javascript", "style", "?x", "all", "&lt;", "__"):
        assert wrong not in clean


def test_the_second_wall_keeps_them_as_they_are() -> None:
    for one in KNOWN.values():
        assert sanitised(f"<p>{one.html}</p>", has_pictures=True) == f"<p>{one.html}</p>"
        assert "img" not in sanitised(one.html)


@pytest.mark.parametrize("name", ["party_parrot", "+x", "c-3po", ":Squawk:", " x1 "])
def test_a_name_may_be_typed_with_colons_and_capitals(name: str) -> None:
    assert pictures.clean_name(name) == name.strip().strip(":").lower()


@pytest.mark.parametrize(
    "name", ["", "a", "x" * 33, "30", "two words", "_x", "naïve", "a:b", "a/b", "tada", "+1", "+2"]
)
def test_a_name_that_cannot_be_typed_or_means_something_else_is_refused(name: str) -> None:
    with pytest.raises(Invalid):
        pictures.clean_name(name)
