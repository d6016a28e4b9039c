"""Searching: from anywhere, by what is typed, into the room and back."""

import re

import pytest
from playwright.sync_api import Locator, Route, expect

from tests.browser.person import Person
from tests.browser.site import Site, distinct

FIRST_IN_VIEW = """
() => {
  const { top } = document.querySelector(".timeline__scroll").getBoundingClientRect();
  const nodes = [...document.querySelectorAll("chat-timeline article.message")];
  const node = nodes.find((one) => one.getBoundingClientRect().bottom > top);
  return [node.dataset.number, Math.round(node.getBoundingClientRect().top - top)];
}
"""
IS_BACK = f"""
([number, top]) => {{
  const [here, at] = ({FIRST_IN_VIEW.strip()})();
  return here === number && Math.abs(at - top) <= 1;
}}
"""


@pytest.fixture
def word() -> str:
    """A word that no other test has said."""
    return f"quince{distinct()}"


def query(person: Person) -> Locator:
    return person.page.locator("[data-search][data-live] [data-part=query]")


def hits(person: Person) -> Locator:
    return person.page.locator(".hits > .hit")


def chips(person: Person) -> Locator:
    return person.page.locator("[data-part=chips] > li")


def status(person: Person) -> Locator:
    return person.page.locator("[data-search] [data-part=found-status]")


def bar(person: Person) -> Locator:
    return person.page.locator("[data-part=hit-bar]")


def at_search(person: Person, address: str = "") -> Person:
    person.goes_to(f"/search/{address}").is_connected()
    expect(query(person)).to_be_visible()
    return person


def test_a_word_is_found_from_anywhere_and_escape_leads_back_to_the_pixel(
    site: Site, alice: Person, bob: Person, word: str
) -> None:
    here, there = site.room(alice, bob), site.room(bob, alice, name="Orchard")
    site.clerk.post(here, bob.username, *(f"line {n}" for n in range(60)))
    site.clerk.post(there, bob.username, "before", f"the **{word.upper()}** tree", "after")
    alice.opens(here, 20)
    expect(alice.message("line 19")).to_be_focused()
    alice.scroller.evaluate("scroller => { scroller.scrollTop -= 233; }")
    alice.has_drawn()
    before = alice.page.evaluate(FIRST_IN_VIEW)

    alice.presses("Control+Shift+F")
    alice.page.keyboard.type(word[1:])  # the middle of it, in other letters
    expect(hits(alice)).to_have_count(1)
    expect(hits(alice).locator("mark")).to_have_text(word[1:].upper())
    expect(hits(alice)).to_contain_text("#Orchard")
    expect(status(alice)).to_have_text("1 message")
    alice.presses("ArrowDown")
    alice.presses("Enter")
    expect(alice.sees(word.upper())).to_be_focused()
    expect(alice.page).to_have_url(re.compile(f"/rooms/{there}/2/$"))
    expect(bar(alice)).to_contain_text("1 of 1")
    alice.presses("Escape")
    expect(hits(alice).locator("[data-row]")).to_be_focused()
    alice.presses("Escape")
    expect(alice.page).to_have_url(re.compile(f"/rooms/{here}/20/$"))
    expect(alice.message("line 19")).to_be_attached()
    alice.is_connected()
    alice.page.wait_for_function(IS_BACK, arg=before)


def test_what_is_typed_before_the_page_is_there_is_searched_for(
    site: Site, alice: Person, word: str
) -> None:
    room = site.room(alice)
    site.clerk.post(room, alice.username, f"a {word}")
    alice.opens(room)
    alice.page.locator("#main").focus()
    waiting: list[Route] = []
    alice.page.route(re.compile("/search/"), lambda route: waiting.append(route), times=1)
    with alice.page.expect_request(re.compile("/search/")):
        alice.presses("/")
    alice.page.keyboard.type(word)
    expect(alice.page.locator(".sidebar__query")).to_have_value(word)
    waiting[0].continue_()
    expect(query(alice)).to_have_value(word)
    expect(query(alice)).to_be_focused()
    expect(hits(alice)).to_have_count(1)
    expect(alice.composer).to_have_count(0)


