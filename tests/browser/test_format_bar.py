"""The formatting bar and the preview of the draft."""

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.person import Person
from tests.browser.site import Site


@pytest.fixture
def alice(site: Site) -> Person:
    return site.person("Alice Adams")


def bar(person: Person) -> Locator:
    return person.page.get_by_role("toolbar", name="Formatting")


def presses(person: Person, name: str) -> None:
    bar(person).get_by_role("button", name=name, exact=True).click()


@pytest.mark.parametrize(
    ("button", "typed"),
    [
        ("Bold", "**word**"),
        ("Italic", "_word_"),
        ("Strikethrough", "~~word~~"),
        ("Link", "[word]()"),
        ("Code", "`word`"),
        ("Code block", "```\nword\n```"),
        ("Quote", "> word"),
        ("List", "- word"),
        ("Numbered list", "1. word"),
    ],
)
def test_a_button_formats_the_selection_and_can_be_undone(
    alice: Person, room: str, site: Site, button: str, typed: str
) -> None:
    site.clerk.join(room, alice.username)
    alice.opens(room)
    alice.types("word")
    alice.presses("Control+a")
    presses(alice, button)
    expect(alice.composer).to_have_value(typed)
    expect(alice.composer).to_be_focused()
    alice.presses("Control+z")
    expect(alice.composer).to_have_value("word")


def test_the_bar_is_one_tab_stop_and_arrows_walk_it(alice: Person, room: str) -> None:
    alice.opens(room)
    alice.composer.focus()
    alice.presses("Shift+Tab")  # to the button that adds files
    alice.presses("Shift+Tab")
    focused = alice.page.locator(":focus")
    expect(focused).to_have_attribute("aria-label", "Bold")
    alice.presses("ArrowRight")
    expect(focused).to_have_attribute("aria-label", "Italic")
    alice.presses("End")
    expect(focused).to_have_attribute("aria-label", "Preview")
    alice.presses("ArrowRight")
    expect(focused).to_have_attribute("aria-label", "Bold")
    alice.presses("Enter")
    expect(alice.composer).to_have_value("****")
    alice.presses("Shift+Tab")
    alice.presses("Shift+Tab")
    alice.presses("Escape")
    expect(alice.composer).to_be_focused()


def test_a_hidden_bar_stays_hidden(alice: Person, site: Site, room: str) -> None:
    alice.opens(room)
    toggle = alice.page.locator("[data-part=bar-toggle]")
    expect(toggle).to_have_attribute("aria-expanded", "true")
    toggle.click()
    expect(bar(alice)).to_be_hidden()
    alice.reloads()
    expect(bar(alice)).to_be_hidden()
    expect(toggle).to_have_attribute("aria-expanded", "false")
    toggle.click()
    expect(bar(alice)).to_be_visible()


def test_on_a_phone_the_bar_takes_no_line_until_it_is_opened(site: Site) -> None:
    mona = site.person("Mona Moss", viewport={"width": 360, "height": 640}, has_touch=True)
    mona.opens(site.room(mona))
    expect(bar(mona)).to_be_hidden()
    mona.page.locator("[data-part=bar-toggle]").tap()
    expect(bar(mona)).to_be_visible()
    mona.composer.fill("word")
    mona.composer.select_text()
    presses(mona, "Bold")
    expect(mona.composer).to_have_value("**word**")
    assert mona.overflow == 0


def test_the_preview_shows_what_will_be_sent_and_escape_returns_to_the_text(
    alice: Person, room: str
) -> None:
    alice.opens(room)
    preview = alice.page.get_by_role("region", name="Preview")
    alice.composer.fill("**bold** and\n- a list")
    alice.presses("Control+Alt+p")
    expect(preview).to_be_focused()
    expect(preview.locator("strong")).to_have_text("bold")
    expect(preview.locator("li")).to_have_text("a list")
    expect(alice.composer).to_be_hidden()
    alice.presses("Escape")
    expect(alice.composer).to_be_focused()
    expect(alice.composer).to_have_value("**bold** and\n- a list")
    presses(alice, "Preview")
    expect(preview).to_be_visible()
    alice.page.get_by_role("button", name="Send").click()
    alice.sees_sent(re.compile("bold and"))
    expect(preview).to_be_hidden()
    expect(alice.composer).to_be_focused()


def test_a_preview_says_what_it_cannot_show(alice: Person, room: str) -> None:
    alice.opens(room)
    alice.composer.fill("see https://é.example")
    alice.presses("Control+Alt+p")
    preview = alice.page.get_by_role("region", name="Preview")
    expect(preview).to_contain_text("see https://é.example")
    expect(preview).to_contain_text("formatted only once it’s sent")
    alice.presses("Escape")
    alice.composer.fill("")
    alice.presses("Control+Alt+p")
    expect(preview).to_be_hidden()
