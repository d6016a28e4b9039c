"""Whatever has the focus may vanish: who works by keyboard goes on from there, not from the top."""

import re

from playwright.sync_api import Locator, expect

from tests.browser.person import Person
from tests.browser.site import Site
from tests.browser.test_outbox import Gatekeeper


def presses(person: Person, goal: Locator, key: str = "Enter") -> None:
    goal.focus()
    person.presses(key)


def action(message: Locator, name: str) -> Locator:
    """In the toolbar, which comes to the message that has the focus."""
    message.focus()
    return message.get_by_role("button", name=name, exact=True)


def test_what_goes_from_the_conversation(site: Site, alice: Person, bob: Person, room: str) -> None:
    gate = Gatekeeper(alice)
    gate.refuses = re.compile("refused")
    site.clerk.post(room, bob.username, "https://x.org/ to edit", "to delete", "to react to")
    alice.opens(room)
    bob.opens(room)
    alice.posts("refused")

    alice.reacts("🎉", "to react to")
    chip = alice.message("to react to").locator(".reaction")
    presses(alice, chip)
    expect(chip).to_have_count(0)
    expect(alice.message("to react to")).to_be_focused()

    alice.message("to edit").get_by_role("link", name="x.org").focus()
    bob.edits("to edit", "has been edited")
    expect(alice.sees("has been edited")).to_be_focused()

    deleted = alice.message("to delete")
    action(deleted, "Reply").focus()
    bob.deletes("to delete")
    bob.goes_to("/rooms/")  # which ends the time to undo it
    expect(alice.sees("was deleted")).to_be_focused()

    presses(alice, alice.message("refused").get_by_role("button", name="Discard"))
    alice.sees_no("refused")
    expect(alice.page.locator("article:focus")).to_have_count(1)


def test_what_was_open_over_it(site: Site, alice: Person, bob: Person) -> None:
    room = site.room(alice, bob)
    site.clerk.fill(room, bob.username, count=120, days=3)
    site.clerk.has_read(room, alice.username, 20)
    alice.opens(room)
    focused = alice.page.locator("article:focus")

    presses(alice, alice.page.get_by_role("button", name="new messages"))
    expect(alice.page.locator(".pill")).to_be_hidden()
    expect(focused).to_be_in_viewport()

    alice.composer.focus()
    for key in ("Control+k", "Escape"):
        alice.presses(key)
    expect(alice.composer).to_be_focused()

    presses(alice, alice.messages.last, "d")
    expect(alice.page.get_by_role("dialog", name="Go to a day")).to_be_visible()
    alice.presses("Escape")
    expect(alice.messages.last).to_be_focused()

    alice.posts("mine")
    alice.sees_sent("mine")
    presses(alice, alice.message("mine"), "Delete")
    presses(alice, alice.toast.get_by_role("button", name="Undo"))
    expect(alice.sees("mine")).to_be_focused()
    presses(alice, alice.message("mine"), "e")
    alice.presses("Escape")
    expect(alice.composer).to_be_focused()


def test_what_the_page_is_made_of(site: Site, alice: Person, bob: Person, room: str) -> None:
    alice.opens(room)
    owner = alice.another_tab().goes_to(f"/rooms/{room}/settings/")
    members = alice.page.get_by_role("button", name=re.compile("^Members"))
    alice.page.get_by_role("button", name="Close the list of members").focus()
    with alice.window(360, 640):
        expect(members).to_be_focused()
        for opener in (members, alice.page.locator("[data-opens=sidebar]")):
            presses(alice, opener)
            expect(alice.page.locator("[data-drawer] :focus")).to_have_count(1)
            alice.presses("Escape")
            expect(opener).to_be_focused()

    alice.composer.focus()
    owner.clicks("Archive the room")
    expect(alice.reason).to_be_focused()
    presses(alice, alice.page.get_by_role("link", name="Browse rooms"))
    expect(alice.page.locator("h1")).to_have_text("Rooms")
    expect(alice.page.locator("#main")).to_be_focused()
