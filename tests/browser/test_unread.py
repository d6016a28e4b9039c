"""Unread messages: counted exactly, and marked where they begin."""

import re

from playwright.sync_api import expect

from tests.browser.person import Person
from tests.browser.site import Site


def test_the_badge_counts_exactly_what_others_wrote(site: Site, bob: Person) -> None:
    alice = site.person("Alice Adams")  # without other rooms, which would count in the title
    room = site.room(alice, bob)
    elsewhere = site.room(alice, name="Elsewhere")
    alice.opens(elsewhere)
    expect(alice.badge(room)).to_be_hidden()
    bob.opens(room)
    for n in range(3):
        bob.posts(f"message {n}")
        expect(alice.badge(room)).to_have_text(str(n + 1))
    phone = alice.another_tab().opens(room)
    phone.sees("message 2")
    expect(alice.badge(room)).to_be_hidden()
    phone.posts("my own counts for nothing")
    bob.sees("my own counts for nothing")
    phone.page.close()
    bob.posts("one more")
    expect(alice.badge(room)).to_have_text("1")
    expect(alice.page).to_have_title(
        "(1) " + alice.page.locator("#room-name").inner_text() + " – Chatsite"
    )
    icon = alice.page.locator("link[rel=icon]")
    expect(icon).to_have_attribute("href", re.compile("favicon-unread"))
    alice.reloads()
    expect(alice.badge(room)).to_have_text("1")
    site.clerk.post(site.clerk.make_direct(alice.username, bob.username), bob.username, "for you")
    expect(icon).to_have_attribute("href", re.compile("favicon-personal"))


def test_the_first_unread_message_is_marked_and_the_mark_stays(
    site: Site, alice: Person, bob: Person, room: str
) -> None:
    site.clerk.post(room, alice.username, *(f"read {n}" for n in range(60)))
    site.clerk.has_read(room, alice.username, 60)
    site.clerk.post(room, bob.username, *(f"unread {n}" for n in range(60)))
    alice.opens(room)
    mark = alice.page.locator(".unread-line")
    expect(mark).to_be_in_viewport()
    follows = "node => node.nextElementSibling.querySelector('[data-part=body]').textContent.trim()"
    assert mark.evaluate(follows) == "unread 0"
    before = mark.bounding_box()
    pill = alice.page.locator(".pill")
    below = int(pill.inner_text().split()[0])
    last_seen = 120 - below
    expect(alice.page.locator(f"article[data-number='{last_seen}']")).to_be_in_viewport()
    bob.opens(room)
    bob.posts("while she reads")
    expect(pill).to_contain_text(f"{below + 1} new messages")
    assert mark.bounding_box() == before
    alice.page.locator(".pill").click()
    expect(alice.sees("while she reads")).to_be_in_viewport()
    expect(alice.badge(room)).to_be_hidden()
    assert mark.evaluate(follows) == "unread 0"
    alice.goes_to("/rooms/").is_connected()
    expect(alice.badge(room)).to_be_hidden()
    alice.opens(room)
    expect(mark).to_have_count(0)


def test_a_deleted_message_is_unread_neither_in_the_list_nor_in_the_room(
    site: Site, alice: Person, bob: Person
) -> None:
    carol = site.person("Carol Clark")
    room = site.room(alice, bob, carol)
    site.clerk.post(room, bob.username, *(f"message {n}" for n in range(1, 61)))
    site.clerk.has_read(room, carol.username, 10)
    carol.goes_to("/rooms/").is_connected()
    expect(carol.badge(room)).to_have_text("50")
    alice.opens(room)
    alice.deletes_of_another("message 60")
    expect(carol.badge(room)).to_have_text("49")
    alice.opens(room, 11)
    alice.deletes_of_another("message 11")
    expect(carol.badge(room)).to_have_text("48")
    expect(carol.page).to_have_title(re.compile(r"^\(48\) "))
    carol.reloads()
    expect(carol.badge(room)).to_have_text("48")

    carol.opens(room)
    mark = carol.page.locator(".unread-line")
    expect(mark).to_be_in_viewport()
    follows = "node => node.nextElementSibling.querySelector('[data-part=body]').textContent.trim()"
    assert mark.evaluate(follows) == "message 12"
    pill = carol.page.locator(".pill")
    below = int(pill.inner_text().split()[0])
    last_seen = 60 - 1 - below  # the last one is a tombstone
    expect(carol.page.locator(f"article[data-number='{last_seen}']")).to_be_in_viewport()
    alice.opens(room, 50)
    alice.deletes_of_another("message 50")
    expect(pill).to_contain_text(f"{below - 1} new messages")
