"""Test my notifications: hop by hop, until the one that fails."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser.person import Person
from tests.browser.site import Site
from tests.browser.test_notifications import CENTRE, Post, is_told
from tests.processes import eventually
from tests.push_service import Keys, push_service_beside

FAR = "https://push.example.net/send/1"  # the site asks it nothing: the test answers in its place

# What a test changes: `permission`, `stuck` (the service worker), `refusal` (of the browser's own
# push service), `alien` (a subscription for another site's key), and `answers` of the site, by
# path.
HANDS = """
self.hands = { permission: "granted", answers: {} };
Object.defineProperty(Notification, "permission", { get: () => hands.permission });
Notification.requestPermission = async () => hands.permission;
const ready = Object.getOwnPropertyDescriptor(ServiceWorkerContainer.prototype, "ready").get;
Object.defineProperty(ServiceWorkerContainer.prototype, "ready", {
  get() { return hands.stuck ? new Promise(() => {}) : ready.call(this); },
});
const asked = self.fetch;
self.fetch = async (address, how) => {
  const answer = hands.answers[String(address)];
  return answer ? new Response(JSON.stringify(answer)) : asked(address, how);
};
"""

# The headless shell has no push service. This one subscribes a browser at an address of the test.
SUBSCRIBER = """
(({ endpoint, keys }) => {
  const bytes = (text) =>
    Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  let current = null;
  PushManager.prototype.getSubscription = async () => current;
  PushManager.prototype.subscribe = async ({ applicationServerKey: key }) => {
    if (hands.refusal) throw new Error(hands.refusal);
    current = {
      endpoint,
      options: { applicationServerKey: hands.alien ? new ArrayBuffer(65) : bytes(key).buffer },
      toJSON: () => ({ endpoint, keys }),
      unsubscribe: async () => Boolean((current = null)),
    };
    return current;
  };
})
"""


def visits_settings(person: Person, browser: dict[str, Any]) -> None:
    """Open the settings in a browser that is told at this address."""
    for script in (CENTRE, HANDS, f"{SUBSCRIBER}({json.dumps(browser)})"):
        person.context.add_init_script(script)
    person.page.clock.install()  # it goes on, and waiting can be shortened
    person.goes_to("/accounts/notifications/").is_connected().has_a_service_worker()


def state(person: Person) -> Locator:
    return person.page.locator("#push [data-part=state]")


def hops(person: Person, **hands: Any) -> list[str]:
    """Change what the browser does, and go from hop to hop; return what the test says."""
    person.page.evaluate("changed => Object.assign(hands, changed)", hands)
    button = person.page.get_by_role("button", name="Test my notifications")
    button.click()

    def is_over() -> bool:
        person.page.clock.fast_forward(250)  # it polls, and waits for what doesn't come
        return button.get_attribute("data-running") is None

    eventually(is_over)
    return person.page.locator("#push [data-part=hops] li").all_text_contents()


@pytest.fixture
def dora(site: Site) -> Person:
    """A person whose browser has the service worker."""
    return site.person("Dora Dean", service_workers="allow")


def test_each_hop_that_fails_is_named(site: Site, dora: Person) -> None:
    visits_settings(dora, {"endpoint": FAR, "keys": Keys().said})
    assert hops(dora, permission="denied")[-1].startswith("✗The browser blocks notifications")
    fine = ["✓The browser allows notifications."]
    assert hops(dora, permission="granted") == [*fine, "✗Notifications are turned off here."]
    dora.clicks("Turn on notifications")
    expect(state(dora)).to_have_text("Notifications are turned on in this browser.")
    assert is_told(site, FAR)

    assert hops(dora, stuck=True) == [*fine, "✗The site’s service worker doesn’t run."]
    fine.append("✓The service worker runs.")
    dora.clicks("Turn off")
    expect(state(dora)).to_have_text("Notifications are turned off in this browser.")
    assert not is_told(site, FAR), "the site forgets a browser that says no"
    dora.page.evaluate("hands.stuck = false; hands.refusal = 'not today'")
    dora.clicks("Turn on notifications")
    expect(state(dora)).to_contain_text("while a page of the site is open")
    assert hops(dora) == [*fine, "✗The browser has no push service: not today"]
    assert hops(dora, refusal="", alien=True) == [
        *fine,
        "✗The browser knows another key than the site has.",
    ]
    fine.append("✓Pushes to this browser go through push.example.net.")

    def after(outcome: str | None, status: int = 0, **more: Any) -> list[str]:
        begun = {"test": "mark", "known": True, "quiet": None, "mail": "", **more}
        told = {"outcome": outcome, "status": status}
        said = hops(dora, alien=False, answers={"/push/test/": begun, "/push/test/mark/": told})
        assert said[: len(fine)] == fine
        return said[len(fine) :]

    mailed = "✓You get email for missed messages."
    refused = "✗push.example.net refused the push. It answered:"
    assert after("refused", 403) == [f"{refused} 403.", mailed]
    assert after("failed") == [f"{refused} nothing.", mailed]
    busy = "✗The site hasn’t sent the push after five seconds: it is busy, or the service is slow."
    assert after(None) == [busy, mailed]
    taken = ["✓push.example.net took the push.", "✗The push hasn’t arrived so far."]
    assert after("sent", 201) == [*taken, mailed]
    assert after("sent", 201, mail="address") == [
        *taken,
        "✗You have no confirmed email address for missed messages.",
    ]
    *_, quiet, mail = after("sent", 201, quiet="2050-01-01T12:00:00Z", mail="choice")
    assert quiet.startswith("✗Do not disturb is on until")
    assert mail == "✗You turned off email for missed messages."
    unknown = after("sent", 201, known=False, mail="site")
    assert unknown == [
        "✗The site doesn’t know this browser. Turn notifications off and on again.",
        "✗This site doesn’t send email for missed messages.",
    ]


@pytest.fixture
def pushing_site(chromium: Browser, tmp_path: Path) -> Iterator[Site]:
    """A site that may send pushes to this machine."""
    site = Site(tmp_path / "site", chromium, OUTGOING_ALLOW="127.0.0.1")
    yield site
    assert site.goodbye() == []
    site.close()


def test_a_test_that_arrives_has_gone_all_the_way(pushing_site: Site) -> None:
    """From the page through a job of the site, sealed, to a push service, and from there through
    the service worker to the page."""
    dora = pushing_site.person("Dora Dean", service_workers="allow")
    with push_service_beside() as service:
        visits_settings(dora, service.browser("desk"))
        post = Post(dora)
        dora.clicks("Turn on notifications")
        expect(state(dora)).to_have_text("Notifications are turned on in this browser.")
        dora.clicks("Test my notifications")
        eventually(lambda: len(service.at("desk")) == 1)
        (push,) = service.at("desk")
        lines = dora.page.locator("#push [data-part=hops] li")
        expect(lines.filter(has_text="took the push.")).to_have_count(1)
        post.brings(push.said)
        expect(lines.filter(has_text="The push arrived.")).to_have_count(1)
        assert [one["body"] for one in post.shown] == ["Notifications reach this browser."]
        expect(lines.last).to_have_text("✗This site doesn’t send email for missed messages.")
