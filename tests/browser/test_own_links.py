"""Links to rooms of this site show the room's name to those who know it, and open in place."""

import re

from playwright.sync_api import expect

from tests.browser.person import Person
from tests.browser.site import Site

# Names of rooms end with a number in these tests.
NAMED = re.compile(r"see #There \d+ . message 2 or #There \d+\.")


def test_a_link_to_a_room_of_mine_shows_its_name_and_opens_without_a_page_load(
    site: Site, bob: Person
) -> None:
    alice = site.person("Alice Adams")
    here, there = site.room(alice, bob, name="Here"), site.room(alice, name="There")
    site.clerk.post(there, alice.username, "first", "second")
    address = f"{site.address}/rooms/{there}/"
    alice.opens(here)
    alice.page.evaluate("window.loaded = 'once'")
    alice.composer.fill(f"see {address}2/ or {address}.")
    alice.presses("Control+Alt+p")
    preview = alice.page.get_by_role("region", name="Preview")
    expect(preview).to_contain_text(NAMED)
    alice.presses("Escape")
    alice.presses("Enter")
    message = alice.sees_sent(NAMED)
    assert [body for _, _, body in site.clerk.messages(here)] == [f"see {address}2/ or {address}."]
    link = message.get_by_role("link", name=re.compile("^#There.* message 2$"))
    expect(link).to_have_attribute("title", f"{address}2/")
    with alice.context.expect_page() as other:
        link.click(modifiers=["Control"])
    other.value.close()
    link.click()
    expect(alice.page).to_have_url(re.compile(f"/rooms/{there}/2/$"))
    alice.sees("second")
    assert alice.page.evaluate("window.loaded") == "once"


def test_a_room_s_name_is_shown_to_nobody_who_does_not_know_the_room(
    site: Site, alice: Person, bob: Person
) -> None:
    here = site.room(alice, bob, name="Here")
    secret = site.room(alice, name="Merger plans", kind="private")
    site.clerk.post(here, alice.username, f"see {site.address}/rooms/{secret}/")
    for person in (alice, bob):
        person.opens(here)
    alice.sees("see ◆Merger plans")
    link = bob.sees(f"/rooms/{secret}/").get_by_role("link", name=site.address)
    expect(link).not_to_have_attribute("target", "_blank")
    assert "Merger" not in bob.page.content()


def test_a_renamed_room_is_renamed_in_links_and_a_named_link_keeps_its_words(
    site: Site, alice: Person, bob: Person
) -> None:
    here, there = site.room(alice, bob, name="Here"), site.room(alice, bob, name="There")
    address = f"{site.address}/rooms/{there}/"
    site.clerk.post(here, alice.username, f"bare {address}", f"[that room]({address})")
    bob.opens(here)
    bob.sees("bare #There")
    bob.sees("that room")
    site.clerk.call_room(there, alice.username, "Elsewhere", "")
    bob.sees("bare #Elsewhere")
    bob.sees("that room")


def test_links_to_other_sites_open_a_new_tab(site: Site, alice: Person, room: str) -> None:
    site.clerk.post(room, alice.username, "https://other.example/rooms/general/")
    alice.opens(room)
    link = alice.page.get_by_role("link", name="https://other.example/rooms/general/")
    expect(link).to_have_attribute("target", "_blank")
