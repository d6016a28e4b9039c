"""Favourites and folded sections, by mouse and keyboard, the same in every window."""

import re
from collections.abc import Sequence

from playwright.sync_api import Locator, expect

from tests.browser.person import Person
from tests.browser.site import Site


def test_an_arrangement_made_in_one_window_shows_in_the_other(site: Site, bob: Person) -> None:
    alice = site.person("Alice Adams")  # without other rooms
    a, b, c = (site.room(alice, bob, name=f"Room {name}") for name in "abc")
    window = alice.another_tab().opens(c)
    alice.opens(a)
    alice.page.bring_to_front()

    alice.page.locator("#room-star").click()
    row(alice, c).hover()
    row(alice, c).get_by_role("button", name="Favourite").click()
    row(alice, b).get_by_role("link").focus()
    alice.presses("*")
    both_show(alice, window, favourites=[a, c, b], rooms=[])
    expect(row(alice, b).get_by_role("link")).to_be_focused()
    expect(window.page.locator("#room-star")).to_have_attribute("aria-pressed", "true")

    alice.presses("Control+Shift+ArrowUp")
    alice.presses("Control+Shift+ArrowUp")
    both_show(alice, window, favourites=[b, a, c], rooms=[])
    expect(row(alice, b).get_by_role("link")).to_be_focused()
    row(alice, c).drag_to(row(alice, b), target_position={"x": 40, "y": 3})
    both_show(alice, window, favourites=[c, b, a], rooms=[])
    alice.presses("Alt+ArrowUp")
    expect(alice.page).to_have_url(re.compile(f"/rooms/{b}/$"))

    fold = alice.page.get_by_role("button", name="Favourites")
    fold.click()
    expect(fold).to_have_attribute("aria-expanded", "false")
    expect(rows(alice, "favourites")).to_have_count(1)
    expect(rows(window, "favourites")).to_have_count(1)
    bob.opens(a)
    bob.posts("hello")
    heading = alice.page.locator("[data-section=favourites] [data-part=hidden-count]")
    expect(heading).to_have_text("1")
    alice.reloads()
    expect(rows(alice, "favourites")).to_have_count(1)
    expect(heading).to_have_text("1")
    window.page.locator("#room-star").click()
    expect(rows(alice, "rooms")).to_have_count(1)

    fold.click()
    row(alice, c).drag_to(row(alice, b), target_position={"x": 40, "y": 3})
    both_show(alice, window, favourites=[c, b, a], rooms=[])
    expect(alice.page.locator("[data-drop]")).to_have_count(0)


def rows(person: Person, section: str) -> Locator:
    return person.page.locator(f"[data-list={section}] [data-room]")


def row(person: Person, room: str) -> Locator:
    return person.page.locator(f"chat-sidebar [data-room='{room}']")


def both_show(*windows: Person, favourites: Sequence[str], rooms: Sequence[str]) -> None:
    for window in windows:
        for section, slugs in (("favourites", favourites), ("rooms", rooms)):
            shown = rows(window, section)
            expect(shown).to_have_count(len(slugs))
            for at, slug in enumerate(slugs):
                expect(shown.nth(at)).to_have_attribute("data-room", slug)
