"""While the site can't store anything, pages say so, keep what is written, and recover."""

import re

from playwright.sync_api import expect

from tests.browser.person import Person
from tests.browser.site import Site
from tests.integration.storage_watch import full_disk

FULL = r"the server responded with a status of 503"


def test_a_message_waits_for_storage_and_is_posted_once(
    site: Site, alice: Person, bob: Person, room: str
) -> None:
    alice.opens(room)
    bob.opens(room)
    alice.posts("before")
    bob.sees("before")
    with full_disk(site.server, room=0):
        alice.posts("Is anybody there?")
        expect(alice.banner).to_contain_text("Messages can't be saved right now.")
        expect(alice.banner).to_contain_text(re.compile(r"is kept\. Retrying"))
        waiting = alice.sees("Is anybody there?")
        expect(waiting).to_have_attribute("data-state", "pending")
        expect(waiting).to_contain_text("Not saved yet")
        alice.posts("And what of this?")

        alice.reloads()
        expect(alice.sees("Is anybody there?")).to_have_attribute("data-state", "pending")
        expect(alice.sees("And what of this?")).to_have_attribute("data-state", "pending")
        alice.types("still typing")
        expect(alice.banner).to_contain_text("can't be saved")
        alice.clicks("Try now")
        expect(alice.banner).to_be_visible()
        bob.sees_no("Is anybody there?")
    alice.has_nothing_unsent(within=40)
    expect(alice.banner).to_be_hidden()
    expect(alice.composer).to_have_value("still typing")
    bob.sees("And what of this?")
    stored = [(1, "before"), (2, "Is anybody there?"), (3, "And what of this?")]
    assert [(number, body) for number, _, body in site.clerk.messages(room)] == stored
    for person in (alice, bob):
        assert [(number, body) for number, _, body in person.timeline] == stored
    alice.composer.fill("")


def test_a_waiting_message_can_be_discarded(site: Site, alice: Person, room: str) -> None:
    alice.opens(room)
    with full_disk(site.server, room=0):
        alice.posts("on second thought")
        waiting = alice.sees("on second thought")
        expect(waiting.get_by_role("button", name="Copy", exact=True)).to_be_visible()
        expect(waiting.get_by_role("button", name="Retry", exact=True)).to_be_hidden()
        waiting.get_by_role("button", name="Discard", exact=True).click()
        alice.sees_no("on second thought")
        expect(alice.banner).to_be_hidden()
    alice.posts("something else")
    alice.sees_sent("something else")
    assert [body for _, _, body in site.clerk.messages(room)] == ["something else"]


def test_a_failed_edit_says_so_and_keeps_its_text_and_deletions_wait(
    site: Site, alice: Person, bob: Person, room: str
) -> None:
    alice.opens(room)
    bob.opens(room)
    alice.posts("a slip of the tongue")
    alice.posts("a frist draft")
    alice.sees_sent("a frist draft")
    toast = alice.page.locator("#toast")
    with full_disk(site.server, room=0):
        alice.reacts("👍", "a frist draft")
        expect(toast).to_contain_text("Couldn't save your reaction.")
        expect(alice.sees("a frist draft").locator(".reaction")).to_have_count(0)
        alice.deletes("a slip of the tongue")
        alice.edits("a frist draft", "a first draft")
        expect(alice.page.locator("[data-part=editor-hint]")).to_contain_text("still here")
        editor = alice.page.get_by_role("textbox", name="Edit message")
        expect(editor).to_have_value("a first draft")
        expect(editor).to_be_editable()
    editor.press("Enter")
    alice.sees("a first draft")
    expect(bob.message("a slip of the tongue")).to_have_count(0, timeout=40_000)
    alice.sees_no("a slip of the tongue")
    bob.sees("a first draft")


def test_a_form_that_could_not_be_stored_keeps_its_input(site: Site, alice: Person) -> None:
    alice.trouble.expect(FULL)
    alice.goes_to("/rooms/new/")
    with full_disk(site.server, room=0):
        alice.fills(name="Tea for two", topic="Milk first?")
        with alice.page.expect_response(lambda answer: answer.status == 503):
            alice.clicks("Create room")
        alice.page.go_back()
        typed = {name: alice.page.locator(f"[name={name}]:visible") for name in ("name", "topic")}
        expect(typed["name"]).to_have_value("Tea for two")
        expect(typed["topic"]).to_have_value("Milk first?")
    alice.clicks("Create room")
    expect(alice.page.get_by_role("heading", name="Tea for two", level=1)).to_be_visible()
