"""Completion in the composer: people, rooms and emoji."""

import re
import time

import pytest
from playwright.sync_api import Locator, Route, expect

from tests.browser.person import Person
from tests.browser.site import Site


@pytest.fixture
def alice(site: Site) -> Person:
    """Not the shared one: these tests leave drafts behind."""
    return site.person("Alice Adams")


@pytest.fixture
def zoe(site: Site) -> Person:
    """A person in no rooms but her test's."""
    return site.person("Zoë Ångström")


def options(person: Person) -> Locator:
    return person.page.get_by_role("listbox", name="Suggestions").get_by_role("option")


def offers(person: Person, *texts: str) -> None:
    """Assert that exactly these are offered, in this order."""
    expect(options(person)).to_have_text([re.compile(text, re.DOTALL) for text in texts])


def offers_nothing(person: Person) -> None:
    expect(options(person)).to_have_count(0)


def wrote(person: Person, text: str) -> None:
    expect(person.composer).to_have_value(text)
    expect(person.composer).to_be_focused()


# -- people --


def test_recent_speakers_are_offered_first(site: Site, zoe: Person, bob: Person) -> None:
    mia, max_, moe = (site.person(name) for name in ("Mia Moore", "Max Moss", "Moe Mott"))
    room = site.room(zoe, mia, max_, moe)
    site.clerk.post(room, mia.username, "first")
    site.clerk.post(room, max_.username, "then")
    zoe.opens(room)
    zoe.types("hi @m")
    offers(zoe, max_.username, mia.username, moe.username)
    zoe.presses("ArrowDown")
    chosen = options(zoe).nth(1)
    expect(chosen).to_have_attribute("aria-selected", "true")
    field = zoe.composer
    assert field.get_attribute("aria-activedescendant") == chosen.get_attribute("id")
    zoe.presses("Enter")
    wrote(zoe, f"hi @{mia.username} ")
    offers_nothing(zoe)
    zoe.presses("Enter")
    zoe.sees_sent("hi @Mia Moore")


def test_a_person_who_speaks_moves_up(site: Site, zoe: Person) -> None:
    nia, nod = site.person("Nia North"), site.person("Nod Nash")
    room = site.room(zoe, nia, nod)
    zoe.opens(room)
    zoe.types("@n")
    offers(zoe, nia.username, nod.username)
    zoe.presses("Escape")
    zoe.composer.fill("")
    site.clerk.post(room, nod.username, "here I am")
    zoe.sees("here I am")
    zoe.types("@n")
    offers(zoe, nod.username, nia.username)


def test_part_of_a_name_is_enough_and_tab_or_a_click_completes_it(site: Site, zoe: Person) -> None:
    olga = site.person("Olga Überwald")
    zoe.opens(site.room(zoe, olga))
    zoe.types("@uber")
    offers(zoe, olga.username)
    zoe.presses("Tab")
    wrote(zoe, f"@{olga.username} ")
    zoe.types("and @olg")
    options(zoe).click()
    wrote(zoe, f"@{olga.username} and @{olga.username} ")
    zoe.presses("Control+z")
    wrote(zoe, f"@{olga.username} and @olg")


def test_a_person_outside_the_room_is_marked_as_such(site: Site, zoe: Person) -> None:
    xia = site.person("Xia Quux")
    xat = site.person("Xat Quux")
    zoe.opens(site.room(zoe, xat))
    zoe.types("@quux")
    offers(zoe, xat.username)
    zoe.composer.fill("@x")
    expect(options(zoe).first).to_contain_text(xat.username)
    outsider = options(zoe).filter(has_text=xia.username)
    expect(outsider).to_contain_text("not in this room")
    expect(options(zoe).first).not_to_contain_text("not in this room")


def test_in_a_direct_conversation_the_other_person_is_offered(
    site: Site, zoe: Person, bob: Person
) -> None:
    zoe.opens(site.room(zoe))
    zoe.presses("Control+k")
    zoe.page.keyboard.type(bob.username)
    zoe.page.get_by_role("option", name=f"Bob Brown @{bob.username}", exact=True).click()
    expect(zoe.page.locator("#room-name")).to_have_text("Bob Brown")
    zoe.types("@bo")
    offers(zoe, bob.username)


# -- rooms --


def test_a_room_becomes_a_link_to_it(site: Site, zoe: Person, bob: Person) -> None:
    here = site.room(zoe, bob, name="Kitchen")
    there = site.room(zoe, name="Garden [old]")
    zoe.opens(here)
    zoe.types("see #gar")
    offers(zoe, r"Garden \[old\]")
    zoe.presses("Enter")
    expect(zoe.composer).to_have_value(
        re.compile(rf"^see \[#Garden .*\]\(http.*/rooms/{there}/\) $")
    )
    zoe.presses("Enter")
    message = zoe.sees_sent("see #Garden [old]")
    link = message.get_by_role("link", name=re.compile(r"^#Garden \[old\]"))
    expect(link).to_have_attribute("href", f"{site.address}/rooms/{there}/")


def test_other_public_rooms_come_after_a_person_s_own(site: Site, zoe: Person, bob: Person) -> None:
    here = site.room(zoe, name="Yellow kitchen")
    site.room(bob, name="Yellow barn")
    site.room(bob, name="Yellow secret", kind="private")
    zoe.opens(here)
    zoe.types("#yellow")
    offers(zoe, "Yellow kitchen", "Yellow barn.*not joined")


# -- emoji --


