"""The oldest browsers that README supports work; older ones, and pages whose scripts don't run, say
so and send nothing."""

import re

import pytest
from playwright.sync_api import Locator, Route, expect

from tests.browser.person import Person
from tests.browser.site import Site

# Safari before 17.4, and before 18.3 on iOS; Firefox before 152.
AS_OLD_AS_README_SAYS = """
delete Element.prototype.checkVisibility;
const supports = CSS.supports.bind(CSS);
CSS.supports = (...what) => what[0] !== "field-sizing" && supports(...what);
const fixed = new CSSStyleSheet();
fixed.replaceSync("textarea { field-sizing: fixed !important }");
document.adoptedStyleSheets = [fixed];
"""
TOO_OLD = "delete HTMLElement.prototype.showPopover;"
SCRIPTS = re.compile(r"/static/js/main\.")
FROM_END = "node => Math.round(node.scrollHeight - node.scrollTop - node.clientHeight)"
LONG = "\n".join(f"line {number}" for number in range(1, 13))


@pytest.fixture
def olga(site: Site) -> Person:
    """A person with the oldest supported browser."""
    olga = site.person("Olga Orlova")
    olga.context.add_init_script(AS_OLD_AS_README_SAYS)
    return olga


@pytest.fixture
def talk(site: Site, olga: Person) -> str:
    """A room of hers with more messages than fit on a screen."""
    room = site.room(olga, name="Old and good")
    site.clerk.fill(room, olga.username, count=41, days=1)
    site.clerk.has_read(room, olga.username, 41)
    return room


def is_at_end(person: Person, text: str) -> None:
    person.has_drawn()
    expect(person.message(re.compile(rf"{text}\s*$"))).to_be_in_viewport()
    assert person.scroller.evaluate(FROM_END) <= 1


# -- as old as may be --


def test_the_oldest_supported_browser_gets_the_whole_page(site: Site, olga: Person) -> None:
    olga.opens(site.room(olga))
    olga.posts("first")
    olga.sees_sent("first")
    olga.edits("first", "second")
    olga.sees("second")
    olga.reacts("🎉", "second")
    olga.presses("Control+k")
    olga.presses("Escape")
    olga.page.locator("body").click(position={"x": 640, "y": 300})
    olga.page.keyboard.type("typed outside of the field")
    expect(olga.composer).to_have_value("typed outside of the field")


def test_a_long_message_leaves_the_reader_at_the_end(olga: Person, talk: str) -> None:
    olga.opens(talk)
    for line in LONG.split("\n"):
        olga.types(line)
        olga.presses("Shift+Enter")
        olga.has_drawn()
    is_at_end(olga, "message 41")
    olga.presses("Enter")
    olga.sees_sent("line 12")
    is_at_end(olga, "line 12")


def test_a_narrower_field_grows_taller(olga: Person, talk: str) -> None:
    """As when a phone is turned or a column opens."""
    olga.opens(talk).composer.fill("many words in one line " * 5)
    hidden = "field => field.scrollHeight - field.clientHeight"
    assert olga.composer.evaluate(hidden) <= 1
    with olga.window(400, 700):
        olga.has_drawn()
        assert olga.composer.evaluate(hidden) <= 1
        is_at_end(olga, "message 41")


def test_a_message_is_edited_in_place_without_leaving_the_end(olga: Person, talk: str) -> None:
    olga.opens(talk).posts("short")
    olga.sees_sent("short")
    olga.does("Edit", "short")
    editor = olga.page.get_by_role("textbox", name="Edit message")
    for line in LONG.split("\n"):
        editor.press_sequentially(line)
        editor.press("Shift+Enter")
        olga.has_drawn()
        assert olga.scroller.evaluate(FROM_END) <= 1
    editor.press("Enter")
    olga.sees("line 12")
    is_at_end(olga, re.escape("(edited)"))


def test_the_page_may_grow_below_before_a_scroll_event(olga: Person, talk: str) -> None:
    """The browser fires the scroll event with the next frame; text pasted before that moves
    nobody."""
    olga.opens(talk)
    is_at_end(olga, "message 41")
    olga.composer.evaluate(
        """(field, text) => {
          const scroller = document.querySelector(".timeline__scroll");
          scroller.scrollTop -= 20;
          // Between two frames: what the first of them tells of is not what is there by then.
          requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => {
            scroller.scrollTop += 20;
            field.value = text;
            field.dispatchEvent(new InputEvent("input", { bubbles: true }));
          })));
        }""",
        LONG,
    )
    expect(olga.composer).to_have_value(LONG)
    is_at_end(olga, "message 41")


