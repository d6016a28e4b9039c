"""The site can be installed, and shows its own page when it can't be reached."""

import re
import signal
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.person import Person
from tests.browser.site import AWAY, Site
from tests.processes import eventually

KEPT = """
caches.keys().then(async (names) => {
  const caches_ = await Promise.all(names.map((name) => caches.open(name)));
  const kept = await Promise.all(caches_.map((cache) => cache.keys()));
  return kept.flat().map(({ url }) => new URL(url).pathname);
})
"""
LOCKS = "navigator.locks.query().then(({ held }) => held.map(({ name }) => name))"
READ = """
() => new Promise((resolve) => {
  const opening = indexedDB.open("chatsite");
  opening.onsuccess = () => {
    const asked = opening.result.transaction("readings").objectStore("readings").getAll();
    asked.onsuccess = () => {
      opening.result.close();
      resolve(asked.result.map(({ room, messages }) => [room, messages.length]));
    };
  };
})
"""


@pytest.fixture
def dora(mortal_site: Site) -> Person:
    """A person whose browser has the service worker."""
    dora = mortal_site.person("Dora Dean", service_workers="allow")
    dora.trouble.expect(AWAY)
    return dora.goes_to("/rooms/").is_connected().has_a_service_worker()


def read(person: Person) -> Locator:
    """Return the messages that the page shows without a server."""
    return person.page.locator(".offline__messages .message__body")


def test_an_unreachable_page_says_so_and_opens_on_its_own(mortal_site: Site, dora: Person) -> None:
    room = mortal_site.room(dora)
    mortal_site.end_server(signal.SIGKILL)
    dora.goes_to(f"/rooms/{room}/")
    expect(
        dora.page.get_by_role("heading", name="This page isn't available offline")
    ).to_be_visible()
    dora.page.get_by_role("button", name="Try now").click()
    expect(dora.page.get_by_role("status")).to_have_text("Still offline.")
    mortal_site.start()
    dora.is_connected(within=20)
    expect(dora.page).to_have_url(f"{mortal_site.address}/rooms/{room}/")


def test_recent_messages_and_drafts_are_available_offline(mortal_site: Site, dora: Person) -> None:
    room, other = mortal_site.room(dora, name="Kitchen"), mortal_site.room(dora, name="Cellar")
    mortal_site.clerk.post(
        room, dora.username, "Who has **the keys**?", "They hang beside the door."
    )
    mortal_site.clerk.post(other, dora.username, "A secret place")
    dora.opens(other).types("of the other room")
    eventually(lambda: [other, 1] in dora.page.evaluate(READ))
    dora.opens(room).types("I th")
    eventually(lambda: [room, 2] in dora.page.evaluate(READ))
    mortal_site.end_server(signal.SIGKILL)
    dora.posts("I thank you")
    dora.types("and")
    dora.page.reload()

    expect(dora.page.get_by_role("heading", name="Kitchen")).to_be_visible()
    expect(read(dora)).to_have_text(
        ["Who has the keys?", "They hang beside the door.", "I thank you"]
    )
    expect(dora.page.locator("strong", has_text="the keys")).to_be_visible()
    draft = dora.page.get_by_label("Your draft")
    expect(draft).to_have_value("and")
    draft.press_sequentially(" now")
    waiting = dora.page.get_by_role("listitem").filter(has_text="of the other room")
    expect(waiting).to_contain_text("Draft")
    waiting.get_by_role("link", name=re.compile("Cellar")).click()
    expect(read(dora)).to_have_text(["A secret place"])
    dora.goes_to(f"/rooms/{room}/")
    expect(draft).to_have_value("and now")

    assert dora.page.evaluate(LOCKS) == []  # the leading tab sends, and this page can't be it
    mortal_site.start()
    dora.is_connected(within=20)
    expect(dora.composer).to_have_value("and now")
    dora.sees_sent("I thank you")
    dora.goes_to("/rights/")  # where no socket is open
    dora.clicks("Log out")
    expect(dora.page).to_have_url(re.compile("/accounts/login/"))
    eventually(lambda: dora.page.evaluate(READ) == [])
    mortal_site.end_server(signal.SIGKILL)
    dora.goes_to(f"/rooms/{room}/")
    expect(
        dora.page.get_by_role("heading", name="This page isn't available offline")
    ).to_be_visible()
    expect(read(dora)).to_have_count(0)
    expect(dora.page.get_by_text("of the other room")).to_have_count(0)


def test_an_offline_reply_whose_original_is_not_cached_says_so(
    mortal_site: Site, dora: Person
) -> None:
    room = mortal_site.room(dora)
    mortal_site.clerk.fill(room, dora.username, count=120, days=3)
    mortal_site.clerk.has_read(room, dora.username, 120)
    dora.opens(room, 1)
    dora.does("Reply", re.compile(r"message 1\s*$"))
    dora.posts("as you said")
    dora.sees_sent("as you said")
    eventually(lambda: [room, 50] in dora.page.evaluate(READ))
    mortal_site.end_server(signal.SIGKILL)
    dora.page.reload()
    reply = dora.page.locator(".offline__messages article", has_text="as you said")
    quote = reply.locator("[data-part=quote-text]")
    expect(quote).to_have_text("a message that isn't saved in this browser")


def test_nothing_personal_is_cached(mortal_site: Site, dora: Person) -> None:
    room = mortal_site.room(dora)
    dora.opens(room).posts("a secret")
    kept = dora.page.evaluate(KEPT)
    assert "/offline/" in kept
    assert all(path == "/offline/" or path.startswith("/static/") for path in kept)
    offline = dora.page.evaluate(
        "caches.match('/offline/', { ignoreSearch: true }).then((page) => page.text())"
    )
    assert dora.username not in offline
    assert "Log out" not in offline


def test_the_manifest_is_complete(site: Site, alice: Person) -> None:
    alice.goes_to("/rooms/")
    address = alice.page.locator("link[rel=manifest]").get_attribute("href")
    manifest = alice.page.request.get(f"{site.address}{address}").json()
    assert (manifest["start_url"], manifest["display"]) == ("/", "standalone")
    assert {icon["purpose"] for icon in manifest["icons"]} == {"any", "maskable"}
    for icon in manifest["icons"]:
        image = alice.page.request.get(f"{site.address}{urlsplit(icon['src']).path}")
        assert image.headers["content-type"] == "image/png"
        width, height = (int.from_bytes(image.body()[at : at + 4], "big") for at in (16, 20))
        assert icon["sizes"] == f"{width}x{height}"
