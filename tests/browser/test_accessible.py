"""axe-core's verdict on every page and everything that opens on one, in light and dark."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.axe import Inspector
from tests.browser.person import Person
from tests.browser.site import Site
from tests.browser.test_outbox import Gatekeeper
from tests.browser.test_phone import PHONE

CODE = "```python\ndef tea(pots: int) -> str:\n    return f'{pots} pots'  # hot\n```"
RICH = """## A heading

- a list with **bold**, `code` and https://example.com/

| pot | cups |
| --- | --- |
| blue | 4 |

> a quotation"""


@pytest.fixture
def full_room(site: Site, alice: Person, bob: Person) -> str:
    """A room with everything that can be in one; alice has it open."""
    room = site.room(alice, bob)
    site.clerk.post(site.room(bob, alice, name="Elsewhere"), bob.username, "hi")
    site.clerk.fill(room, bob.username, count=25, days=3)
    site.clerk.post(room, bob.username, CODE, RICH, f"@{alice.username} look", "reply to this")
    site.clerk.post(room, alice.username, "my words", "not for long", "😃")
    gate = Gatekeeper(alice)
    gate.refuses = re.compile("refused")
    alice.opens(room)
    alice.presses("Escape")
    alice.does("Reply", "reply to this")
    alice.posts("a reply")
    alice.sees_sent("a reply")
    alice.edits("my words", "my words, edited")
    expect(alice.sees("my words, edited").locator("form")).to_have_count(0)
    alice.reacts("🎉", "reply to this")
    alice.posts("refused")
    expect(alice.unsent).to_be_visible()
    alice.deletes("not for long")
    return room


def test_a_refused_form_an_address_of_nothing_and_open_settings_are_accessible(
    site: Site, alice: Person, bob: Person, inspector: Inspector
) -> None:
    room = site.room(alice, bob)
    stranger = site.visitor()
    stranger.goes_to("/accounts/signup/")
    stranger.fills(username="a b", password1="1", password2="2")
    stranger.clicks("Create account")
    inspector.looks_at(stranger, "signup, refused")
    stranger.trouble.expect("404")
    for path in ("nowhere", "invite/no-such-invitation-here/"):
        stranger.goes_to(f"/{path}")
        inspector.looks_at(stranger, path)
    alice.goes_to(f"/rooms/{room}/settings/")
    alice.clicks("Create link")
    for summary in alice.page.locator("summary").all():
        summary.click()
    inspector.looks_at(alice, "settings")


@pytest.mark.usefixtures("full_room")
def test_a_room_and_everything_that_opens_in_it_are_accessible(
    alice: Person, inspector: Inspector
) -> None:
    inspector.looks_at(alice, "room")
    alice.does("React", "a reply")
    inspector.looks_at(alice, "palette", ".actions")
    alice.presses("Escape")
    alice.does("Edit", "a reply")
    inspector.looks_at(alice, "editor", ".message--editing")
    alice.presses("Escape")
    alice.types("@b")
    expect(alice.page.get_by_role("option").first).to_be_visible()
    inspector.looks_at(alice, "suggestions", "chat-composer")
    alice.composer.fill("")
    alice.composer.fill("**bold**")
    alice.presses("Control+Alt+p")
    inspector.looks_at(alice, "preview", "chat-composer")
    alice.presses("Escape")
    alice.composer.fill("")
    alice.clicks("Emoji")
    expect(alice.page.get_by_role("textbox", name="Search emoji")).to_be_focused()
    inspector.looks_at(alice, "emoji", "chat-emoji")
    alice.presses("Escape")
    alice.scroller.evaluate("node => node.scrollTo(0, 0)")
    expect(alice.page.locator(".pill")).to_be_visible()
    inspector.looks_at(alice, "above")
    for opener in ("Go to…", "Keyboard shortcuts", "Connected", "Today"):
        alice.page.get_by_role("button", name=opener).last.click()
        expect(alice.page.locator("dialog[open]")).to_be_visible()
        inspector.looks_at(alice, opener, "dialog[open]")
        alice.presses("Escape")
    alice.does("Delete", "reply to this")
    inspector.looks_at(alice, "deletion", "dialog[open]")


def test_sections_of_one_s_own_and_their_dialogs_are_accessible(
    site: Site, inspector: Inspector
) -> None:
    sia = site.person("Sia Sand")
    sia.opens(site.room(sia))
    link = sia.page.locator("chat-sidebar [data-room] a").first
    link.press("v")
    dialog = sia.page.locator("dialog[open]")
    inspector.looks_at(sia, "place", "dialog[open]")
    for name in ("Work", "Play"):
        dialog.get_by_role("textbox").fill(name)
        sia.presses("Enter")
        expect(dialog).to_have_count(0)
        link.press("v")
    sia.presses("Escape")
    inspector.looks_at(sia, "sections", "chat-sidebar")
    sia.page.get_by_role("button", name="Edit section").last.press("Enter")
    inspector.looks_at(sia, "section", "dialog[open]")


def test_the_inbox_and_the_question_before_a_mention_are_accessible(
    site: Site, bob: Person, inspector: Inspector
) -> None:
    ina, cleo = site.person("Ina Inn"), site.person("Cleo Cook")
    room = site.room(ina, bob)
    site.clerk.post(room, bob.username, f"@{ina.username} look", "and at this")
    ina.goes_to("/inbox/").is_connected()
    expect(ina.page.locator(".inbox__item[data-unread]")).to_have_count(1)
    inspector.looks_at(ina, "inbox")
    ina.clicks("Mark inbox as read")
    inspector.looks_at(ina, "reading all of it", "dialog[open]")
    ina.presses("Escape")
    ina.goes_to("/inbox/unread/").is_connected()
    expect(ina.page.locator(".unread-room")).to_contain_text("and at this")
    inspector.looks_at(ina, "unread rooms")
    ina.opens(room)
    ina.page.locator("#room-notify").click()
    inspector.looks_at(ina, "notifications of a room", "dialog[open]")
    ina.presses("Escape")
    ina.posts(f"@{cleo.username} look")
    expect(ina.page.get_by_role("button", name="Invite and send")).to_be_visible()
    inspector.looks_at(ina, "a mention of somebody outside", "chat-composer")


def test_moderation_dialogs_and_their_effects_are_accessible(
    site: Site, bob: Person, inspector: Inspector
) -> None:
    alice = site.person("Alice Adams")  # not shared: she ignores bob from here on
    room = site.room(alice, bob)
    site.clerk.post(room, bob.username, "a line")
    alice.opens(room)
    alice.does("Report", "a line")
    inspector.looks_at(alice, "report", "dialog[open]")
    alice.presses("Escape")
    for deed in ("mute", "remove"):
        alice.does("View author", "a line")
        if deed == "mute":
            inspector.looks_at(alice, "card", "dialog[open]")
        alice.page.locator(f"[data-deed={deed}]").click()
        inspector.looks_at(alice, deed, "dialog[open]")
        alice.presses("Escape")
    alice.does("View author", "a line")
    alice.page.locator("[data-deed=ignore]").click()
    expect(alice.page.locator(".fold")).to_be_visible()
    inspector.looks_at(alice, "folded", "chat-timeline")
    bob.opens(room)
    site.clerk.mute(room, alice.username, bob.username)
    expect(bob.reason).to_be_visible()
    inspector.looks_at(bob, "muted", "chat-composer")


def test_the_phone_layout_and_the_lobby_are_accessible(
    site: Site, alice: Person, full_room: str, inspector: Inspector
) -> None:
    una = site.person("Una Uhl", **PHONE)
    site.clerk.join(full_room, una.username)
    una.opens(full_room)
    inspector.looks_at(una, "phone")
    una.messages.last.locator(".message__body").tap()
    inspector.looks_at(una, "sheet", "dialog[open]")
    una.presses("Escape")
    for drawer in ("sidebar", "members"):
        una.page.locator(f"[data-opens={drawer}]").tap()
        inspector.looks_at(una, f"drawer of {drawer}", f"#{drawer}")
        una.presses("Escape")
    alice.goes_to("/rooms/").is_connected()
    for summary in alice.page.locator("summary").all():
        summary.click()
    inspector.looks_at(alice, "lobby")


def test_new_messages_are_announced_and_many_at_once_as_a_number(
    site: Site, alice: Person, bob: Person, room: str
) -> None:
    alice.opens(room)
    read_out = alice.page.get_by_role("log", name="New messages").locator("p")
    alice.posts("nobody reads me my own words")
    alice.sees_sent("my own words")
    site.clerk.post(room, bob.username, "good **morning**")
    expect(read_out).to_have_text(["Bob Brown: good morning"])
    site.clerk.post(room, bob.username, *(f"line {n}" for n in range(6)))
    expect(read_out).to_have_text(["Bob Brown: good morning", "6 new messages"])


BACKGROUNDS = """
nodes => nodes.map(node => getComputedStyle(node).backgroundColor)
"""


def test_with_forced_colours_the_current_item_is_distinguishable(site: Site, room: str) -> None:
    """Only a background marks them, and forced colours remove it."""
    vera = site.person("Vera Vogt", forced_colors="active", color_scheme="dark")
    site.clerk.join(room, vera.username)
    site.room(vera, name="Elsewhere")
    vera.opens(room)
    vera.presses("Control+k")
    paper = vera.page.evaluate("getComputedStyle(document.body).backgroundColor")
    current = vera.page.locator("[aria-current=page], [role=option][aria-selected=true]")
    here, chosen = current.evaluate_all(BACKGROUNDS)
    assert here == chosen != paper


# The longest transition or animation on the page, in ms.
SLOWEST = """
() => Math.max(...[...document.querySelectorAll("*")].flatMap((node) =>
  ["", "::before", "::after"].flatMap((part) => {
    const { transitionDuration, animationDuration } = getComputedStyle(node, part || null);
    return [transitionDuration, animationDuration].flatMap((list) => list.split(","));
  })).map((time) => parseFloat(time) * (time.trim().endsWith("ms") ? 1 : 1000)))
"""


def test_with_reduced_motion_nothing_moves(alice: Person, room: str) -> None:
    alice.opens(room)
    alice.presses("Control+k")
    expect(alice.page.locator("dialog[open]")).to_be_visible()
    alice.page.emulate_media(reduced_motion="no-preference")
    assert alice.page.evaluate(SLOWEST) >= 100, "something moves"
    alice.page.emulate_media(reduced_motion="reduce")
    assert alice.page.evaluate(SLOWEST) < 1
