"""What a browser shows outside of the page: pushes, and what arrives while a page is open."""

import json
import sqlite3
from contextlib import closing
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import CDPSession, expect

from tests.browser.person import Person
from tests.browser.site import Site
from tests.processes import eventually
from tests.push_service import Keys

# The headless shell has neither notifications nor badges: asking for one ends whatever asks. These
# stand in, in the page and in the service worker.
CENTRE = """
self.shown ??= new Map();
ServiceWorkerRegistration.prototype.showNotification = async (title, how) => {
  self.shown.set(how.tag, { title, ...how, close: () => self.shown.delete(how.tag) });
};
ServiceWorkerRegistration.prototype.getNotifications = async () => [...self.shown.values()];
navigator.setAppBadge = async (count) => void (self.badge = count);
navigator.clearAppBadge = async () => void (self.badge = 0);
"""
SHOWN = """
[...(self.shown ?? new Map()).values()].map(
  ({ title, body, tag, data }) => ({ title, body, tag, ...data })
)
"""
CLICK = """
const [notification] = self.shown.values();
self.dispatchEvent(Object.assign(new ExtendableEvent("notificationclick"), { notification }));
"""


@pytest.fixture
def dora(site: Site) -> Person:
    """A person whose browser has the service worker, and allows notifications."""
    return site.person("Dora Dean", service_workers="allow", permissions=["notifications"])


class Post:
    """The browser's push service, and the service worker that it wakes."""

    def __init__(self, person: Person) -> None:
        self._person = person
        self._ids: list[str] = []
        self._session: CDPSession = person.context.new_cdp_session(person.page)
        self._session.on("ServiceWorker.workerRegistrationUpdated", self._learn)
        self._session.send("ServiceWorker.enable")
        person.has_a_service_worker()
        # The page is asked for something each time: events only arrive during a call.
        eventually(
            lambda: bool(person.page.evaluate("1") and self._ids and person.context.service_workers)
        )
        self._worker = person.context.service_workers[-1]
        self._worker.evaluate(CENTRE)

    def _learn(self, event: dict[str, Any]) -> None:
        self._ids = [one["registrationId"] for one in event["registrations"]]

    def brings(self, said: object) -> None:
        data = said if isinstance(said, str) else json.dumps(said)
        self._session.send(
            "ServiceWorker.deliverPushMessage",
            {"origin": self._person.address, "registrationId": self._ids[-1], "data": data},
        )

    @property
    def shown(self) -> list[dict[str, Any]]:
        return list(self._worker.evaluate(SHOWN))

    @property
    def badge(self) -> int:
        return int(self._worker.evaluate("self.badge"))

    def click(self) -> None:
        self._worker.evaluate(CLICK)

    def renews(self, fresh: dict[str, Any], *, given: bool) -> None:
        """Replace the browser's address; it may have to ask for the new one."""
        self._worker.evaluate(RENEWED, [fresh if given else None, fresh])


def is_told(site: Site, endpoint: str) -> bool:
    """Whether the site tells a browser at this address."""
    asked = "SELECT COUNT(*) FROM rooms_pushsubscription WHERE endpoint = ?"
    with closing(sqlite3.connect(site.data / "chatsite.sqlite3")) as database:
        return bool(database.execute(asked, [endpoint]).fetchone()[0])


def a_push(room: str, number: int, **said: Any) -> dict[str, Any]:
    return {
        "web_push": 8030,
        "notification": {
            "title": "Ann · Lounge",
            "body": "Look <b>here</b>",
            "navigate": f"https://elsewhere.example/rooms/{room}/{number}/",
            "tag": f"{room}/{number}",
            **said,
        },
        "app_badge": 3,
    }


