"""The delivery panel shows the true state of the connection and the room in numbers."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.line import Line
from tests.browser.person import Person
from tests.conftest import Measure

TOLD_MS = 8000  # 5000 are promised; `js/socket.test.js` counts them


def test_the_dot_opens_the_panel_and_its_numbers_match_the_room(
    alice: Person, bob: Person, room: str
) -> None:
    for person in (alice, bob):
        person.opens(room)
    for body in ("one", "two"):
        bob.posts(body)
        alice.sees(body)
    alice.page.get_by_role("button", name="Connected").click()
    panel = alice.page.get_by_role("dialog", name="Delivery")
    expect(panel).to_contain_text(re.compile(r"Connectionopen for \d+ s"))
    expect(panel).to_contain_text(re.compile(r"Round trip\d+ ms"))
    expect(panel).to_contain_text("Revision2Newest message2")
    bob.posts("three")
    expect(panel).to_contain_text("Revision3Newest message3")
    alice.presses("Escape")
    expect(panel).to_be_hidden()


def test_the_dot_shows_that_a_line_does_not_answer(alice: Person, room: str) -> None:
    line = Line(alice)
    alice.opens(room)
    line.deaf = True
    alice.posts("is anybody there")
    dot = alice.page.get_by_role("button", name="Waiting for the server to answer")
    expect(dot).to_be_visible(timeout=TOLD_MS)
    line.deaf = False
    good = alice.page.get_by_role("button", name="Connected", exact=True)
    expect(good).to_be_visible(timeout=15_000)


TELL_WHEN_SHOWN = """
() => {
  const banner = document.querySelector("chat-banner");
  const begin = performance.now();
  window.told = new Promise((resolve) => {
    new MutationObserver(() => banner.hidden || resolve(performance.now() - begin))
      .observe(banner, { attributeFilter: ["hidden"] });
  });
}
"""

GIVE_UP_AFTER = """
(name) => new Promise((resolve) => {
  const begin = performance.now();
  new MutationObserver(() => resolve(performance.now() - begin))
    .observe(document.documentElement, { attributeFilter: ["data-connection"] });
  dispatchEvent(new Event(name));
})
"""


def test_a_dead_line_is_told_within_five_seconds_of_a_send_and_replaced(
    alice: Person, bob: Person, room: str, measure: Measure
) -> None:
    line = Line(alice)
    alice.opens(room)
    bob.opens(room)
    alice.posts("while all is well")
    alice.sees_sent("while all is well")
    alice.page.evaluate(TELL_WHEN_SHOWN)
    line.dies()
    alice.posts("into the void")
    expect(alice.banner).to_contain_text("The server isn't answering.")
    told = alice.page.evaluate("window.told")
    measure(f"a dead line was told {told:.0f} ms after a send")
    assert told < TOLD_MS
    alice.clicks("Try now")
    alice.sees_sent("into the void")
    bob.sees("into the void")
    expect(alice.banner).to_be_hidden()


@pytest.mark.parametrize("event", ["online", "offline"])
def test_a_dead_line_is_replaced_within_five_seconds_of_a_change_of_network(
    alice: Person, bob: Person, room: str, event: str
) -> None:
    line = Line(alice)
    alice.opens(room)
    bob.opens(room)
    line.dies()
    given_up = alice.page.evaluate(GIVE_UP_AFTER, event)
    assert given_up < TOLD_MS
    alice.is_connected()
    bob.posts("are you there")
    alice.sees("are you there")


def test_a_captive_portal_is_recognised_and_named(alice: Person, room: str) -> None:
    """A captive portal answers everything with its own page, handshakes too."""
    alice.page.add_init_script("Math.random = () => 0.01")
    alice.page.route_web_socket(re.compile("/ws/$"), lambda socket: socket.close())
    alice.page.route("**/healthz", lambda route: route.fulfill(body="<h1>Hotel Wi-Fi</h1>"))
    alice.goes_to(f"/rooms/{room}/")
    expect(alice.banner).to_contain_text("Something else is answering at this address")
    expect(alice.banner.get_by_role("button", name="Reload")).to_be_visible()
