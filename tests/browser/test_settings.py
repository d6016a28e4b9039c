"""The settings: sections in the chat's frame, and an appearance that follows in every tab."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.axe import Inspector
from tests.browser.person import Person
from tests.browser.site import Site
from tests.browser.test_phone import PHONE

PAPER = "getComputedStyle(document.body).backgroundColor"
DARK, LIGHT = "rgb(27, 26, 24)", "rgb(252, 251, 248)"
SECTIONS = (
    *(
        "profile",
        "security",
        "sessions",
        "notifications",
        "appearance",
        "language",
        "privacy",
        "data",
    ),
)
TIME = ".message__link time"


def chooses(person: Person, name: str) -> None:
    person.page.get_by_role("radio", name=name, exact=True).check()


def is_painted(person: Person, paper: str) -> None:
    patience = 4000  # a second is promised
    person.page.wait_for_function(f"() => {PAPER} === '{paper}'", timeout=patience)


def test_a_scheme_shows_at_once_here_and_within_a_second_in_another_tab(
    site: Site, inspector: Inspector
) -> None:
    alice = site.person("Alice Adams")
    room = site.room(alice)
    site.clerk.post(room, alice.username, "What time is it?")
    window = alice.another_tab().opens(room)
    alice.goes_to("/accounts/appearance/").is_connected()
    expect(alice.page.get_by_role("button", name="Save")).to_be_hidden()
    bars = alice.page.locator("meta[name=theme-color][media=all]")
    for choice, paper, bar in (("Dark", DARK, "#151412"), ("Light", LIGHT, "#f4f2ec")):
        chooses(alice, choice)
        is_painted(alice, paper)
        is_painted(window, paper)
        expect(bars).to_have_attribute("content", bar)
    alice.page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    is_painted(alice, LIGHT)
    inspector.looks_at(alice, "a light page on a dark system")
    chooses(alice, "Dark")
    alice.page.emulate_media(color_scheme="light")
    is_painted(alice, DARK)
    alice.reloads()
    is_painted(alice, DARK)
    expect(alice.page.get_by_role("radio", name="Dark")).to_be_checked()


def test_size_density_clock_and_motion_follow_in_the_open_room(site: Site) -> None:
    alice = site.person("Alice Adams")
    room = site.room(alice)
    site.clerk.post(room, alice.username, "What time is it?")
    window = alice.another_tab().opens(room)
    time = window.page.locator(TIME)
    expect(time).to_have_text(re.compile(r"^\d\d:\d\d$"))
    before = window.message("What time").bounding_box()
    alice.goes_to("/accounts/appearance/").is_connected()
    chooses(alice, "12 hours")
    expect(time).to_have_text(re.compile(r"^\d{1,2}:\d\d [ap]m$"))
    chooses(alice, "24 hours")
    expect(time).to_have_text(re.compile(r"^\d\d:\d\d$"))
    chooses(alice, "Very large")
    expect(window.page.locator("html")).to_have_css("font-size", re.compile(r"^20\.3"))
    chooses(alice, "Normal")
    chooses(alice, "Compact")
    expect(window.page.locator("html[data-density=compact]")).to_be_attached()
    after = window.message("What time").bounding_box()
    assert before is not None
    assert after is not None
    assert after["height"] < before["height"]
    chooses(alice, "Reduced")
    expect(window.page.locator("html[data-motion=reduced]")).to_be_attached()
    quick = "getComputedStyle(document.querySelector('.button')).transitionDuration"
    assert window.page.evaluate(quick).startswith("1e-05s")


def test_a_choice_that_cannot_be_saved_is_taken_back_and_said(site: Site) -> None:
    alice = site.person("Alice Adams")
    alice.page.route_web_socket(
        re.compile("/ws/"),
        lambda socket: _refusing(socket, '"appearance.set"'),
    )
    alice.goes_to("/accounts/appearance/").is_connected()
    alice.page.get_by_role("radio", name="Dark", exact=True).click()
    expect(alice.toast).to_contain_text("Couldn't save. Too often.")
    is_painted(alice, LIGHT)
    expect(alice.page.get_by_role("radio", name="Like my device").first).to_be_checked()


def _refusing(socket: object, words: str) -> None:
    """Pass everything on but commands with these words, which are refused."""
    server = socket.connect_to_server()  # type: ignore[attr-defined]

    def hear(said: str) -> None:
        if words in said:
            ref = re.search(r'"ref":"([^"]+)"', said)
            assert ref
            socket.send(  # type: ignore[attr-defined]
                f'{{"type":"error","ref":"{ref[1]}","code":"invalid","detail":"Too often."}}'
            )
        else:
            server.send(said)

    socket.on_message(hear)  # type: ignore[attr-defined]


def test_the_sections_open_without_reloading_the_frame_and_back_works(
    site: Site, alice: Person, bob: Person
) -> None:
    room = site.room(alice, bob)
    alice.opens(room)
    alice.page.evaluate("window.stayed = true")
    alice.page.get_by_title("Profile and settings").click()
    sections = alice.page.get_by_role("navigation", name="Settings")
    expect(sections.get_by_role("link")).to_have_count(len(SECTIONS))
    expect(alice.page.get_by_role("link", name="Browse rooms")).not_to_have_attribute(
        "aria-current", "page"
    )
    for name in ("Privacy", "Appearance"):
        sections.get_by_role("link", name=name).click()
        expect(alice.page.get_by_role("heading", name=name, level=1)).to_be_visible()
        expect(alice.page).to_have_title(re.compile(name))
        expect(sections.locator("[aria-current=page]")).to_have_text(name)
        expect(alice.page.locator("#status")).to_have_text(name)
    bob.opens(room)
    bob.posts("Are you there?")
    expect(alice.badge(room)).to_have_text("1")
    alice.page.go_back()
    expect(alice.page.get_by_role("heading", name="Privacy", level=1)).to_be_visible()
    alice.page.go_back()
    alice.page.go_back()
    alice.sees("Are you there?")
    assert alice.page.evaluate("window.stayed"), "the page was reloaded"


def test_a_phone_shows_a_list_and_then_one_section(site: Site, inspector: Inspector) -> None:
    una = site.person("Una", **PHONE)
    una.goes_to("/accounts/").is_connected()
    links = una.page.get_by_role("navigation", name="Settings").get_by_role("link")
    expect(links).to_have_count(len(SECTIONS))
    expect(una.page.get_by_role("heading", name="Settings", level=1)).to_be_visible()
    expect(una.page.get_by_label("Display name")).to_be_hidden()
    inspector.looks_at(una, "the list of settings on a phone")
    links.get_by_text("Profile").tap()
    expect(una.page.get_by_label("Display name")).to_be_visible()
    expect(links.first).to_be_hidden()
    inspector.looks_at(una, "a section on a phone")
    una.page.get_by_role("main").get_by_role("link", name="Settings").tap()
    expect(links.first).to_be_visible()


def test_everything_can_be_chosen_by_keyboard(site: Site) -> None:
    alice = site.person("Alice Adams")
    alice.goes_to("/accounts/appearance/").is_connected()
    alice.page.get_by_role("radio", name="Like my device").first.focus()
    alice.presses("ArrowDown")
    expect(alice.page.get_by_role("radio", name="Light")).to_be_checked()
    alice.presses("ArrowDown")
    is_painted(alice, DARK)
    alice.presses("Tab")
    expect(alice.page.get_by_role("radio", name="Normal")).to_be_focused()


def test_the_switcher_changes_the_colours(site: Site) -> None:
    alice = site.person("Alice Adams").goes_to("/rooms/").is_connected()
    for words, paper in (("dark", DARK), ("light", LIGHT)):
        alice.presses("Control+k")
        alice.page.keyboard.type(words)
        expect(alice.page.get_by_role("option", selected=True)).to_contain_text("colours")
        alice.presses("Enter")
        is_painted(alice, paper)


def test_without_scripts_a_choice_is_saved_by_its_button(site: Site) -> None:
    alice = site.person("Alice Adams", java_script_enabled=False)
    alice.goes_to("/accounts/appearance/")
    chooses(alice, "Dark")
    alice.clicks("Save")
    expect(alice.page.get_by_text("Saved.")).to_be_visible()
    expect(alice.page.locator("html[data-scheme=dark]")).to_be_attached()
    alice.clicks("Log out")
    expect(alice.page.locator("html[data-scheme]")).to_have_count(0)


@pytest.mark.parametrize("locale", ["en-GB", "de-DE", "he-IL"])
def test_no_section_is_wider_than_a_small_phone_at_the_largest_size(
    site: Site, locale: str
) -> None:
    una = site.person("Una", locale=locale, viewport={"width": 360, "height": 640})
    una.goes_to("/accounts/appearance/").is_connected()
    una.page.locator("[name=text][value=larger]").check()
    expect(una.page.locator("html[data-text=larger]")).to_be_attached()
    for section in SECTIONS:
        una.goes_to(f"/accounts/{section}/")
        expect(una.page.locator("html[data-text=larger]")).to_be_attached()
        assert una.overflow == 0, section
        main = una.page.locator(".app__scroll")
        assert main.evaluate("node => node.scrollWidth - node.clientWidth") == 0, section
