"""What a page loads only when it is needed: without a connection, or if it is gone from the server,
it says so, and the next try succeeds."""

import re

from playwright.sync_api import expect

from tests.browser.person import Person
from tests.browser.site import Site

CARD = re.compile(r"/person-card\.\w+\.js")


def test_a_part_that_cannot_be_loaded_says_so_and_comes_with_the_next_try(
    site: Site, alice: Person, bob: Person, room: str
) -> None:
    for failure in ("ERR_FAILED", "ERR_INTERNET_DISCONNECTED"):
        alice.trouble.expect(failure)
    site.clerk.post(room, bob.username, "hello")
    alice.opens(room)
    name = alice.message("hello").locator("[data-part=author]")
    card = alice.page.get_by_role("dialog").filter(has_text=f"@{bob.username}")
    alice.page.route(CARD, lambda route: route.abort())
    name.click()
    expect(alice.toast).to_contain_text("This couldn't be loaded.")
    expect(alice.toast.get_by_role("button", name="Reload")).to_be_visible()
    alice.page.unroute(CARD)
    alice.page.context.set_offline(True)
    name.click()
    expect(alice.toast).to_contain_text("This isn't available offline.")
    alice.page.context.set_offline(False)
    name.click()
    expect(card).to_be_visible()
