"""What people see at a glance: the typeface, emoji, what hovering shows, counts, empty rooms."""

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.person import Person
from tests.browser.site import Site
from tests.browser.test_phone import PHONE

LONG = "a message that is long enough to reach the end of its line, and then goes on " * 3

# The boxes of an element and of the text that it might cover.
BOXES = """
([actions, texts]) => {
  const boxOf = ({ left, right, top, bottom }) => ({ left, right, top, bottom });
  const lines = [...document.querySelectorAll(texts)].flatMap((node) => {
    const range = document.createRange();
    range.selectNodeContents(node);
    return [...range.getClientRects()].map(boxOf);
  });
  return [boxOf(document.querySelector(actions).getBoundingClientRect()), lines];
}
"""


def covered(person: Person) -> list[dict[str, float]]:
    """Return the boxes of text that the message toolbar covers."""
    bar, lines = person.page.evaluate(BOXES, [".actions", ".message__body, .message__head"])
    assert lines
    return [
        line
        for line in lines
        if line["left"] < bar["right"] - 1
        and line["right"] > bar["left"] + 1
        and line["top"] < bar["bottom"] - 1
        and line["bottom"] > bar["top"] + 1
    ]


@pytest.mark.parametrize("width", [500, 1024, 1440])
def test_what_hovering_shows_covers_no_text(
    site: Site, alice: Person, bob: Person, width: int
) -> None:
    room = site.room(alice, bob)
    site.clerk.post(room, bob.username, LONG, LONG, f"`{LONG}`", f"> {LONG}")
    with alice.window(width, 800):
        alice.opens(room)
        for index in range(4):
            alice.messages.nth(index).hover()
            expect(alice.messages.nth(index).get_by_role("toolbar")).to_be_visible()
            assert covered(alice) == []


def test_the_rarer_actions_are_a_menu_for_mouse_and_keyboard(
    site: Site, alice: Person, bob: Person
) -> None:
    room = site.room(alice, bob)
    site.clerk.post(room, bob.username, "one", "two")
    alice.context.grant_permissions(["clipboard-read", "clipboard-write"])
    alice.opens(room)
    message = alice.message("two")
    menu = message.get_by_role("group", name="More actions")
    message.hover()
    more = message.get_by_role("button", name="More actions")
    more.click()
    expect(menu).to_be_in_viewport(ratio=1)
    expect(more).to_have_attribute("aria-expanded", "true")
    alice.page.mouse.click(5, 5)
    expect(menu).to_be_hidden()
    message.hover()
    expect(more).to_have_attribute("aria-expanded", "false")

    more.focus()
    alice.presses("Enter")
    expect(menu.get_by_role("button", name="Copy text")).to_be_focused()
    alice.presses("ArrowDown")
    expect(menu.get_by_role("button", name="Copy link")).to_be_focused()
    alice.presses("ArrowUp")
    alice.presses("ArrowUp")
    expect(menu.get_by_role("button", name="Delete")).to_be_focused()
    alice.presses("Escape")
    expect(menu).to_be_hidden()
    expect(more).to_be_focused()
    alice.presses("Enter")
    alice.presses("ArrowDown")
    alice.presses("Enter")
    expect(alice.toast).to_contain_text("Link copied.")
    expect(menu).to_be_hidden()
    expect(message).to_be_focused()


def test_on_a_phone_a_tap_opens_the_actions_and_no_message_has_a_button(
    site: Site, bob: Person
) -> None:
    una = site.person("Una Uhl", **PHONE)
    room = site.room(una, bob)
    site.clerk.post(room, bob.username, "line one", "see https://x.org")
    una.opens(room)
    buttons = una.page.get_by_role("button", name="Message actions")
    for button in buttons.all():
        box = button.bounding_box()
        assert box
        assert box["width"] * box["height"] <= 1, "it can be seen"
    sheet = una.page.get_by_role("dialog", name="Message actions")
    una.message("line one").locator(".message__body").tap()
    expect(sheet.get_by_role("button", name="Copy text")).to_be_in_viewport()
    una.presses("Escape")
    expect(sheet).to_be_hidden()

    # A tap beside the field puts the keyboard away, and does nothing else.
    una.composer.tap()
    una.message("line one").locator(".message__body").tap()
    expect(una.composer).not_to_be_focused()
    expect(sheet).to_be_hidden()

    # With a keyboard or a screen reader, the button is reached, and seen.
    buttons.first.focus()
    una.presses("Shift+Tab")
    una.presses("Tab")
    expect(buttons.first).to_be_focused()
    box = buttons.first.bounding_box()
    assert box
    assert min(box["width"], box["height"]) >= 24
    una.presses("Enter")
    expect(sheet).to_be_visible()


