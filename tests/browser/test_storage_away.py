"""The site can store nothing for a while: its page says so, keeps what is written and recovers."""

import re
import resource
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import expect

from tests.browser.person import Person
from tests.browser.site import Site

FULL = r"the server responded with a status of 503"


@contextmanager
def full_disk(site: Site) -> Iterator[None]:
    """No file of the server process grows or changes, as on a disk without room."""
    pid = site.server.process.pid
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


def test_a_message_waits_for_the_storage_and_is_posted_once(
    site: Site, alice: Person, bob: Person, room: str
) -> None:
    alice.opens(room)
    bob.opens(room)
    alice.posts("before")
    bob.sees("before")
    with full_disk(site):
        alice.posts("Is anybody there?")
        expect(alice.banner).to_contain_text("The site can't store messages now.")
        expect(alice.banner).to_contain_text(re.compile(r"is kept\. Trying again"))
        waiting = alice.sees("Is anybody there?")
        expect(waiting).to_have_attribute("data-state", "pending")
        expect(waiting).to_contain_text("Not stored yet")
        alice.posts("And what of this?")

        alice.reloads()
        expect(alice.sees("Is anybody there?")).to_have_attribute("data-state", "pending")
        expect(alice.sees("And what of this?")).to_have_attribute("data-state", "pending")
        alice.types("still typing")
        expect(alice.banner).to_contain_text("can't store messages")
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


def test_a_waiting_message_can_be_given_up(site: Site, alice: Person, room: str) -> None:
    alice.opens(room)
    with full_disk(site):
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


def test_what_can_t_be_changed_says_so_and_keeps_the_words_and_deletions_wait(
    site: Site, alice: Person, bob: Person, room: str
) -> None:
    alice.opens(room)
    bob.opens(room)
    alice.posts("a slip of the tongue")
    alice.posts("a frist draft")
    alice.sees_sent("a frist draft")
    toast = alice.page.locator("#toast")
    with full_disk(site):
        alice.reacts("👍", "a frist draft")
        expect(toast).to_contain_text("Your reaction was not stored.")
        expect(alice.sees("a frist draft").locator(".reaction")).to_have_count(0)
        alice.deletes("a slip of the tongue")
        alice.edits("a frist draft", "a first draft")
        expect(alice.page.locator("[data-part=editor-hint]")).to_contain_text("still here")
        editor = alice.page.get_by_role("textbox", name="Edit the message")
        expect(editor).to_have_value("a first draft")
        expect(editor).to_be_editable()
    editor.press("Enter")
    alice.sees("a first draft")
    expect(bob.message("a slip of the tongue")).to_have_count(0, timeout=40_000)
    alice.sees_no("a slip of the tongue")
    bob.sees("a first draft")


def test_a_form_that_could_not_be_stored_keeps_what_was_typed(site: Site, alice: Person) -> None:
    alice.trouble.expect(FULL)
    alice.goes_to("/rooms/new/")
    with full_disk(site):
        alice.fills(name="Tea for two", topic="Milk first?")
        alice.clicks("Make the room")
        expect(alice.page.locator("main")).to_contain_text("busy or away")
        alice.page.go_back()
        typed = {name: alice.page.locator(f"[name={name}]:visible") for name in ("name", "topic")}
        expect(typed["name"]).to_have_value("Tea for two")
        expect(typed["topic"]).to_have_value("Milk first?")
    alice.clicks("Make the room")
    expect(alice.page.get_by_role("heading", name="Tea for two")).to_be_visible()
