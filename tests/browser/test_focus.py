"""When the focused element disappears, keyboard users continue from its place, not from the top."""

import re

from playwright.sync_api import Locator, expect

from tests.browser.person import Person
from tests.browser.site import Site
from tests.browser.test_outbox import Gatekeeper


def presses(person: Person, goal: Locator, key: str = "Enter") -> None:
    goal.focus()
    person.presses(key)


def action(message: Locator, name: str) -> Locator:
    """Press a button in the toolbar, which appears on the focused message."""
    message.focus()
    return message.get_by_role("button", name=name, exact=True)


def test_focus_survives_parts_of_the_conversation_disappearing(
    site: Site, alice: Person, bob: Person, room: str
) -> None:
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
    bob.goes_to("/rooms/")  # which ends the time for the undo
    expect(alice.sees("was deleted")).to_be_focused()

    presses(alice, alice.unsent.get_by_role("button", name="Discard"))
    expect(alice.unsent).to_have_count(0)
    expect(alice.composer).to_be_focused()


def test_focus_returns_when_overlays_close(site: Site, alice: Person, bob: Person) -> None:
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
    expect(alice.page.get_by_role("dialog", name="Jump to a date")).to_be_visible()
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


def test_focus_survives_parts_of_the_page_disappearing(
    site: Site, alice: Person, bob: Person, room: str
) -> None:
    alice.opens(room)
    owner = alice.another_tab().goes_to(f"/rooms/{room}/settings/")
    members = alice.page.get_by_role("button", name=re.compile("^Members"))
    alice.page.get_by_role("button", name="Close member list").focus()
    with alice.window(360, 640):
        expect(members).to_be_focused()
        for opener in (members, alice.page.locator("[data-opens=sidebar]")):
            presses(alice, opener)
            expect(alice.page.locator("[data-drawer] :focus")).to_have_count(1)
            alice.presses("Escape")
            expect(opener).to_be_focused()

    alice.composer.focus()
    owner.clicks("Archive room")
    expect(alice.reason).to_be_focused()
    presses(alice, alice.page.get_by_role("link", name="Browse rooms"))
    expect(alice.page.locator("h1")).to_have_text("Rooms")
    expect(alice.page.locator("#main")).to_be_focused()


def test_focus_stays_on_a_member_who_comes_or_goes(site: Site, alice: Person) -> None:
    carol = site.person("Carol Clark")
    alice.opens(site.room(alice, carol))
    here, away = (alice.page.locator(f"[data-part={part}]") for part in ("here", "away"))
    expect(away).to_contain_text("Carol Clark")
    member = alice.page.locator("chat-members").get_by_role("button", name="Carol Clark")
    member.focus()
    carol.goes_to("/rooms/")
    expect(here).to_contain_text("Carol Clark")
    expect(member).to_be_focused()
    carol.page.close()
    expect(away).to_contain_text("Carol Clark")
    expect(member).to_be_focused()