def test_a_press_outside_closes_the_picker_where_the_browser_does_not(
    olga: Person, talk: str
) -> None:
    picker = opens_picker(olga, talk)
    olga.page.mouse.click(640, 200)
    expect(picker).to_be_hidden()
    olga.clicks("Emoji")
    expect(picker).to_be_visible()
    olga.clicks("Emoji")
    expect(picker).to_be_hidden()


def test_on_a_touch_screen_the_picker_has_a_close_button(site: Site, talk: str) -> None:
    finn = site.person("Finn Fisher", has_touch=True, is_mobile=True)
    site.clerk.join(talk, finn.username)
    picker = opens_picker(finn, talk)
    picker.get_by_role("button", name="Close", exact=True).click()
    expect(picker).to_be_hidden()
    expect(finn.composer).to_have_value("")


def opens_picker(person: Person, room: str) -> Locator:
    """Open it as on iOS before 18.3, where only a script closes it."""
    person.opens(room).clicks("Emoji")
    picker = person.page.get_by_role("dialog", name="Emoji")
    expect(picker).to_be_visible()
    picker.evaluate("panel => { panel.hidePopover(); panel.popover = 'manual'; }")
    person.clicks("Emoji")
    expect(picker).to_be_visible()
    return picker


# -- too old --


@pytest.fixture
def tom(site: Site) -> Person:
    tom = site.person("Tom Thumb")
    tom.context.add_init_script(TOO_OLD)
    tom.trouble.expect("uncaught")
    return tom


def is_told_too_old(person: Person) -> None:
    notice = person.page.get_by_role("alert").filter(has_text="This browser is too old")
    expect(notice).to_contain_text("Safari 17 (iOS 17), Firefox 125, Chrome 114, Edge 114")


def test_too_old_a_browser_is_told_so_and_marks_nothing_read(site: Site, tom: Person) -> None:
    room = site.room(tom)
    site.clerk.post(room, tom.username, "hello")
    for path in (f"/rooms/{room}/", "/rooms/"):
        tom.goes_to(path)
        is_told_too_old(tom)
        expect(tom.page.get_by_role("main")).to_have_count(0)
        expect(tom.page.locator("[data-connection=open]")).to_have_count(0)


def test_pages_without_scripts_work_in_too_old_a_browser(site: Site, tom: Person) -> None:
    tom.goes_to("/accounts/profile/")
    is_told_too_old(tom)
    tom.clicks("Log out")
    expect(tom.page).to_have_url(re.compile("/accounts/login/"))
    is_told_too_old(tom)


def test_a_recent_browser_gets_no_warning(site: Site, alice: Person, room: str) -> None:
    for path in (f"/rooms/{room}/", "/rooms/", "/accounts/profile/"):
        alice.goes_to(path)
        alice.page.wait_for_load_state("load")
        expect(alice.page.locator("#too-old, #not-begun").locator("visible=true")).to_have_count(0)


# -- without scripts --


def test_without_its_scripts_a_page_says_so_and_sends_no_typed_text(
    site: Site, alice: Person, room: str
) -> None:
    alice.trouble.expect("Failed to load resource")
    alice.page.route(SCRIPTS, lambda route: route.abort())
    alice.goes_to(f"/rooms/{room}/")
    expect(alice.page.get_by_role("alert")).to_contain_text("This page couldn't start")
    submit_in_every_way(alice, "a secret")
    expect(alice.composer).to_have_value("a secret")
    alice.page.unroute(SCRIPTS)
    alice.page.get_by_role("link", name="Reload page").click()
    alice.is_connected()


def test_text_typed_before_the_scripts_start_is_kept(site: Site, room: str, alice: Person) -> None:
    held: list[Route] = []
    alice.page.route(SCRIPTS, lambda route: held.append(route))
    alice.page.goto(f"{site.address}/rooms/{room}/", wait_until="commit")
    submit_in_every_way(alice, "a first thought")
    while not held:
        alice.page.wait_for_timeout(20)  # a poll, during which Playwright sees the request
    held[0].continue_()
    alice.is_connected()
    expect(alice.composer).to_have_value("a first thought")
    alice.presses("Enter")
    alice.sees_sent("a first thought")


def test_without_javascript_no_typed_text_is_sent(site: Site, alice: Person) -> None:
    room = site.room(alice)
    visitor = site.visitor(java_script_enabled=False)
    visitor.context.add_cookies(alice.context.cookies())  # type: ignore[arg-type]
    visitor.goes_to(f"/rooms/{room}/")
    submit_in_every_way(visitor, "a secret")


def submit_in_every_way(person: Person, text: str) -> None:
    """Submit the form in every possible way."""
    address: list[str] = []
    person.page.on("request", lambda request: address.append(request.url))
    person.composer.press_sequentially(text)
    person.page.get_by_role("button", name="Send").click()
    person.composer.press("Enter")
    person.composer.press("Backspace")
    assert "?" not in person.page.url
    assert not any("secret" in url or "thought" in url for url in address)
