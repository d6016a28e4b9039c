"""The composer: its keys, its limits, and what it refuses."""

import pytest
from playwright.sync_api import expect

from tests.browser.person import Person
from tests.browser.site import Site

# The key that ends a composition, as an input method reports it: in Chromium within it, in Safari
# after it.
COMPOSED_ENTER = """
(field, init) => {
  const how = { key: "Enter", bubbles: true, cancelable: true, ...init };
  const event = new KeyboardEvent("keydown", how);
  return field.dispatchEvent(event);
}
"""
PASTE = """
(field, { text }) => {
  const clipboardData = new DataTransfer();
  clipboardData.setData("text/plain", text);
  const event = new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true });
  return field.dispatchEvent(event);
}
"""


@pytest.fixture
def alice(site: Site) -> Person:
    """Not the shared one: these tests leave drafts behind."""
    return site.person("Alice Adams")


def wrote(person: Person, text: str) -> None:
    expect(person.composer).to_have_value(text)
    expect(person.composer).to_be_focused()


# -- sending --


def test_enter_sends_and_shift_breaks_the_line(site: Site, alice: Person, room: str) -> None:
    alice.opens(room)
    alice.types("one")
    alice.presses("Shift+Enter")
    alice.types("two")
    wrote(alice, "one\ntwo")
    alice.presses("Enter")
    alice.sees_sent("one")
    wrote(alice, "")


@pytest.mark.parametrize("init", [{"isComposing": True}, {"keyCode": 229}])
def test_enter_chooses_a_word_while_an_input_method_composes(
    site: Site, alice: Person, room: str, init: dict[str, object]
) -> None:
    alice.opens(room)
    alice.types("にほん")
    assert alice.composer.evaluate(COMPOSED_ENTER, init)  # left to the input method
    wrote(alice, "にほん")
    assert not alice.composer.evaluate(COMPOSED_ENTER, {})
    alice.sees_sent("にほん")


def test_white_space_alone_is_not_sent(site: Site, alice: Person, room: str) -> None:
    alice.opens(room)
    alice.types("   ")
    alice.presses("Enter")
    wrote(alice, "   ")
    send = alice.page.get_by_role("button", name="Send")
    expect(send).to_have_attribute("aria-disabled", "true")
    alice.types("said")
    alice.presses("Enter")
    alice.sees_sent("said")
    assert len(alice.timeline) == 1


def test_too_long_a_text_is_counted_and_kept(site: Site, alice: Person, room: str) -> None:
    alice.opens(room)
    count = (
        alice.page.locator("[data-part=count]")
        .locator("visible=true")
        .and_(alice.page.locator("chat-composer *"))
    )
    alice.composer.fill("x" * 7690)
    expect(count).to_have_count(0)
    alice.composer.fill("👍" * 7990)
    expect(count).to_have_text("10")
    alice.composer.fill("x" * 8001)
    expect(count).to_have_text("-1")
    alice.presses("Enter")
    assert alice.caret[0] == "x" * 8001
    assert alice.timeline == []


def test_on_a_touch_screen_enter_breaks_the_line_and_the_button_sends(site: Site) -> None:
    mona = site.person("Mona Moss", has_touch=True, is_mobile=True)
    mona.opens(site.room(mona))
    mona.composer.tap()
    mona.types("one")
    mona.presses("Enter")
    mona.types("two")
    wrote(mona, "one\ntwo")
    mona.page.get_by_role("button", name="Send").tap()
    mona.sees_sent("one")
    wrote(mona, "")


# -- code --


def test_in_an_open_code_block_enter_breaks_the_line(site: Site, alice: Person, room: str) -> None:
    alice.opens(room)
    alice.types("```py")
    alice.presses("Enter")
    alice.types("print()")
    alice.presses("Enter")
    wrote(alice, "```py\nprint()\n")
    alice.types("```")
    alice.presses("Enter")
    wrote(alice, "")
    expect(alice.page.locator("pre.code")).to_contain_text("print()")


# -- formatting --


def test_a_key_formats_and_can_be_undone(site: Site, alice: Person, room: str) -> None:
    alice.opens(room)
    for key, result in (
        ("Control+b", "**word**"),
        ("Control+i", "_word_"),
        ("Control+e", "`word`"),
        ("Control+Shift+X", "~~word~~"),
        ("Control+Shift+U", "[word]()"),
    ):
        alice.composer.fill("")
        alice.types("a word")
        for _ in "word":
            alice.presses("Shift+ArrowLeft")
        alice.presses(key)
        wrote(alice, f"a {result}")
        alice.presses("Control+z")
        wrote(alice, "a word")
        alice.presses("Control+Shift+z")
        wrote(alice, f"a {result}")


