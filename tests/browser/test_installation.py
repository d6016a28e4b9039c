"""The site can be installed, and says so itself when it can't be reached."""

import signal
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.person import Person
from tests.browser.site import Site
from tests.processes import eventually

AWAY = r"ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_FAILED|WebSocket (is|connection)"
IS_SERVED = "navigator.serviceWorker.controller !== null"
KEPT = """
caches.keys().then(async (names) => {
  const caches_ = await Promise.all(names.map((name) => caches.open(name)));
  const kept = await Promise.all(caches_.map((cache) => cache.keys()));
  return kept.flat().map(({ url }) => new URL(url).pathname);
})
"""


@pytest.fixture
def dora(own_site: Site) -> Person:
    """Whose browser has the worker."""
    dora = own_site.person("Dora Dean", service_workers="allow")
    dora.trouble.expect(AWAY)
    dora.goes_to("/rooms/").is_connected()
    eventually(lambda: bool(dora.page.evaluate(IS_SERVED)))
    return dora


def test_a_page_that_cannot_be_reached_says_so_and_opens_by_itself(
    own_site: Site, dora: Person
) -> None:
    room = own_site.room(dora)
    own_site.end_server(signal.SIGKILL)
    dora.goes_to(f"/rooms/{room}/")
    expect(dora.page.get_by_role("heading", name="No connection")).to_be_visible()
    dora.page.get_by_role("button", name="Try now").click()
    expect(dora.page.get_by_role("status")).to_have_text("Not yet.")
    own_site.start()
    dora.is_connected(within=20)
    expect(dora.page).to_have_url(f"{own_site.address}/rooms/{room}/")


def test_nothing_of_anybody_is_kept(own_site: Site, dora: Person) -> None:
    room = own_site.room(dora)
    dora.opens(room).posts("a secret")
    kept = dora.page.evaluate(KEPT)
    assert "/offline/" in kept
    assert all(path == "/offline/" or path.startswith("/static/") for path in kept)
    offline = dora.page.evaluate("caches.match('/offline/').then((page) => page.text())")
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
