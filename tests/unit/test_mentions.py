"""Which `@name` mentions somebody: only one that stands for itself, in plain text."""

import pytest

from rooms.text import markup, mentions
from rooms.text.markup import MAX_HTML

PEOPLE = {"ann": 17, "bob": 2, "ann_": 3, "_x_": 5, "room": 99}


def drawn(body: str) -> mentions.Drawn:
    return markup.marked(body).drawn(PEOPLE, mentions.KEYWORDS)


def link(name: str) -> str:
    return f'<a class="mention" data-person="{PEOPLE[name.lower()]}">@{name}</a>'


def keyword(name: str) -> str:
    return f'<span class="mention mention--room">@{name}</span>'


NAMED = {
    "@ann": link("ann"),
    "hi @ANN.": f"hi {link('ANN')}.",
    "(@ann)": f"({link('ann')})",
    "@ann's": f"{link('ann')}'s",
    "@ann,@bob!": f"{link('ann')},{link('bob')}!",
    "@ann/@bob": f"{link('ann')}/{link('bob')}",
    "cc:@bob": f"cc:{link('bob')}",
    "-@bob-": f"-{link('bob')}-",
    "@ann_": link("ann_"),
    "@bob_": f"{link('bob')}_",
    "@_x_": link("_x_"),
    "_@bob_": f"<em>{link('bob')}</em>",
    "**@bob**": f"<strong>{link('bob')}</strong>",
    "~~@bob~~": f"<s>{link('bob')}</s>",
    "请@ann看": f"请{link('ann')}看",
    "@annさん": f"{link('ann')}さん",
    "שלום @ann, מה": f"שלום {link('ann')}, מה",
    "\u200f@ann\u200f": f"\u200f{link('ann')}\u200f",
    "❤\ufe0f@ann": f"❤\ufe0f{link('ann')}",
    "😀@ann😀": f"😀{link('ann')}😀",
    "`@ann` @bob": f"<code>@ann</code> {link('bob')}",
    "<b>@ann</b>": f"&lt;b&gt;{link('ann')}&lt;/b&gt;",
    "@here": keyword("here"),
    "@Room!": f"{keyword('Room')}!",
}

TEXT = [
    *("@annabel", "@ann2", "x@ann", "ann@ann.example", "@ann@social.example", "@@ann"),
    *("é@ann", "@anné", "@ann\u0323", "x\u0323@ann", "1@ann", "_@_ann", "\\@ann"),
    *("@a", "@" + "a" * 33, "\uff20ann", "@\u0430nn", "@zoe", "@ann-marie", "a.example/@ann"),
    *("@room-wide", "#ann", "ann"),
    *("`@ann`", "```\n@ann\n```", "[@ann](https://a.example)", "https://a.example/@ann"),
    *("www.a.example/@ann", "mailto:x@ann.example", "[x](https://a.example/@ann)"),
    *("**x**@ann", "@ann**x**", "`x`@ann", "@ann`x`"),
]  # fmt: skip


@pytest.mark.parametrize("body", NAMED)
def test_a_name_that_stands_for_itself_is_a_mention(body: str) -> None:
    assert drawn(body).html == f"<p>{NAMED[body]}</p>"


@pytest.mark.parametrize("body", TEXT)
def test_any_other_is_text(body: str) -> None:
    found = drawn(body)
    assert found == mentions.Drawn(markup.render(body))


@pytest.mark.parametrize("body", [*NAMED, *TEXT])
def test_whoever_is_not_in_the_room_stays_text(body: str) -> None:
    assert markup.marked(body).drawn({}).html == markup.marked(body).plain == markup.render(body)


def test_the_people_are_listed_once_in_order_and_the_wider_keyword_counts() -> None:
    found = drawn("@bob @ann @Bob @here @room")
    assert (found.ids, found.addressed) == ((2, 17), "room")
    assert drawn("@here @ann").addressed == "here"
    assert drawn("ann").ids == ()
    only_here = markup.marked("@here @room").drawn(PEOPLE, [mentions.HERE])
    assert (only_here.ids, only_here.addressed) == ((), "here"), "the keyword wins over a person"
    assert only_here.html == f"<p>{keyword('here')} @room</p>"


def test_every_reading_of_a_name_is_asked_for() -> None:
    text = markup.marked("@ann_ @Bob @room_ @here")
    assert text.names == {"ann_", "ann", "bob", "room_"}
    assert text.keywords == {"here", "room"}


def test_what_was_drawn_can_be_read_again_and_taken_back() -> None:
    found = drawn("@Ann `@bob` @_x_ @room")
    assert mentions.drawn_in(found.html) == {"ann": 17, "_x_": 5}
    assert mentions.undrawn(found.html) == markup.render("@Ann `@bob` @_x_ @room")
    assert mentions.drawn_in(markup.render('<a class="mention" data-person="1">@x</a>')) == {}


def test_people_are_called_by_their_names_in_plain_text_and_html() -> None:
    body = "**@Ann**, _@bob_ `@ann` @zoe"
    names = {"ann": "Ann Smith", "bob": "<Bob>"}
    assert markup.excerpt(body, names=names) == "@Ann Smith, @<Bob> @ann @zoe"
    assert markup.excerpt(body) == "@Ann, @bob @ann @zoe"
    html = mentions.called(drawn(body).html, {17: "Ann Smith", 2: "<Bob>"})
    assert ">@Ann Smith</a></strong>" in html
    assert ">@&lt;Bob&gt;</a></em> <code>@ann</code> @zoe" in html
    assert mentions.called(drawn(body).html, {}) == drawn(body).html


def test_an_excerpt_with_names_is_no_longer_than_any_other() -> None:
    assert len(markup.excerpt("@ann " * 20, names={"ann": "x" * 40})) <= 140


@pytest.mark.parametrize("body", ["@ann " * 1600, "@ab" * 2600, "@" * 8000, "_@ann" * 1600])
def test_a_message_has_a_hundred_at_most(body: str) -> None:
    html = drawn(body).html
    assert html.count("<a") <= mentions.MOST
    assert len(html) < 2 * MAX_HTML
