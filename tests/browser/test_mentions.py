"""Mentions: who is meant sees it, and nobody is called by accident."""

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.person import Person
from tests.browser.site import Site

CROWD = 12  # more than may be called without a question


@pytest.fixture
def alice(site: Site) -> Person:
    """Not the shared one: these tests leave drafts behind."""
    return site.person("Alice Adams")


def mention(person: Person, text: str) -> Locator:
    return person.message(text).locator(".mention")


def guard(person: Person) -> Locator:
    return person.page.locator("[data-part=guard]")


def marked(person: Person, text: str) -> Locator:
    return person.message(text).and_(person.page.locator(".message--mention"))


def test_a_mention_is_marked_for_whom_it_concerns_and_opens_their_card(
    site: Site, alice: Person
) -> None:
    ben = site.person("Ben Bell")
    room = site.room(alice, ben)
    for person in (alice, ben):
        person.opens(room)
    alice.posts(f"hi @{ben.username}, `@{ben.username}`")
    for person in (alice, ben):
        expect(mention(person, "hi @")).to_have_text("@Ben Bell")
    expect(marked(ben, "hi @")).to_be_visible()
    expect(ben.message("hi @")).to_have_attribute("aria-label", re.compile("mentions you$"))
    expect(marked(alice, "hi @")).to_have_count(0)
    site.clerk.call_person(ben.username, "Benjamin")
    expect(mention(alice, "hi @")).to_have_text("@Benjamin")
    card = alice.page.get_by_role("dialog", name="Benjamin")
    mention(alice, "hi @").click()
    expect(card).to_contain_text(f"@{ben.username}")
    alice.presses("Escape")
    expect(card).to_be_hidden()
    mention(alice, "hi @").focus()
    alice.presses("Enter")
    expect(card).to_be_visible()


def test_a_message_of_before_shows_the_name_of_now(site: Site, alice: Person) -> None:
    ben = site.person("Ben Bell")
    room = site.room(alice, ben)
    site.clerk.post(room, alice.username, f"ask @{ben.username} or @room")
    site.clerk.call_person(ben.username, "Benjamin")
    ben.opens(room)
    expect(mention(ben, "ask")).to_have_text(["@Benjamin", "@room"])
    expect(marked(ben, "ask")).to_be_visible()
    ben.posts("me?")
    alice.opens(room)
    alice.sees("me?")
    alice.does("Reply", "ask")
    expect(alice.page.locator("[data-part=reply-text]")).to_have_text("ask @Benjamin or @room")


def test_what_is_copied_has_usernames(site: Site, alice: Person) -> None:
    ben = site.person("Ben Bell")
    room = site.room(alice, ben)
    site.clerk.post(room, alice.username, f"ask @{ben.username} please")
    alice.opens(room)
    expect(mention(alice, "ask")).to_have_text("@Ben Bell")
    copied = (
        alice.message("ask")
        .locator(".message__body")
        .evaluate(
            """(body) => {
          getSelection().selectAllChildren(body);
          const data = new DataTransfer();
          const options = { clipboardData: data, bubbles: true, cancelable: true };
          body.dispatchEvent(new ClipboardEvent("copy", options));
          return data.getData("text/plain");
        }"""
        )
    )
    assert copied == f"ask @{ben.username} please"
    expect(mention(alice, "ask")).to_have_text("@Ben Bell")


def test_calling_many_people_takes_a_second_enter(site: Site, alice: Person) -> None:
    room = site.room(alice)
    site.clerk.crowd(room, CROWD)
    alice.opens(room)
    alice.posts("@room, tea!")
    expect(guard(alice)).to_contain_text(f"This notifies {CROWD} people.")
    expect(guard(alice).get_by_role("button", name="Send", exact=True)).to_be_focused()
    alice.presses("Escape")
    expect(guard(alice)).to_be_hidden()
    expect(alice.composer).to_be_focused()
    expect(alice.composer).to_have_value("@room, tea!")
    alice.presses("Enter")
    expect(guard(alice)).to_be_visible()
    alice.presses("Enter")
    alice.sees_sent("@room, tea!")
    expect(alice.composer).to_be_focused()
    alice.posts("no @rooms here")
    alice.sees_sent("no @rooms here")


def test_an_edit_that_calls_many_people_takes_a_second_enter_and_no_other_does(
    site: Site, alice: Person
) -> None:
    room = site.room(alice)
    site.clerk.crowd(room, CROWD)
    alice.opens(room)
    alice.posts("tea!")
    alice.sees_sent("tea!")
    alice.presses("ArrowUp")
    editor = alice.page.get_by_role("textbox", name="Edit message")
    question = alice.page.locator("form.editor [data-part=guard]")
    editor.fill("@room, tea!")
    alice.presses("Enter")
    expect(question).to_contain_text(f"This notifies {CROWD} people.")
    expect(question.get_by_role("button", name="Save", exact=True)).to_be_focused()
    alice.presses("Escape")
    expect(question).to_be_hidden()
    expect(editor).to_be_focused()
    expect(editor).to_have_value("@room, tea!")
    alice.presses("Enter")
    expect(question).to_be_visible()
    alice.presses("Enter")
    expect(mention(alice, ", tea!")).to_have_text("@room")
    expect(alice.composer).to_be_focused()
    alice.presses("ArrowUp")
    editor.fill("@room, coffee!")
    alice.presses("Enter")
    alice.sees("coffee!")  # they know already


def test_somebody_outside_is_named_and_can_be_invited(site: Site, alice: Person) -> None:
    ben, cleo = site.person("Ben Bell"), site.person("Cleo Cook")
    room = site.room(alice, ben)
    for person in (alice, ben):
        person.opens(room)
    ben.posts(f"ask @{cleo.username}")
    expect(guard(ben)).to_contain_text("Cleo Cook isn't in this room and won't be notified.")
    expect(guard(ben).get_by_role("button")).to_have_text(["Send anyway", "Cancel"])
    ben.presses("Enter")
    alice.sees(f"ask @{cleo.username}")
    alice.posts(f"welcome @{cleo.username}")
    guard(alice).get_by_role("button", name="Invite and send").click()
    expect(mention(ben, "welcome")).to_have_text("@Cleo Cook")
    cleo.opens(room)
    expect(marked(cleo, "welcome")).to_be_visible()


def test_the_room_s_settings_say_who_may_call_everyone(site: Site, alice: Person) -> None:
    ben = site.person("Ben Bell")
    room = site.room(alice, ben)
    ben.opens(room)
    options = ben.page.get_by_role("listbox", name="Suggestions").get_by_role("option")
    ben.types("@r")
    expect(options.filter(has_text="all 2 members")).to_have_count(1)
    ben.composer.fill("")
    alice.goes_to(f"/rooms/{room}/settings/")
    alice.page.get_by_label("Who can use @room").select_option("Only owners and moderators")
    form = alice.page.locator("form", has=alice.page.get_by_label("Who can use @room"))
    form.get_by_role("button", name="Save").click()
    expect(alice.page.get_by_text("Saved.")).to_be_visible()
    site.clerk.post(room, alice.username, "as I said")
    ben.sees("as I said")  # and what was before it
    ben.types("@r")
    expect(options.filter(has_text="all 2 members")).to_have_count(0)
    ben.composer.fill("")
    ben.posts("hello @room")
    expect(guard(ben)).to_contain_text("Only owners and moderators can use @room here.")
    ben.presses("Enter")
    expect(mention(ben, "hello")).to_have_count(0)
    ben.sees_sent("hello @room")
