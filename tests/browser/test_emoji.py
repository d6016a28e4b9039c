"""The emoji picker, in the composer and on a message."""

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.person import Person
from tests.browser.site import Site


@pytest.fixture
def zoe(site: Site) -> Person:
    """A person who hasn't used any emoji yet."""
    return site.person("Zoë Ångström")


def picker(person: Person) -> Locator:
    return person.page.get_by_role("dialog", name="Emoji")


def search(person: Person) -> Locator:
    return person.page.get_by_role("textbox", name="Search emoji")


def found(person: Person) -> Locator:
    return picker(person).locator("section:not([hidden]) button")


def opens_picker(person: Person) -> None:
    person.clicks("Emoji")
    expect(search(person)).to_be_focused()


def test_an_emoji_is_inserted_where_the_caret_was(site: Site, zoe: Person) -> None:
    zoe.opens(site.room(zoe))
    zoe.types("hello !")
    zoe.presses("ArrowLeft")
    opens_picker(zoe)
    zoe.page.keyboard.type("waving hand")
    expect(found(zoe).first).to_have_accessible_name("waving hand")
    zoe.presses("Enter")
    expect(picker(zoe)).to_be_hidden()
    expect(zoe.composer).to_be_focused()
    expect(zoe.composer).to_have_value("hello 👋!")
    zoe.presses("Control+z")
    expect(zoe.composer).to_have_value("hello !")


def test_arrow_keys_move_and_escape_closes(site: Site, zoe: Person) -> None:
    zoe.opens(site.room(zoe))
    zoe.types("as it was")
    opens_picker(zoe)
    zoe.presses("ArrowDown")
    expect(found(zoe).nth(0)).to_be_focused()
    zoe.presses("ArrowRight")
    zoe.presses("ArrowDown")
    expect(found(zoe).nth(9)).to_be_focused()
    expect(picker(zoe).locator("[data-part=name]")).to_have_text(re.compile(":.+:"))
    zoe.presses("ArrowUp")
    zoe.presses("ArrowUp")
    expect(search(zoe)).to_be_focused()
    zoe.presses("ArrowDown")
    zoe.page.keyboard.type("heart")
    expect(search(zoe)).to_have_value("heart")
    expect(found(zoe).first).to_have_text("❤️")
    zoe.presses("Escape")
    expect(picker(zoe)).to_be_hidden()
    expect(zoe.page.get_by_role("button", name="Emoji", exact=True)).to_be_focused()
    expect(zoe.composer).to_have_value("as it was")


def test_recently_used_emoji_come_first_next_time(site: Site, zoe: Person) -> None:
    room = site.room(zoe)
    zoe.opens(room)
    for words in ("rocket", "fire"):
        opens_picker(zoe)
        expect(picker(zoe).get_by_role("region", name="Smileys")).to_be_visible()
        zoe.page.keyboard.type(words)
        expect(found(zoe).first).to_have_accessible_name(words)
        zoe.presses("Enter")
    zoe.composer.fill("")
    zoe.reloads()
    opens_picker(zoe)
    lately = picker(zoe).get_by_role("region", name="Recently used").get_by_role("button")
    expect(lately).to_have_text(["🔥", "🚀"])


def test_the_skin_tone_is_remembered(site: Site, zoe: Person) -> None:
    zoe.opens(site.room(zoe))
    opens_picker(zoe)
    zoe.page.get_by_role("combobox", name="Skin tone").select_option(label="✋🏽")
    search(zoe).fill("waving")
    expect(found(zoe).first).to_have_text("👋🏽")
    zoe.presses("Escape")
    zoe.types(":wave")
    expect(zoe.page.get_by_role("option").first).to_contain_text("👋🏽")
    zoe.reloads()
    zoe.composer.fill("")
    zoe.types(":thumbsu")
    expect(zoe.page.get_by_role("option").first).to_contain_text("👍🏽")


