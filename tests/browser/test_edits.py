"""Unsaved edits: there again wherever their author opens the room."""

from playwright.sync_api import Locator, expect

from tests.browser.person import GONE, Person
from tests.browser.site import Site
from tests.browser.test_drafts import kept

# The key that cancels a composition, as an input method reports it.
COMPOSED_ESCAPE = """
(field) => field.dispatchEvent(new KeyboardEvent("keydown", {
  key: "Escape", isComposing: true, bubbles: true, cancelable: true,
}))
"""


def editor(person: Person) -> Locator:
    return person.page.get_by_role("textbox", name="Edit message")


def mark(person: Person) -> Locator:
    return person.page.locator(".message__status:visible", has_text="Unsaved edit")


def test_an_edit_has_the_composer_s_keys_and_survives_its_page(site: Site) -> None:
    alice, bob = site.person("Alice Adams"), site.person("Bob Brown")
    room = site.room(alice, bob)
    for person in (alice, bob):
        person.opens(room)
    alice.posts("a word")
    alice.sees_sent("a word")
    alice.presses("ArrowUp")
    alice.presses("Shift+Home")
    alice.presses("Control+b")
    alice.presses("End")
    editor(alice).press_sequentially(" for @bo")
    option = alice.page.get_by_role("option", name="Bob Brown")
    expect(option).to_be_visible()
    alice.presses("Tab")
    editor(alice).press_sequentially(" :tada:")
    text = f"**a word** for @{bob.username}  🎉"
    expect(editor(alice)).to_have_value(text)
    kept(alice, room, text)

    alice.reloads()
    expect(mark(alice)).to_be_visible()
    bob.sees("a word")
    expect(mark(bob)).to_have_count(0)
    alice.clicks("Continue")
    expect(editor(alice)).to_have_value(text)
    alice.presses("Enter")
    bob.sees("a word for @Bob Brown 🎉")
    expect(editor(alice)).to_have_count(0)
    kept(alice, room, None)
    expect(mark(alice)).to_have_count(0)


def test_edited_text_survives_a_deletion_of_the_message_and_a_slip_of_its_author(
    site: Site, alice: Person, bob: Person, room: str
) -> None:
    for person in (alice, bob):
        person.opens(room)
    bob.posts("first")
    bob.sees_sent("first")
    bob.does("Edit", "first")
    editor(bob).fill("first, with care")
    editor(bob).evaluate(COMPOSED_ESCAPE)
    expect(editor(bob)).to_be_visible()
    bob.presses("Escape")
    expect(editor(bob)).to_have_count(0)
    bob.clicks("Undo")
    expect(editor(bob)).to_have_value("first, with care")

    alice.deletes_of_another("first")
    expect(bob.messages).to_contain_text(GONE)
    expect(bob.messages.get_by_role("button", name="Save")).to_be_hidden()
    expect(bob.messages.get_by_role("button", name="Copy", exact=True)).to_be_visible()
    expect(editor(bob)).to_have_value("first, with care")
    bob.reloads()
    expect(mark(bob)).to_be_visible()
    expect(bob.messages.get_by_role("button", name="Continue")).to_be_hidden()
    bob.messages.get_by_role("button", name="Discard").click()
    expect(mark(bob)).to_have_count(0)
