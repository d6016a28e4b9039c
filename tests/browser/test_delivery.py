"""A panel says how the line and the room are, in numbers that are true."""

import re

from playwright.sync_api import expect

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