def test_the_service_worker_shows_a_push_and_leads_to_its_message(site: Site, dora: Person) -> None:
    room = site.room(dora)
    dora.opens(room).posts("First")
    other = site.room(dora)
    dora.opens(other)
    post = Post(dora)
    post.brings(a_push(room, 1))
    eventually(lambda: len(post.shown) == 1)
    assert post.shown == [
        {
            "title": "Ann · Lounge",
            "body": "Look <b>here</b>",
            "tag": f"{room}/1",
            "navigate": f"https://elsewhere.example/rooms/{room}/1/",
        }
    ]
    post.brings(a_push(room, 1, body="Edited"))
    eventually(lambda: [one["body"] for one in post.shown] == ["Edited"])
    assert post.badge == 3
    post.click()
    expect(dora.page).to_have_url(f"{dora.address}/rooms/{room}/1/")
    assert post.shown == []


@pytest.mark.parametrize("said", ["not ours", "", '{"notification": null}', "[]", "null"])
def test_a_push_always_shows_something(site: Site, dora: Person, said: str) -> None:
    """Browsers take the permission away from sites whose pushes don't."""
    dora.goes_to("/rooms/").is_connected()
    post = Post(dora)
    post.brings(said)
    eventually(lambda: [one["title"] for one in post.shown] == ["Chatsite"])


ASKED = """
self.asked = 0;
Notification.requestPermission = async () => {
  self.asked += 1;
  Object.defineProperty(Notification, "permission", { value: "granted", configurable: true });
  return "granted";
};
Object.defineProperty(Notification, "permission", { value: "default", configurable: true });
"""


def test_the_permission_is_asked_for_by_a_click_and_the_test_says_which_hop_failed(
    site: Site,
) -> None:
    """Chromium without Google's services has no push service, which is the hop that fails here."""
    dora = site.person("Dora Dean", service_workers="allow")
    dora.trouble.expect("does not support the Push API in incognito mode")
    dora.context.add_init_script(ASKED + CENTRE)
    dora.goes_to("/accounts/notifications/").is_connected()
    state = dora.page.locator("#push [data-part=state]")
    expect(state).to_have_text("Notifications are turned off in this browser.")
    assert dora.page.evaluate("self.asked") == 0
    dora.clicks("Turn on notifications")
    expect(state).to_contain_text("Notifications are turned on")
    assert dora.page.evaluate("self.asked") == 1
    expect(dora.page.get_by_role("button", name="Turn off")).to_be_focused()
    dora.has_a_service_worker()
    dora.clicks("Test my notifications")
    hops = dora.page.locator("#push [data-part=hops] li")
    expect(hops.nth(0)).to_contain_text("The browser allows notifications.")
    expect(hops.nth(1)).to_contain_text("The service worker runs.")
    expect(hops.nth(2)).to_contain_text("The browser has no push service")
    dora.clicks("Turn off")
    expect(state).to_have_text("Notifications are turned off in this browser.")


def test_what_concerns_me_shows_while_i_look_elsewhere_and_goes_when_i_read_it(
    site: Site,
) -> None:
    ann, dora = site.person("Ann Archer"), site.person("Dora Dean")
    room, other = site.room(dora, ann), site.room(dora, ann)
    me = site.clerk.ids(room, dora.username)[dora.username]
    dora.context.add_init_script(CENTRE)
    dora.context.add_init_script(f"""
      Object.defineProperty(Notification, "permission", {{ value: "granted" }});
      Object.defineProperty(navigator, "serviceWorker", {{ value: {{
        register: async () => {{}}, addEventListener: () => {{}}, ready: new Promise(() => {{}}),
        getRegistration: async () => ServiceWorkerRegistration.prototype,
      }} }});
      localStorage.setItem("notifications:{me}", "on");
    """)
    dora.opens(other)
    ann.opens(room).posts(f"Look, @{dora.username} <b>here</b>")
    eventually(lambda: len(dora.page.evaluate(SHOWN)) == 1)
    (shown,) = dora.page.evaluate(SHOWN)
    assert shown["body"] == "Look, @Dora Dean <b>here</b>"
    assert shown["tag"] == f"{room}/1"
    assert shown["navigate"] == f"/rooms/{room}/1/"
    dora.opens(room).sees("Look")
    eventually(lambda: dora.page.evaluate(SHOWN) == [])


