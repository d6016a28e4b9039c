"""The outbox: unsent posts survive whatever happens to the page, and are sent once."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, WebSocketRoute, expect

from tests.browser.crashing import Home, crash
from tests.browser.person import Person
from tests.browser.site import AWAY, Site
from tests.processes import eventually

BODIES = ["first of three", "second of three", "third of three"]
QUICK = "Math.random = () => 0.3"  # determines how long a page waits before it reconnects

# An unsent post as a closed page leaves it behind.
LEAVE_BEHIND = """
(posts) => new Promise((resolve, reject) => {
  const opening = indexedDB.open("chatsite");
  opening.onerror = () => reject(opening.error);
  opening.onsuccess = () => {
    const transaction = opening.result.transaction("posts", "readwrite");
    for (const post of posts) transaction.objectStore("posts").put(post);
    transaction.oncomplete = () => resolve(opening.result.close());
  };
})
"""
COUNT_KEPT = """
(count) => new Promise((resolve) => {
  const opening = indexedDB.open("chatsite");
  opening.onsuccess = () => {
    const asked = opening.result.transaction("posts").objectStore("posts").count();
    asked.onsuccess = () => resolve(opening.result.close() ?? asked.result === count);
  };
})
"""
# In one turn: whatever is there at its end is painted in the same frame.
PRESS_ENTER = """
(field) => {
  field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
  return [...document.querySelectorAll("[data-part=body].message__body")].map(
    (body) => body.textContent,
  );
}
"""
FORBIDDEN = """
Object.defineProperty(globalThis, "indexedDB", {
  get() { throw new DOMException("It is denied", "SecurityError"); },
});
"""


class Gatekeeper:
    """A relay between page and server: records posts, refuses some, holds some up."""

    refuses: re.Pattern[str] | None = None
    holds = False
    code = "invalid"

    def __init__(self, person: Person) -> None:
        self.posts: list[str] = []
        self._held: list[Callable[[], None]] = []
        person.page.route_web_socket(re.compile(r"/ws/$"), self._join)

    def _join(self, page: WebSocketRoute) -> None:
        server = page.connect_to_server()

        def pass_on(frame: str | bytes) -> None:
            command = json.loads(frame)
            if command["type"] == "message.post":
                if self.holds:
                    return self._held.append(lambda: pass_on(frame))
                self.posts.append(command["body"])
                if self.refuses and self.refuses.search(command["body"]):
                    error = {"type": "error", "ref": command["ref"], "code": self.code}
                    return page.send(json.dumps(error))
            return server.send(frame)

        page.on_message(pass_on)
        server.on_message(page.send)

    def lets_go(self) -> None:
        self.holds = False
        for go_on in self._held:
            go_on()


def stored(site: Site, room: str) -> list[str]:
    return [body for _, _, body in site.clerk.messages(room)]


@pytest.fixture
def away(mortal_site: Site) -> tuple[Site, Person, str]:
    """A site whose server is gone, with alice in one of its rooms."""
    alice = mortal_site.person("Alice Adams")
    room = mortal_site.room(alice)
    alice.trouble.expect(AWAY)
    alice.context.add_init_script(QUICK)
    return mortal_site, alice, room


def test_a_crashed_tab_s_unsent_posts_are_sent_once_and_in_order(
    away: tuple[Site, Person, str],
) -> None:
    site, alice, room = away
    alice.opens(room)
    site.kill()
    for body in BODIES:
        alice.posts(body)
    expect(alice.sees(BODIES[-1])).to_have_attribute("data-state", "pending")
    crash(alice)
    site.start()
    again = alice.another_tab().opens(room)
    again.has_nothing_unsent()
    again.sees_sent(BODIES[-1])
    assert stored(site, room) == BODIES
    again.reloads().has_nothing_unsent()
    assert stored(site, room) == BODIES


def test_a_killed_browser_sends_its_unsent_posts_when_reopened(
    mortal_site: Site, tmp_path: Path
) -> None:
    alice = mortal_site.person("Alice Adams")
    room = mortal_site.room(alice)
    home = Home(mortal_site, alice.username, tmp_path / "home")
    with home.browser(QUICK) as killed:
        killed.opens(room)
        mortal_site.kill()
        for body in BODIES:
            killed.posts(body)
        expect(killed.sees(BODIES[-1])).to_have_attribute("data-state", "pending")
        expect(killed.composer).to_have_value("")
        wait_until_stored(killed, len(BODIES))
        home.kill()
    mortal_site.start()
    with home.browser(QUICK) as again:
        again.opens(room).has_nothing_unsent()
        again.sees_sent(BODIES[-1])
        expect(again.composer).to_have_value("")
    assert stored(mortal_site, room) == BODIES


def test_two_tabs_show_an_unsent_post_and_the_other_sends_it_when_the_first_is_closed(
    away: tuple[Site, Person, str],
) -> None:
    site, left, room = away
    right = left.another_tab()
    gates = [Gatekeeper(left), Gatekeeper(right)]
    left.opens(room)
    right.opens(room)
    left.posts("while all is well")
    right.sees_sent("while all is well")
    right.posts("from the other tab")
    left.sees_sent("from the other tab")
    site.kill()
    for body in BODIES:
        left.posts(body)
        expect(right.sees(body)).to_have_attribute("data-state", "pending")
    left.page.close()
    site.start()
    right.is_connected(within=20).has_nothing_unsent()
    assert stored(site, room) == ["while all is well", "from the other tab", *BODIES]
    assert right.timeline == site.clerk.messages(room)
    assert [gate.posts for gate in gates] == [
        ["while all is well"],
        ["from the other tab", *BODIES],
    ]


def test_a_post_appears_at_once_and_does_not_move_when_confirmed(alice: Person, room: str) -> None:
    gate = Gatekeeper(alice)
    alice.opens(room)
    alice.posts("before")
    alice.sees_sent("before")
    gate.holds = True
    alice.composer.fill("at once")
    assert alice.composer.evaluate(PRESS_ENTER)[-1] == "at once"
    post = alice.sees("at once")
    expect(post).to_have_attribute("data-state", "pending")
    place, node = post.bounding_box(), post.element_handle()
    gate.lets_go()
    assert alice.sees_sent("at once").bounding_box() == place
    assert alice.page.evaluate("node => node.isConnected", node)


def test_a_refused_post_stays_with_its_reason_until_its_author_decides(
    site: Site, alice: Person, room: str
) -> None:
    gate = Gatekeeper(alice)
    alice.context.grant_permissions(["clipboard-read", "clipboard-write"])
    alice.opens(room)
    gate.refuses = re.compile("no")
    for body in ("no 1", "yes", "no 2", "no 3"):
        alice.posts(body)
    alice.sees_sent("yes")
    alice.reloads()
    failed = alice.unsent
    expect(failed).to_have_text(
        [re.compile(f"no {n}.*couldn't process", re.DOTALL) for n in (1, 2, 3)]
    )
    alice.sees_no("no 1")

    button(failed.nth(1), "Copy").click()
    expect(alice.toast).to_contain_text("Text copied.")
    assert alice.page.evaluate("navigator.clipboard.readText()") == "no 2"
    button(failed.nth(1), "Discard").click()
    expect(failed).to_have_count(2)
    gate.refuses = None
    button(failed.nth(0), "Retry").click()
    alice.sees_sent("no 1")
    alice.reloads()
    expect(failed).to_have_count(1)
    button(failed.nth(0), "Retry").click()
    alice.sees_sent("no 3")
    assert stored(site, room) == ["yes", "no 1", "no 3"]


def test_a_refused_reply_can_be_edited_and_stays_a_reply(
    site: Site, alice: Person, room: str
) -> None:
    gate = Gatekeeper(alice)
    alice.opens(room)
    alice.posts("a question")
    alice.sees_sent("a question")
    gate.refuses = re.compile("answer")
    alice.does("Reply", "a question")
    alice.posts("my answer")
    button(alice.unsent, "Edit").click()
    expect(alice.unsent).to_have_count(0)
    expect(alice.composer).to_have_value("my answer")
    expect(alice.composer).to_be_focused()
    gate.refuses = None
    alice.presses("Enter")
    expect(alice.sees_sent("my answer").locator(".message__quote")).to_contain_text("a question")


def test_a_post_that_is_refused_after_its_author_left_the_room_leads_back_to_it(
    site: Site, alice: Person, bob: Person
) -> None:
    here, there = site.room(alice, bob, name="Here"), site.room(alice, bob, name="There")
    gate = Gatekeeper(alice)
    alice.opens(here)
    gate.holds = True
    alice.posts("too late")
    alice.page.locator(f"chat-sidebar [data-room='{there}']").click()
    expect(alice.page.locator("#room-name")).to_contain_text("There")
    gate.refuses = re.compile("late")
    gate.lets_go()
    expect(alice.toast).to_contain_text("wasn’t sent")
    button(alice.toast, "Show").click()
    expect(alice.page.locator("#room-name")).to_contain_text("Here")
    expect(alice.unsent).to_contain_text("too late")
    button(alice.unsent, "Discard").click()


def test_a_refused_post_can_be_taken_back_by_someone_who_can_no_longer_write(
    site: Site, alice: Person, bob: Person
) -> None:
    room = site.room(bob, alice, name="Plans")
    gate = Gatekeeper(alice)
    alice.opens(room)
    gate.refuses = re.compile("plan")
    alice.posts("my plan")
    expect(alice.unsent).to_contain_text("my plan")
    site.clerk.archive(room, bob.username)
    expect(alice.reason).to_contain_text("This room is archived.")
    button(alice.unsent, "Discard").click()
    expect(alice.unsent).to_have_count(0)


def test_posts_older_than_a_week_are_sent_only_on_retry(
    site: Site, alice: Person, room: str
) -> None:
    alice.opens(room)
    me = alice.page.evaluate("JSON.parse(document.querySelector('#bootstrap').textContent).user.id")
    post = {"user": me, "room": room, "reply_to": None, "state": "pending"}
    alice.page.evaluate(
        LEAVE_BEHIND,
        [
            {
                **post,
                "nonce": "old-enough",
                "body": "see you tonight",
                "created_at": "2020-01-01T10:00Z",
            },
        ],
    )
    alice.reloads()
    old = alice.unsent
    expect(old).to_contain_text("more than a week ago")
    alice.posts("something new")
    alice.sees_sent("something new")
    assert stored(site, room) == ["something new"]
    button(old, "Retry").click()
    alice.sees_sent("see you tonight")


def test_the_next_person_to_sign_in_neither_sees_nor_sends_unsent_posts(
    away: tuple[Site, Person, str],
) -> None:
    site, alice, room = away
    bob = site.person("Bob Brown")
    site.clerk.join(room, bob.username)
    alice.opens(room)
    site.kill()
    alice.posts("for nobody but me to send")
    alice.types("half a tho")
    as_user(alice, site, bob.username)
    site.start()
    # The page that alice left open comes back as bob's, without any of her text.
    expect(alice.page.get_by_role("link", name="Bob Brown")).to_be_visible()
    alice.is_connected(within=20)
    expect(alice.composer).to_have_value("")
    alice.sees_no("for nobody but me to send")
    alice.posts("I am Bob")
    alice.sees_sent("I am Bob")
    assert [author for _, author, _ in site.clerk.messages(room)] == [bob.username]
    as_user(alice, site, alice.username)
    alice.opens(room).has_nothing_unsent()
    alice.sees_sent("for nobody but me to send")
    expect(alice.composer).to_have_value("half a tho")
    assert [author for _, author, _ in site.clerk.messages(room)] == [bob.username, alice.username]


def test_a_browser_without_storage_warns_once_and_sends_all_the_same(
    away: tuple[Site, Person, str],
) -> None:
    site, alice, room = away
    alice.context.add_init_script(FORBIDDEN)
    alice.opens(room)
    alice.types("a")
    expect(alice.toast).to_contain_text("This browser can't save drafts")
    site.kill()
    for body in BODIES:
        alice.posts(body)
    expect(alice.sees(BODIES[-1])).to_have_attribute("data-state", "pending")
    expect(alice.toast).to_be_hidden()
    site.start()
    alice.is_connected(within=20).has_nothing_unsent()
    assert stored(site, room) == BODIES


def as_user(person: Person, site: Site, username: str) -> None:
    key = site.clerk.session(username)
    cookie = {"name": "sessionid", "value": key, "url": site.address}
    person.context.clear_cookies()
    person.context.add_cookies([cookie])  # type: ignore[list-item]


def button(message: Locator, name: str) -> Locator:
    return message.get_by_role("button", name=name, exact=True)


def wait_until_stored(person: Person, count: int) -> None:
    """Let the key be handled first; a crash within ten milliseconds would be another test."""
    eventually(lambda: person.page.evaluate(COUNT_KEPT, count))
