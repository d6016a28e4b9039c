"""When someone deletes their account, pages that show their messages change without a reload."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.axe import Inspector
from tests.browser.person import Person
from tests.browser.site import Site
from tests.browser.test_phone import PHONE

PASSWORD = "violet-tandem-42"


@pytest.fixture
def zoe(site: Site) -> Person:
    zoe = site.visitor()
    zoe.signs_up("zoe_departs", PASSWORD)
    expect(zoe.page).to_have_url(f"{site.address}/rooms/")
    zoe.username = "zoe_departs"
    return zoe


def confirm_password(zoe: Person) -> None:
    zoe.fills(password=PASSWORD)
    zoe.clicks("Continue")


def test_open_pages_see_an_account_go(
    site: Site,
    zoe: Person,
    inspector: Inspector,
) -> None:
    alice = site.person("Alice Adams")
    room = site.room(alice, zoe)
    elsewhere = zoe.another_tab().opens(room)
    elsewhere.posts("I was here")
    alice.opens(room)
    expect(alice.message("I was here").locator("[data-part=author]")).to_have_text("zoe_departs")

    zoe.goes_to("/accounts/deactivate/")
    confirm_password(zoe)
    inspector.looks_at(zoe, "deactivate")
    for path in ("sessions", "email", "profile"):
        zoe.goes_to(f"/accounts/{path}/")
        inspector.looks_at(zoe, path)
    zoe.goes_to("/accounts/delete/")
    zoe.page.set_viewport_size(PHONE["viewport"])
    inspector.looks_at(zoe, "delete")
    zoe.fills(username="zoe_departs")
    zoe.presses("Enter")
    expect(zoe.page.get_by_text("Your account was deleted.")).to_be_visible()

    author = alice.message("I was here").locator("[data-part=author]")
    expect(author).to_have_text("Deleted account")
    expect(elsewhere.page).to_have_url(re.compile("/accounts/login/"))
    alice.reloads()
    expect(author).to_have_text("Deleted account")
    # A person who closes a page stays listed as present for a moment.
    expect(alice.page.get_by_text("zoe_departs")).to_have_count(0, timeout=15_000)
