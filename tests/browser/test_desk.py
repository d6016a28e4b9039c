"""Moderators work through a queue by keyboard."""

import pytest
from playwright.sync_api import expect

from tests.browser.person import Person
from tests.browser.site import Site


@pytest.fixture
def maud(own_site: Site) -> Person:
    """A moderator and three reported messages."""
    site = own_site
    maud, bob = site.person("Maud Key"), site.person("Bob Key")
    site.clerk.appoint(maud.username)
    room = site.room(maud, bob, name="Keyboard")
    for number in site.clerk.post(room, bob.username, "One", "Two", "Three"):
        site.clerk.report(room, maud.username, number)
    return maud


def shows(maud: Person, body: str) -> None:
    """Wait for the case about this message, and for the page's script."""
    expect(maud.page.locator(".desk-post--reported")).to_contain_text(body)
    expect(maud.page.locator("#desk-keys")).to_be_visible()


def test_keys_go_through_the_queue_and_only_enter_decides(maud: Person) -> None:
    page = maud.page
    maud.goes_to("/admin/rooms/report/")
    expect(page.locator("#desk-keys")).to_be_visible()
    links = page.locator("#result_list tbody th a")
    page.keyboard.press("j")
    expect(links.nth(0)).to_be_focused()
    page.keyboard.press("j")
    expect(links.nth(1)).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    shows(maud, "Three")
    page.keyboard.press("j")
    shows(maud, "Two")
    page.keyboard.press("k")
    shows(maud, "Three")
    page.keyboard.press("x")
    delete = page.locator("button[value=delete]")
    expect(delete).to_be_focused()
    expect(delete.locator("kbd")).to_have_text("X")
    page.keyboard.press("Enter")
    shows(maud, "Two")
    expect(page.locator(".messagelist")).to_contain_text("1 report was resolved.")


def test_no_keys_are_promised_without_the_script_that_hears_them(own_site: Site) -> None:
    site = own_site
    maud, bob = site.person("Maud Plain", java_script_enabled=False), site.person("Bob Plain")
    site.clerk.appoint(maud.username)
    room = site.room(maud, bob, name="Plain")
    site.clerk.report(room, maud.username, site.clerk.post(room, bob.username, "One")[0])
    maud.goes_to("/admin/rooms/report/")
    expect(maud.page.locator("#desk-keys")).to_be_hidden()
    maud.page.locator("#result_list tbody th a").first.click()
    expect(maud.page.locator(".desk-post--reported")).to_contain_text("One")
    expect(maud.page.locator("#desk-keys")).to_be_hidden()


def test_letters_are_typed_into_fields_and_can_be_switched_off(maud: Person) -> None:
    page = maud.page
    maud.goes_to("/admin/rooms/report/")
    page.locator("#result_list tbody th a").first.click()
    shows(maud, "Three")
    reason = page.get_by_label("Reason:")
    reason.press_sequentially("jxd")
    expect(reason).to_have_value("jxd")
    page.get_by_label("Keys on this page").uncheck()
    expect(page.locator("kbd")).to_have_count(0)
    page.keyboard.press("j")
    page.reload()
    shows(maud, "Three")
    expect(page.get_by_label("Keys on this page")).not_to_be_checked()


def test_times_are_in_the_reader_s_zone(own_site: Site) -> None:
    site = own_site
    maud, bob = site.person("Maud Zone", timezone_id="Asia/Tokyo"), site.person("Bob Zone")
    site.clerk.appoint(maud.username)
    room = site.room(maud, bob, name="Zones")
    site.clerk.report(room, maud.username, site.clerk.post(room, bob.username, "One")[0])
    maud.goes_to("/admin/rooms/report/")
    maud.page.locator("#result_list tbody th a").first.click()
    time = maud.page.locator(".desk-post--reported time")
    shown = maud.page.evaluate(
        """(iso) => {
             const shown = {dateStyle: "full", timeStyle: "short", timeZone: "Asia/Tokyo"};
             return new Intl.DateTimeFormat(navigator.language, shown).format(new Date(iso));
        }""",
        time.get_attribute("datetime"),
    )
    expect(time).to_have_text(shown)