def test_a_group_button_scrolls_to_its_emoji(site: Site, zoe: Person) -> None:
    zoe.opens(site.room(zoe))
    opens_picker(zoe)
    flags = picker(zoe).get_by_role("region", name="Flags")
    expect(flags).not_to_be_in_viewport()
    groups = zoe.page.get_by_role("toolbar", name="Emoji categories")
    groups.get_by_role("button", name="Flags").click()
    expect(flags).to_be_in_viewport()
    expect(groups.get_by_role("button", name="Flags")).to_have_attribute("aria-current", "true")
    picker(zoe).get_by_role("button", name="chequered flag").click()
    expect(zoe.composer).to_have_value("🏁")


def test_its_button_and_a_click_outside_close_the_picker(site: Site, zoe: Person) -> None:
    zoe.opens(site.room(zoe))
    opens_picker(zoe)
    zoe.clicks("Emoji")
    expect(picker(zoe)).to_be_hidden()
    opens_picker(zoe)
    zoe.page.locator("#room-name").click()
    expect(picker(zoe)).to_be_hidden()


def test_any_emoji_can_be_a_reaction(site: Site, zoe: Person, bob: Person) -> None:
    room = site.room(zoe, bob)
    zoe.opens(room)
    bob.opens(room)
    bob.posts("what a day")
    zoe.sees_sent("what a day")
    zoe.does("React", "what a day")
    zoe.message("what a day").get_by_role("button", name="More emoji").click()
    expect(search(zoe)).to_be_focused()
    zoe.page.keyboard.type("unicorn")
    expect(found(zoe).first).to_have_text("🦄")
    zoe.presses("Enter")
    for person in (zoe, bob):
        expect(person.message("what a day").locator(".reaction")).to_contain_text("🦄")


def test_nothing_of_the_picker_is_fetched_until_it_is_opened(site: Site, zoe: Person) -> None:
    fetched: list[str] = []
    zoe.page.on("request", lambda request: fetched.append(request.url))
    zoe.opens(site.room(zoe))
    expect(zoe.page.get_by_role("button", name="Emoji", exact=True)).to_be_visible()
    assert not [url for url in fetched if "/emoji-picker" in url]
    opens_picker(zoe)
    assert len([url for url in fetched if "/emoji-picker" in url]) == 1
    assert all(url.startswith(site.address) for url in fetched)


def test_without_a_connection_the_picker_says_so_and_can_be_opened_later(
    site: Site, zoe: Person
) -> None:
    zoe.trouble.expect("ERR_FAILED")
    zoe.opens(site.room(zoe))
    zoe.page.route("**/vendor/**", lambda route: route.abort())
    zoe.clicks("Emoji")
    expect(zoe.toast).to_contain_text("available offline")
    zoe.page.unroute("**/vendor/**")
    opens_picker(zoe)


def test_the_picker_fits_on_a_small_screen(site: Site) -> None:
    una = site.person("Una Uhl", viewport={"width": 360, "height": 640})
    una.opens(site.room(una))
    opens_picker(una)
    expect(picker(una)).to_be_in_viewport(ratio=1)
    sections = picker(una).locator("[data-part=sections]")
    assert sections.evaluate("node => node.scrollWidth - node.clientWidth") == 0
    assert una.overflow == 0


def test_on_a_phone_a_reaction_takes_three_taps(site: Site, bob: Person) -> None:
    una = site.person(
        "Una Uhl", viewport={"width": 360, "height": 640}, has_touch=True, is_mobile=True
    )
    room = site.room(una, bob)
    site.clerk.post(room, bob.username, "what a day")
    una.opens(room)
    message = una.message("what a day")
    message.locator(".message__body").tap()
    palette = message.get_by_role("group", name="Reactions").get_by_role("button")
    expect(palette).to_have_count(9)
    for button in palette.all():
        expect(button).to_be_in_viewport(ratio=1)
    palette.last.tap()
    expect(picker(una)).to_be_in_viewport(ratio=1)
    expect(search(una)).not_to_be_focused()  # the on-screen keyboard would cover it
    picker(una).get_by_role("button", name="face with tears of joy", exact=True).tap()
    expect(picker(una)).to_be_hidden()
    expect(message.locator(".reaction")).to_contain_text("😂")