def test_filters_are_chips_that_are_typed_chosen_and_taken_away(
    site: Site, alice: Person, bob: Person, word: str
) -> None:
    room, other = site.room(alice, bob, name="Cellar"), site.room(alice, bob, name=f"Attic {word}")
    site.clerk.post(room, bob.username, f"{word} by bob")
    site.clerk.post(room, alice.username, f"{word} by alice")
    site.clerk.post(other, alice.username, f"{word} up here")
    at_search(alice, f"?q={word}")
    expect(hits(alice)).to_have_count(3)
    query(alice).focus()
    alice.presses("End")
    alice.page.keyboard.type(f" from:{bob.username}")
    expect(alice.page.get_by_role("option", name="Bob Brown")).to_have_attribute(
        "aria-selected", "true"
    )
    alice.presses("Enter")
    expect(chips(alice)).to_have_text(["From Bob Brown"])
    expect(query(alice)).to_have_value(re.compile(f"^{word} ?$"))
    expect(hits(alice)).to_have_count(1)
    expect(hits(alice)).to_contain_text("by bob")

    alice.presses("Home")
    alice.presses("Backspace")
    expect(chips(alice)).to_have_count(0)
    expect(hits(alice)).to_have_count(3)
    alice.page.locator("[data-adds=in]").click()
    alice.page.keyboard.type(word)
    alice.page.get_by_role("option", name=re.compile(f"Attic {word}")).click()
    expect(chips(alice)).to_have_text([re.compile("In #Attic")])
    expect(hits(alice)).to_have_count(1)
    expect(alice.page).to_have_url(re.compile(rf"q=in%3A{other}\+{word}"))
    chips(alice).get_by_role("button").click()
    expect(hits(alice)).to_have_count(3)
    alice.page.keyboard.type("-by before:2001-01-01 ")
    expect(chips(alice)).to_have_text(["Before 1 Jan 2001"])
    expect(alice.page.get_by_text("No messages match.")).to_be_visible()


def test_what_is_no_filter_or_only_leaves_out_is_said(site: Site, alice: Person, word: str) -> None:
    at_search(alice, f"?q={word}")
    expect(alice.page.get_by_text("No messages match.")).to_be_visible()
    query(alice).fill("form:bob")
    expect(alice.page.locator("[data-part=unknown]")).to_contain_text("“form:bob” isn’t a filter")
    query(alice).fill("-nothing")
    expect(status(alice)).to_contain_text("only")
    query(alice).fill("")
    expect(alice.page.get_by_text("these words next to each other")).to_be_visible()


def test_f3_walks_from_hit_to_hit_and_from_room_to_room(
    site: Site, alice: Person, bob: Person, word: str
) -> None:
    first, second = site.room(alice, bob), site.room(alice, bob)
    site.clerk.post(first, bob.username, f"{word} one", f"{word} two")
    site.clerk.post(second, bob.username, f"{word} three")
    at_search(alice, f"?q={word}")
    expect(hits(alice)).to_have_count(3)
    hits(alice).first.locator("[data-row]").click()
    expect(alice.sees(f"{word} three")).to_be_focused()
    alice.presses("F3")
    expect(alice.sees(f"{word} two")).to_be_focused()
    expect(bar(alice)).to_contain_text("2 of 3")
    alice.presses("F3")
    expect(alice.message(f"{word} one")).to_be_focused()
    expect(alice.page).to_have_url(re.compile(f"/rooms/{first}/1/$"))
    alice.presses("F3")
    expect(alice.toast).to_contain_text("No more results.")
    alice.page.get_by_role("button", name="Previous result").click()
    expect(alice.message(f"{word} two")).to_be_focused()
    alice.page.get_by_role("button", name="Results", exact=True).click()
    expect(hits(alice)).to_have_count(3)  # one step back, however many hits were walked through


