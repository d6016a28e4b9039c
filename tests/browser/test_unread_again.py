"""Marking as unread: from a message on, in every window, until the reader comes back."""

import re

from playwright.sync_api import expect

from tests.browser.person import Person
from tests.browser.site import Site


def test_a_message_marked_as_unread_stays_so_until_its_reader_comes_back(
    site: Site, bob: Person
) -> None:
    alice = site.person("Alice Adams")  # without other rooms, which would count in the title
    room = site.room(alice, bob)
    elsewhere = site.room(alice, name="Elsewhere")
    site.clerk.post(room, bob.username, *(f"message {n}" for n in range(1, 9)))
    window = alice.another_tab().opens(elsewhere)
    alice.opens(room)
    alice.page.bring_to_front()
    badge = alice.badge(room)
    expect(badge).to_be_hidden()
    expect(window.badge(room)).to_be_hidden()

    alice.message("message 6").focus()
    alice.presses("Shift+U")
    expect(badge).to_have_text("3")
    expect(window.badge(room)).to_have_text("3")
    line = alice.page.locator(".unread-line")
    expect(line).to_have_count(1)
    follows = "node => node.nextElementSibling.querySelector('[data-part=body]').textContent.trim()"
    assert line.evaluate(follows) == "message 6"

    # It is on screen in a focused window, and more messages arrive.
    site.clerk.post(room, bob.username, "message 9")
    alice.sees("message 9")
    expect(badge).to_have_text("4")
    alice.does("Mark unread from here", "message 3")
    expect(badge).to_have_text("7")
    expect(window.badge(room)).to_have_text("7")
    expect(alice.page).to_have_title(re.compile(r"^\(7\) "))

    alice.page.locator(f"[data-room='{elsewhere}'] a").click()
    expect(badge).to_have_text("7")
    alice.page.locator(f"[data-room='{room}'] a").click()
    expect(badge).to_be_hidden()
    expect(window.badge(room)).to_be_hidden()