def test_formatting_twice_removes_it(site: Site, alice: Person, room: str) -> None:
    alice.opens(room)
    alice.types("word")
    alice.presses("Control+a")
    alice.presses("Control+b")
    alice.presses("Control+b")
    assert alice.caret == ("word", 0, 4)
    alice.presses("Control+b")
    alice.presses("Enter")
    expect(alice.sees_sent("word").locator("strong")).to_have_text("word")


def test_a_list_continues_until_an_empty_item(site: Site, alice: Person, room: str) -> None:
    alice.opens(room)
    alice.types("1. milk")
    alice.presses("Shift+Enter")
    alice.types("bread")
    alice.presses("Shift+Enter")
    wrote(alice, "1. milk\n2. bread\n3. ")
    alice.presses("Shift+Enter")
    wrote(alice, "1. milk\n2. bread\n")


def test_an_address_pasted_over_words_becomes_a_link(site: Site, alice: Person, room: str) -> None:
    alice.opens(room)
    alice.types("here")
    alice.presses("Control+a")
    assert not alice.composer.evaluate(PASTE, {"text": "https://example.com/a"})
    wrote(alice, "[here](https://example.com/a)")
    assert alice.composer.evaluate(PASTE, {"text": "https://example.com/b"})  # as usual


def test_tab_is_never_trapped(site: Site, alice: Person, room: str) -> None:
    alice.opens(room)
    alice.types("- text")
    alice.presses("Tab")
    expect(alice.composer).not_to_be_focused()
    alice.presses("Shift+Tab")
    wrote(alice, "- text")


# -- the focus --


def test_typing_anywhere_starts_a_message(site: Site, alice: Person, room: str) -> None:
    alice.opens(room)
    alice.posts("first")
    alice.sees_sent("first").focus()
    alice.page.keyboard.type("hello")
    wrote(alice, "hello")


def test_shortcuts_and_dialogs_keep_their_keys(site: Site, alice: Person, room: str) -> None:
    alice.opens(room)
    alice.posts("first")
    alice.sees_sent("first").focus()
    for key in ("ArrowUp", "Control+c", "Alt+x", "F2", " "):
        alice.presses(key)
        expect(alice.composer).not_to_be_focused()
    alice.presses("?")
    expect(alice.page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    alice.presses("x")
    alice.presses("Escape")
    expect(alice.composer).to_have_value("")
    alice.message("first").focus()
    alice.presses("r")
    expect(alice.page.locator("[data-part=reply]")).to_be_visible()
    wrote(alice, "")
    alice.presses("Escape")
    expect(alice.page.locator("[data-part=reply]")).to_be_hidden()
    alice.message("first").focus()
    alice.presses("e")
    expect(alice.page.get_by_role("textbox", name="Edit message")).to_be_focused()


def test_arrow_up_edits_the_last_message_of_an_empty_field_only(
    site: Site, alice: Person, room: str
) -> None:
    alice.opens(room)
    alice.posts("mistaek")
    alice.sees_sent("mistaek")
    alice.types("half")
    alice.presses("ArrowUp")
    editor = alice.page.get_by_role("textbox", name="Edit message")
    expect(editor).to_have_count(0)
    alice.composer.fill("")
    alice.presses("ArrowUp")
    expect(editor).to_be_focused()
    alice.presses("Escape")
    expect(editor).to_have_count(0)
    wrote(alice, "")
    alice.sees("mistaek")


def test_the_field_grows_to_two_fifths_of_the_window(site: Site, alice: Person, room: str) -> None:
    alice.opens(room)
    low = alice.composer.evaluate("field => field.offsetHeight")
    alice.composer.fill("\n".join("three"[:3]))
    grown = alice.composer.evaluate("field => field.offsetHeight")
    assert grown == low + 2 * 24
    alice.composer.fill("\n".join("x" * 200))
    full, inside = alice.composer.evaluate("field => [field.offsetHeight, field.scrollHeight]")
    assert full == pytest.approx(0.4 * 800, abs=1)
    assert inside > full
    alice.posts("short")
    alice.sees_sent("short")
    assert alice.composer.evaluate("field => field.offsetHeight") == low
