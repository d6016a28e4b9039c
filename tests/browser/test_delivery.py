"""A panel says how the line and the room are, in numbers that are true."""

import re

from playwright.sync_api import expect

from tests.browser.line import Line
from tests.browser.person import Person


def test_the_dot_opens_it_and_its_numbers_are_those_of_the_room(
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


def test_the_dot_doubts_a_line_that_does_not_answer(alice: Person, room: str) -> None:
    line = Line(alice)
    alice.opens(room)
    line.deaf = True
    alice.posts("is anybody there")
    dot = alice.page.get_by_role("button", name="Waiting for the server to answer")
    expect(dot).to_be_visible(timeout=5000)
    line.deaf = False
    good = alice.page.get_by_role("button", name="Connected", exact=True)
    expect(good).to_be_visible(timeout=15_000)


def test_a_sign_in_page_in_place_of_the_site_is_named(alice: Person, room: str) -> None:
    """A network's proxy answers everything with a page of its own, handshakes too."""
    alice.page.add_init_script("Math.random = () => 0.01")
    alice.page.route_web_socket(re.compile("/ws/$"), lambda socket: socket.close())
    alice.page.route("**/healthz", lambda route: route.fulfill(body="<h1>Hotel Wi-Fi</h1>"))
    alice.goes_to(f"/rooms/{room}/")
    expect(alice.banner).to_contain_text("Another page answers in place of this site")
    expect(alice.banner.get_by_role("button", name="Reload")).to_be_visible()
