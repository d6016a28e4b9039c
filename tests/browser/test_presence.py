"""The people at the site: what they say beside their name, whether they may be disturbed."""

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.axe import Inspector
from tests.browser.person import Person
from tests.browser.site import Site
from tests.browser.test_phone import PHONE

DIALOG = "Your status"
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def dora(site: Site) -> Person:
    """A person in no rooms but her test's."""
    return site.person("Dora Dean")


@pytest.fixture
def erin(site: Site) -> Person:
    return site.person("Erin Eve")


@pytest.fixture
def talk(site: Site, dora: Person, erin: Person) -> str:
    """Their direct room."""
    return site.clerk.make_direct(dora.username, erin.username)


def status_dialog(person: Person) -> Locator:
    return person.page.get_by_role("dialog", name=DIALOG)


def row(person: Person, name: str) -> Locator:
    """A conversation in the list of rooms."""
    return person.page.locator("[data-list=direct] [data-room]").filter(has_text=name)


def dot(within: Locator) -> Locator:
    return within.locator(".presence").first


def says(within: Locator, word: str) -> None:
    expect(dot(within)).to_have_attribute("data-presence", word)


def sets_status(person: Person, text: str, *, until: str = "") -> None:
    person.clicks(DIALOG)
    dialog = status_dialog(person)
    dialog.get_by_label("What's up?").fill(text)
    if until:
        dialog.get_by_label("Clear after").select_option(until)
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_be_hidden()


def test_the_list_of_rooms_says_who_is_at_the_site(dora: Person, erin: Person, talk: str) -> None:
    dora.goes_to("/rooms/").is_connected()
    says(row(dora, "Erin Eve"), "offline")
    erin.goes_to("/rooms/").is_connected()
    says(row(dora, "Erin Eve"), "online")
    link = row(dora, "Erin Eve").get_by_role("link")
    expect(link).to_have_accessible_name(re.compile("Erin Eve online"))
    dora.opens(talk)
    says(dora.page.locator("#room-face"), "online")
    erin.page.close()
    says(row(dora, "Erin Eve"), "offline")
    expect(link).to_have_accessible_name(re.compile("Erin Eve offline"))


def test_a_status_shows_beside_the_name_and_clears_itself(
    dora: Person, erin: Person, talk: str
) -> None:
    dora.page.clock.install()
    dora.opens(talk)
    erin.goes_to("/rooms/").is_connected()
    sets_status(erin, f"On leave {HOSTILE}", until="60")
    status = row(dora, "Erin Eve").locator(".status")
    expect(status).to_have_text(f"💬On leave {HOSTILE}")
    member = dora.page.locator("chat-members .member").filter(has_text="Erin Eve")
    expect(member.locator(".status")).to_contain_text("On leave")
    member.get_by_role("button").click()
    card = dora.page.get_by_role("dialog", name="Erin Eve")
    expect(card).to_contain_text(f"On leave {HOSTILE}")
    expect(card).to_contain_text("Online")
    expect(erin.page.locator(".sidebar__me .status")).to_contain_text("On leave")
    # The page's own clock ends it, whatever the server says and when.
    dora.page.clock.fast_forward("02:00:00")
    expect(status).to_be_hidden()


def test_an_emoji_and_a_suggestion_are_picked_and_the_status_is_cleared(
    dora: Person, erin: Person, talk: str
) -> None:
    dora.goes_to("/rooms/").is_connected()
    dora.presses("Control+Shift+Y")
    dialog = status_dialog(dora)
    dialog.get_by_role("button", name="On holiday").click()
    expect(dialog.get_by_label("What's up?")).to_have_value("On holiday")
    dialog.get_by_role("button", name="Choose an emoji").click()
    dora.page.locator("chat-emoji [data-part=search]").fill("beach")
    dora.page.locator("chat-emoji [data-found] button").first.click()
    expect(dialog.get_by_role("button", name="Choose an emoji")).to_be_focused()
    dialog.get_by_role("button", name="Save").click()
    status = dora.page.locator(".sidebar__me .status")
    expect(status).to_contain_text("On holiday")
    expect(status).not_to_contain_text("🌴")
    dora.presses("Control+k")
    dora.page.get_by_role("combobox").fill("clear your status")
    dora.presses("Enter")
    expect(status).to_be_hidden()


def test_do_not_disturb_is_shown_to_the_sender_and_turned_off(
    dora: Person, erin: Person, talk: str
) -> None:
    dora.opens(talk)
    line = dora.page.locator("chat-composer [data-part=quiet]")
    erin.goes_to("/rooms/").is_connected()
    erin.presses("Control+k")
    erin.page.get_by_role("combobox").fill("do not disturb for")
    erin.presses("Enter")
    expect(line).to_have_text(re.compile(r"Erin Eve doesn't want to be disturbed until .*\d+:\d+"))
    says(row(dora, "Erin Eve"), "quiet")
    expect(row(dora, "Erin Eve").get_by_role("link")).to_have_accessible_name(
        re.compile("do not disturb")
    )
    another = erin.another_tab()
    another.goes_to("/rooms/").is_connected()
    another.clicks(DIALOG)
    off = status_dialog(another).get_by_role("button", name="Turn off")
    off.click()
    expect(off).to_be_hidden()
    expect(line).to_be_hidden()
    says(row(dora, "Erin Eve"), "online")
    expect(erin.page.locator(".sidebar__me .presence")).to_have_attribute("data-presence", "online")


def test_ten_minutes_without_input_are_idle_until_the_next_one(
    dora: Person, erin: Person, talk: str
) -> None:
    dora.goes_to("/rooms/").is_connected()
    erin.page.clock.install()
    erin.goes_to("/rooms/").is_connected()
    says(row(dora, "Erin Eve"), "online")
    # A jump, as of a laptop that sleeps: running through all timers would let pings time out before
    # the server can answer.
    erin.page.clock.fast_forward(590_000)
    says(row(dora, "Erin Eve"), "online")
    erin.page.clock.fast_forward(15_000)
    says(row(dora, "Erin Eve"), "idle")
    erin.page.mouse.move(200, 300)
    says(row(dora, "Erin Eve"), "online")


def test_the_dialog_is_accessible_and_fits_on_a_phone(site: Site, inspector: Inspector) -> None:
    fay = site.person("Fay Fox", **PHONE)
    fay.goes_to("/rooms/").is_connected()
    fay.clicks("Rooms")
    fay.clicks(DIALOG)
    expect(status_dialog(fay)).to_be_visible()
    assert fay.overflow == 0
    inspector.looks_at(fay, "the dialog of one's status", "#status-dialog")