def test_a_short_code_becomes_its_emoji(site: Site, alice: Person, room: str) -> None:
    alice.opens(room)
    alice.types("well done :tad")
    offers(alice, "🎉.*:tada:")
    alice.presses("Enter")
    wrote(alice, "well done 🎉")
    alice.types(" :+1:")
    wrote(alice, "well done 🎉 👍")
    alice.presses("Control+z")
    wrote(alice, "well done 🎉 :+1:")
    alice.presses("Control+Shift+z")
    wrote(alice, "well done 🎉 👍")
    alice.presses("Enter")
    alice.sees_sent("well done 🎉 👍")


def test_a_code_typed_before_anything_is_loaded_becomes_its_emoji(
    site: Site, alice: Person, room: str
) -> None:
    alice.opens(room)
    alice.page.keyboard.type("so :tada:")
    wrote(alice, "so 🎉")


def test_typing_on_while_it_loads_keeps_the_emoji_and_the_text(
    site: Site, alice: Person, room: str
) -> None:
    def late(route: Route) -> None:
        time.sleep(0.3)  # as long as a slow connection takes
        route.continue_()

    alice.opens(room)
    alice.page.route(re.compile(r"emojibase/data|completion\.\w+\.js"), late)
    alice.page.keyboard.type("so :tada: and :heart: on")
    wrote(alice, "so 🎉 and ❤️ on")
    alice.page.keyboard.type("!")
    wrote(alice, "so 🎉 and ❤️ on!")


def test_a_pasted_code_is_sent_as_its_emoji(
    site: Site, alice: Person, bob: Person, room: str
) -> None:
    alice.opens(room)
    bob.opens(room)
    alice.posts("look :rocket: and `:rocket:` here")
    for reader in (alice, bob):
        expect(reader.message("look 🚀 and :rocket: here")).to_be_visible()


def test_the_table_is_fetched_at_the_first_colon(site: Site, alice: Person, room: str) -> None:
    fetched: list[str] = []
    alice.page.on("request", lambda request: fetched.append(request.url))
    alice.opens(room)
    alice.types("hello @b")
    expect(options(alice).first).to_be_visible()
    assert not [url for url in fetched if "/emoji-picker" in url]
    alice.composer.fill(":wav")
    expect(options(alice).first).to_contain_text(":wave:")
    assert len([url for url in fetched if "/emoji-picker" in url]) == 1
    alice.composer.fill(":rocke")
    expect(options(alice).first).to_contain_text(":rocket:")
    assert len([url for url in fetched if "/emoji-picker" in url]) == 1


# -- the list itself --


def test_escape_closes_the_list_until_another_word(
    site: Site, alice: Person, bob: Person, room: str
) -> None:
    alice.opens(room)
    alice.types("@bo")
    expect(options(alice).first).to_be_visible()
    alice.presses("Escape")
    offers_nothing(alice)
    alice.types("b")
    offers_nothing(alice)
    wrote(alice, "@bob")
    alice.types(" @bo")
    expect(options(alice).first).to_be_visible()


def test_enter_sends_when_nothing_matches(site: Site, alice: Person, room: str) -> None:
    alice.opens(room)
    alice.types("mail me at alice@example or #nowhereatall")
    offers_nothing(alice)
    alice.presses("Enter")
    alice.sees_sent("mail me at alice@example")


def test_nothing_is_offered_in_code(site: Site, alice: Person, room: str) -> None:
    alice.opens(room)
    alice.types("`@b")
    offers_nothing(alice)
    alice.types("` @b")
    expect(options(alice).first).to_be_visible()
    alice.composer.fill("```\n@b")
    offers_nothing(alice)


def test_nothing_is_offered_while_an_input_method_composes(
    site: Site, alice: Person, room: str
) -> None:
    alice.opens(room)
    session = alice.context.new_cdp_session(alice.page)
    alice.types("@")
    expect(options(alice).first).to_be_visible()
    session.send("Input.imeSetComposition", {"text": "b", "selectionStart": 1, "selectionEnd": 1})
    expect(alice.composer).to_have_value("@b")
    offers_nothing(alice)
    session.send("Input.insertText", {"text": "b"})
    expect(options(alice).first).to_be_visible()


def test_moving_the_caret_elsewhere_closes_the_list(site: Site, alice: Person, room: str) -> None:
    alice.opens(room)
    alice.types("hello @b")
    expect(options(alice).first).to_be_visible()
    alice.presses("Home")
    offers_nothing(alice)
    alice.presses("End")
    alice.types("o")
    expect(options(alice).first).to_be_visible()
    alice.page.locator("#room-name").click()
    offers_nothing(alice)


def test_the_list_fits_on_a_small_screen(site: Site) -> None:
    una = site.person("Una Uhl", viewport={"width": 360, "height": 400})
    room = site.room(una)
    for n in range(10):  # people without a browser
        site.clerk.make_person(f"vivian_the_{n}th", f"Vivian von und zu Vogelsang the {n}th")
        site.clerk.join(room, f"vivian_the_{n}th")
    una.opens(room)
    una.types("\n".join("lines and lines") + " @v")
    expect(options(una)).to_have_count(8)
    for _ in range(7):
        una.presses("ArrowDown")
    expect(options(una).last).to_be_in_viewport(ratio=1)
    popup = una.page.get_by_role("listbox", name="Suggestions")
    expect(popup).to_be_in_viewport(ratio=1)
    with una.window(340, 380):
        expect(popup).to_be_in_viewport(ratio=1)
    assert popup.evaluate("node => node.scrollWidth - node.clientWidth") == 0
    assert una.overflow == 0