def fonts_of(person: Person, node: Locator) -> set[str]:
    """Return the fonts that the browser draws an element with."""
    wire = person.context.new_cdp_session(person.page)
    wire.send("DOM.enable")
    wire.send("CSS.enable")
    node.evaluate("node => node.setAttribute('data-drawn', '')")
    root = wire.send("DOM.getDocument")["root"]["nodeId"]
    found = wire.send("DOM.querySelector", {"nodeId": root, "selector": "[data-drawn]"})["nodeId"]
    fonts: list[dict[str, Any]] = wire.send("CSS.getPlatformFontsForNode", {"nodeId": found})[
        "fonts"
    ]
    node.evaluate("node => node.removeAttribute('data-drawn')")
    wire.detach()
    return {font["familyName"] for font in fonts}


def test_text_is_set_in_the_typeface_of_the_site(site: Site, alice: Person, bob: Person) -> None:
    room = site.room(alice, bob, name="Łódź")
    site.clerk.post(room, bob.username, "Grüße, Łódź, Жук, Ωμέγα, Đặng 0123456789", "שלום לכולם")
    alice.opens(room)
    alice.page.evaluate("document.fonts.ready")
    heading = alice.page.get_by_role("heading", level=1)
    for node in (heading, *alice.messages.locator(".message__body").all()):
        fonts = fonts_of(alice, node)
        assert fonts
        assert all(re.match("Inter|Heebo", font) for font in fonts), fonts


@pytest.mark.parametrize("text", ["☺ ❤ ☎ ✔ 😀 🎉", "☺️ ❤️ ☎️ ✔️ 😀 👩‍💻 🏳️‍🌈 🇩🇪"])
def test_emoji_are_all_drawn_by_one_font(site: Site, alice: Person, bob: Person, text: str) -> None:
    room = site.room(alice, bob)
    site.clerk.post(room, bob.username, text)
    alice.opens(room)
    body = alice.messages.last.locator(".message__body")
    fonts = {family for family in fonts_of(alice, body) if "Inter" not in family}
    assert len(fonts) == 1, f"{text} is drawn by {fonts}"


# The widths of lines of text, each on a line of its own.
WIDTHS = """
() => [...document.querySelectorAll("article .message__body")].map((node) => {
  const range = document.createRange();
  range.selectNodeContents(node);
  return range.getBoundingClientRect().width;
})
"""


def test_text_takes_the_same_room_before_its_typeface_has_come(
    site: Site, bob: Person, room: str
) -> None:
    lines = ["The quick brown fox jumps over it", "Wie geht es dir heute?", "1,024 of 2,048 rooms"]
    site.clerk.post(room, bob.username, *lines)
    widths = []
    for blocked in (True, False):
        vera = site.person("Vera Vogt")
        site.clerk.join(room, vera.username)
        if blocked:
            vera.trouble.expect("ERR_FAILED|preload")
            vera.page.route("**/*.woff2", lambda route: route.abort())
        vera.opens(room)
        vera.page.evaluate("document.fonts.ready")
        widths.append(vera.page.evaluate(WIDTHS))
    for without, with_it in zip(*widths, strict=True):
        assert abs(without / with_it - 1) < 0.05, widths


def test_an_empty_room_says_what_it_is_and_what_to_do(site: Site, alice: Person) -> None:
    room = site.room(alice, topic="")
    alice.opens(room)
    beginning = alice.page.locator("[data-part=start]")
    expect(beginning).to_contain_text("Write the first message.")
    expect(beginning.get_by_role("link", name="Invite people")).to_be_visible()
    expect(beginning.get_by_role("link", name="Set a topic")).to_be_visible()
    alice.posts("Hello")
    alice.sees_sent("Hello")
    expect(beginning.get_by_text("Write the first message.")).to_be_hidden()
    expect(beginning).to_be_visible()


def test_a_missing_page_leaves_the_rooms_live(
    site: Site, alice: Person, bob: Person, room: str
) -> None:
    alice.trouble.expect("status of 404")
    alice.goes_to("/no/such/page/").is_connected()
    expect(alice.page.get_by_role("heading", level=1)).to_have_text("Page not found")
    site.clerk.post(room, bob.username, "news")
    expect(alice.badge(room)).to_have_text("1")
    alice.page.locator(f"[data-room='{room}'] a").click()
    alice.sees("news")


def test_a_count_is_as_round_as_its_number(site: Site) -> None:
    olga = site.person("Olga Olsen", staff=True)
    room = site.room(olga, bob := site.person("Bob Brown"))
    site.clerk.furnish_desk(room, olga.username, bob.username)
    olga.opens(room)
    badge = olga.page.locator("[data-part=waiting]")
    expect(badge).to_be_visible()
    box = badge.bounding_box()
    assert box
    assert box["width"] < 2 * box["height"]