def test_more_is_found_as_one_scrolls(site: Site, alice: Person, word: str) -> None:
    room = site.room(alice)
    site.clerk.post(room, alice.username, *(f"{word} {n}" for n in range(50)))
    at_search(alice, f"?q={word}")
    expect(hits(alice).first).to_contain_text(f"{word} 49")
    for least in (21, 41):
        alice.page.locator(".app__scroll").evaluate("one => { one.scrollTop = one.scrollHeight; }")
        expect(hits(alice).nth(least)).to_be_attached()
    expect(status(alice)).to_have_text("50 messages")
    expect(alice.page.get_by_role("button", name="Show more")).to_have_count(0)


def test_what_was_said_around_a_hit_is_shown_when_asked_for(
    site: Site, alice: Person, bob: Person, word: str
) -> None:
    room = site.room(alice, bob)
    said = ["too early", "two before", "one before", f"<i>{word}</i>", "one after"]
    site.clerk.post(room, bob.username, *said)
    at_search(alice, f"?q={word}")
    expect(hits(alice).locator(".message__body")).to_have_text([f"<i>{word}</i>"])
    hits(alice).locator("[data-row]").focus()
    alice.presses("c")
    around = hits(alice).locator(".hit__around .message__body")
    expect(around).to_have_text(["two before", "one before", "one after"])
    expect(hits(alice).get_by_role("button", name="Context")).to_have_attribute(
        "aria-expanded", "true"
    )
    alice.presses("c")
    expect(around).to_have_count(0)


def test_rooms_and_people_are_above_messages_and_searches_are_remembered_here(
    site: Site, bob: Person, word: str
) -> None:
    kim = site.person("Kim Kato")
    room = site.room(kim, name=f"Project {word}")
    site.clerk.post(room, kim.username, f"about {word}")
    at_search(kim)
    query(kim).fill(f"{word} proj")
    names = kim.page.locator("[data-part=names-list] > li")
    expect(names).to_contain_text([f"Project {word}"])
    expect(kim.page.get_by_text("No messages match.")).to_be_visible()
    query(kim).fill(bob.username)
    expect(names).to_contain_text(["Bob Brown"])
    query(kim).fill(word)
    expect(hits(kim)).to_have_count(1)
    query(kim).press("Enter")
    query(kim).fill("")
    recent = kim.page.locator("[data-part=recent-list] > li")
    expect(recent).to_have_text([word])
    kim.presses("ArrowDown")
    kim.presses("Enter")
    expect(query(kim)).to_have_value(word)
    expect(hits(kim)).to_have_count(1)
    query(kim).fill("")
    recent.get_by_role("button", name=f"Forget “{word}”").click()
    expect(recent).to_have_count(0)
    expect(query(kim)).to_be_focused()


def test_a_public_room_is_searched_when_asked_for(site: Site, bob: Person, word: str) -> None:
    lee = site.person("Lee Lind")
    room = site.room(bob, name="Agora")
    site.clerk.post(room, bob.username, f"{word} for all")
    at_search(lee, f"?q={word}")
    expect(lee.page.get_by_text("No messages match.")).to_be_visible()
    lee.clicks("Public rooms")
    expect(hits(lee)).to_contain_text("#Agora")
    expect(lee.page).to_have_url(re.compile("public=1"))
    lee.reloads()
    expect(hits(lee)).to_have_count(1)


def test_on_a_phone_the_room_is_searched_and_nothing_is_wider_than_the_screen(
    site: Site, word: str
) -> None:
    mia = site.person("Mia Moss", viewport={"width": 360, "height": 640}, has_touch=True)
    room, other = site.room(mia), site.room(mia)
    site.clerk.post(room, mia.username, f"here {word} " + "wide" * 40)
    site.clerk.post(other, mia.username, f"there {word}")
    mia.opens(room)
    mia.page.get_by_role("button", name="Search in this room").tap()
    expect(chips(mia)).to_have_text([re.compile("In #Lounge")])
    query(mia).fill(word)
    expect(hits(mia)).to_have_count(1)
    assert mia.overflow == 0
    hits(mia).locator("[data-row]").tap()
    mia.sees(f"here {word}")
    expect(bar(mia)).to_be_visible()
    assert mia.overflow == 0
    mia.page.get_by_role("button", name="Results", exact=True).tap()
    expect(hits(mia)).to_have_count(1)