# Counts notes instead of playing them, and the tabs that want to be the one that rings.
LISTENING = """
self.notes = self.askers = 0;
AudioContext.prototype.resume = async () => {};
AudioScheduledSourceNode.prototype.start = () => void (self.notes += 1);
AudioScheduledSourceNode.prototype.stop = () => {};
const request = navigator.locks?.request;
if (request)
  LockManager.prototype.request = function (name, ...rest) {
    self.askers += name.startsWith("notification:");
    return request.call(this, name, ...rest);
  };
"""
A_RING = 2  # notes


def test_by_choice_a_sound_and_of_several_tabs_one_rings(site: Site) -> None:
    ann, dora = site.person("Ann Archer"), site.person("Dora Dean")
    room, other = site.room(dora, ann), site.room(dora, ann)
    dora.context.add_init_script(LISTENING)
    dora.goes_to("/accounts/notifications/").is_connected()
    second = dora.another_tab().opens(other)
    ann.opens(room)

    def heard(what: str) -> int:
        return sum(int(tab.page.evaluate(f"self.{what}")) for tab in (dora, second))

    def calls(times: int) -> None:
        """Dora is mentioned: both tabs know, and want to ring."""
        ann.posts(f"@{dora.username} {times}")
        expect(second.badge(room)).to_have_text(str(times))
        eventually(lambda: heard("askers") == 2 * times - 2)

    calls(1)
    sound = dora.page.get_by_label("Play a sound while the site is open")
    expect(sound).not_to_be_checked()
    sound.check()
    eventually(lambda: heard("notes") == A_RING)  # how it sounds
    calls(2)
    eventually(lambda: heard("notes") == 2 * A_RING)
    calls(3)
    eventually(lambda: heard("notes") == 3 * A_RING)
    sound.uncheck()
    ann.posts(f"@{dora.username} in silence")
    expect(second.badge(room)).to_have_text("4")
    assert (heard("notes"), heard("askers")) == (3 * A_RING, 4)


RENEWED = """
([old, fresh]) => {
  PushManager.prototype.subscribe = async ({ applicationServerKey: key }) =>
    ({ ...fresh, endpoint: `${fresh.endpoint}?${key.length}` });
  const change = new ExtendableEvent("pushsubscriptionchange");
  self.dispatchEvent(Object.assign(change, { newSubscription: old }));
}
"""


def test_an_address_that_the_push_service_renews_is_told_to_the_site(
    site: Site, dora: Person
) -> None:
    """By the service worker, without a page. The browser may have subscribed already, or not."""
    dora.goes_to("/rooms/").is_connected()
    post = Post(dora)
    keys = Keys().said
    for place, given in enumerate([True, False], 1):
        fresh = {"endpoint": f"https://push.example.net/{dora.username}/{place}", "keys": keys}
        post.renews(fresh, given=given)
        told = f"{fresh['endpoint']}" if given else f"{fresh['endpoint']}?87"
        eventually(partial(is_told, site, told))


HIDE = """(hidden) => {
  Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


def test_whoever_missed_something_hears_once_that_they_could_be_told(site: Site) -> None:
    ann, dora = site.person("Ann Archer"), site.person("Dora Dean")
    room, other = site.room(dora, ann), site.room(dora, ann)
    dora.context.add_init_script(
        'Object.defineProperty(Notification, "permission", { value: "default" });'
    )
    dora.opens(other)
    toast = dora.page.locator("#toast")
    for number in (1, 2):
        dora.page.evaluate(HIDE, True)
        site.clerk.post(room, ann.username, f"@{dora.username}, tea?")
        expect(dora.page.locator("[data-part=inbox-count]")).to_have_text(str(number))
        dora.page.evaluate(HIDE, False)
        if number == 1:
            expect(toast).to_contain_text("There was a message for you while you were elsewhere.")
            dora.clicks("Get told…")
            expect(dora.page.locator("[data-part=notification-offer]")).to_be_visible()
    expect(toast).to_be_hidden()
