"""The reading position: kept to the pixel, found again, with a count of what is out of sight."""

import json
import re
import signal
from time import monotonic

from playwright.sync_api import Locator, WebSocketRoute, expect

from tests.browser.person import GONE, Person
from tests.browser.site import AWAY, Site

LOOKS_AWAY = """
away => {
  document.hasFocus = () => !away;
  dispatchEvent(new Event(away ? "blur" : "focus"));
}
"""


def test_reactions_edits_and_deletions_above_move_nothing(
    site: Site, alice: Person, bob: Person, room: str
) -> None:
    site.clerk.post(room, bob.username, *(f"line {n}" for n in range(120)))
    site.clerk.has_read(room, alice.username, 120)
    bob.opens(room, 62)
    alice.opens(room, 100)
    read = numbered(alice, 100)
    expect(numbered(alice, 62)).to_be_attached()
    expect(numbered(alice, 62)).not_to_be_in_viewport()
    before = read.bounding_box()
    for emoji in ("👍", "🎉"):
        bob.reacts(emoji, "line 61")
    expect(numbered(alice, 62).locator(".reaction")).to_have_count(2)
    bob.edits("line 60", "a longer\n\nand longer\n\ntext")
    expect(numbered(alice, 61)).to_contain_text("and longer")
    assert read.bounding_box() == before
    bob.does("Delete", "and longer")
    expect(bob.toast).to_contain_text("deleted")
    expect(numbered(alice, 61)).to_contain_text("was deleted", timeout=15_000)
    assert read.bounding_box() == before


def test_skipped_unread_messages_are_counted_and_can_be_reached(
    site: Site, alice: Person, bob: Person, room: str
) -> None:
    site.clerk.post(room, bob.username, *(f"line {n}" for n in range(1, 401)))
    site.clerk.has_read(room, alice.username, 30)
    alice.opens(room, 390)
    above, below = alice.page.locator(".unread-pill"), alice.page.locator(".pill")
    expect(above).to_contain_text(re.compile(r"3[4-6]\d unread above"))
    above.get_by_role("button", name="unread above").click()
    mark = alice.page.locator(".unread-line")
    expect(mark).to_be_in_viewport()
    follows = "node => node.nextElementSibling.dataset.number"
    assert mark.evaluate(follows) == "31"
    expect(above).to_be_hidden()
    below.click()
    expect(numbered(alice, 400)).to_be_in_viewport()
    expect(above).to_be_hidden()
    expect(below).to_be_hidden()


def test_escape_first_dismisses_the_unread_marker_and_then_goes_to_the_end(
    site: Site, alice: Person, bob: Person, room: str
) -> None:
    site.clerk.post(room, bob.username, *(f"line {n}" for n in range(1, 201)))
    site.clerk.has_read(room, alice.username, 30)
    alice.opens(room, 150)
    above = alice.page.locator(".unread-pill")
    expect(above).to_be_visible()
    alice.composer.focus()
    alice.presses("Escape")
    expect(above).to_be_hidden()
    expect(numbered(alice, 150)).to_be_in_viewport()
    alice.presses("Escape")
    expect(numbered(alice, 200)).to_be_in_viewport()


PLACE = """
() => {
  const { top } = document.querySelector(".timeline__scroll").getBoundingClientRect();
  const seen = [...document.querySelectorAll("article.message")]
    .find((node) => node.getBoundingClientRect().bottom > top);
  return { number: Number(seen.dataset.number), top: seen.getBoundingClientRect().top };
}
"""


def test_a_reader_who_comes_back_finds_where_they_left_off(
    site: Site, alice: Person, bob: Person, room: str
) -> None:
    site.clerk.post(room, bob.username, *(f"line {n}" for n in range(1, 41)))
    site.clerk.has_read(room, alice.username, 40)
    alice.opens(room)
    expect(numbered(alice, 40)).to_be_in_viewport()
    mark = alice.page.locator(".unread-line")
    expect(mark).to_have_count(0)
    alice.page.evaluate(LOOKS_AWAY, True)
    site.clerk.post(room, bob.username, *(f"meanwhile {n}" for n in range(40)))
    alice.sees("meanwhile 39")
    above = alice.page.locator(".unread-pill")
    expect(above).to_be_hidden()
    alice.page.evaluate(LOOKS_AWAY, False)
    expect(above).to_be_visible()
    above.get_by_role("button", name="unread above").click()
    expect(mark).to_be_in_viewport()
    assert mark.evaluate("node => node.nextElementSibling.dataset.number") == "41"


def test_back_from_a_plain_page_leads_to_a_place_far_up(
    site: Site, alice: Person, bob: Person, room: str
) -> None:
    """The page that arrives then has only the newest messages."""
    site.clerk.fill(room, bob.username, count=200, days=9)
    site.clerk.has_read(room, alice.username, 200)
    alice.opens(room)
    alice.scroller.evaluate("node => { node.scrollTop = 0; }")
    expect(numbered(alice, 101)).to_have_count(1)  # one more page of three has arrived
    alice.scroller.evaluate("node => { node.scrollTop = 0; }")
    expect(numbered(alice, 51)).to_have_count(1)
    place = alice.page.evaluate(PLACE)
    alice.page.get_by_role("link", name="Room settings").click()
    expect(alice.page).to_have_url(re.compile("/settings/"))
    alice.page.go_back()
    found = numbered(alice, place["number"])
    expect(found).to_be_in_viewport()
    alice.has_drawn()
    assert abs(alice.page.evaluate(PLACE)["top"] - place["top"]) <= 2
    alice.page.locator(".pill").click()
    expect(numbered(alice, 200)).to_be_in_viewport()


def test_a_link_to_a_deleted_message_says_so(
    site: Site, alice: Person, bob: Person, room: str
) -> None:
    site.clerk.post(room, alice.username, *(f"line {n}" for n in range(1, 81)))
    bob.opens(room)
    alice.opens(room, 20)
    alice.deletes("line 20")
    alice.goes_to("/rooms/")
    bob.opens(room, 20)
    found = numbered(bob, 20)
    expect(found).to_be_in_viewport()
    expect(found).to_contain_text(GONE, timeout=15_000)
    expect(found).to_have_class(re.compile("message--found"))
    expect(found).to_be_focused()


def test_a_long_absence_leaves_the_reader_in_place(mortal_site: Site) -> None:
    alice, bob = mortal_site.person("Alice Adams"), mortal_site.person("Bob Brown")
    room = mortal_site.room(alice, bob)
    mortal_site.clerk.fill(room, bob.username, count=600, days=30)
    mortal_site.clerk.has_read(room, alice.username, 600)
    alice.trouble.expect(AWAY)
    alice.opens(room, 300)
    read = numbered(alice, 300)
    expect(read).to_be_in_viewport()
    before = read.bounding_box()
    mortal_site.end_server(signal.SIGTERM)
    expect(alice.banner).to_be_visible()
    mortal_site.clerk.fill(room, bob.username, count=1100, days=1)  # more than a replay carries
    mortal_site.start()
    alice.is_connected(within=40)
    expect(alice.page.locator(".pill")).to_contain_text("1,100 new messages")
    numbers = "nodes => nodes.map(node => Number(node.dataset.number))"
    shown: list[int] = alice.messages.evaluate_all(numbers)
    assert shown == list(range(shown[0], shown[0] + len(shown))), "a hole nobody sees"
    expect(read).to_have_count(1)
    assert abs(read.bounding_box()["y"] - before["y"]) < 1  # type: ignore[index]


def test_the_edge_of_the_loaded_messages_says_what_it_waits_for(mortal_site: Site) -> None:
    alice = mortal_site.person("Alice Adams")
    room = mortal_site.room(alice)
    mortal_site.clerk.fill(room, alice.username, count=300, days=3)
    alice.trouble.expect(AWAY)
    alice.opens(room, 150)
    mortal_site.end_server(signal.SIGTERM)
    expect(alice.banner).to_be_visible()
    alice.scroller.evaluate("scroller => { scroller.scrollTop = 0; }")
    edge = alice.page.get_by_text("Earlier messages will load once you're back online.")
    expect(edge).to_be_in_viewport()
    mortal_site.start()
    alice.is_connected(within=40)
    expect(edge).to_be_hidden()
    expect(numbered(alice, 80)).to_be_attached()


def test_an_open_edit_survives_a_jump_far_away(site: Site, alice: Person, room: str) -> None:
    site.clerk.fill(room, alice.username, count=900, days=9)
    alice.opens(room, 850)
    alice.does("Edit", "message 850")
    editor = alice.page.get_by_role("textbox", name="Edit message")
    editor.fill("half a thought")
    alice.page.evaluate("() => document.querySelector('chat-timeline').jumps.goTo(100)")
    expect(numbered(alice, 100)).to_be_in_viewport()
    expect(editor).to_have_count(0)
    alice.page.evaluate("() => document.querySelector('chat-timeline').jumps.goTo(850)")
    expect(editor).to_have_value("half a thought")
    editor.press("Enter")
    alice.sees("half a thought")


def test_the_last_of_two_jumps_wins(site: Site, alice: Person, room: str) -> None:
    site.clerk.fill(room, alice.username, count=500, days=5)
    site.clerk.has_read(room, alice.username, 500)

    def delay(route: WebSocketRoute) -> None:
        server = route.connect_to_server()

        def pass_on(frame: str | bytes) -> None:
            if json.loads(frame).get("around") == 10:
                held.append(frame)
            else:
                server.send(frame)

        def bring(frame: str | bytes) -> None:
            route.send(frame)
            if held and json.loads(frame).get("ref") == json.loads(held[0])["ref"]:
                brought.append(frame)

        route.on_message(pass_on)
        server.on_message(bring)
        sockets.append(server)

    held: list[str | bytes] = []
    brought: list[str | bytes] = []
    sockets: list[WebSocketRoute] = []
    alice.page.route_web_socket(re.compile("/ws/"), delay)
    alice.opens(room)
    expect(numbered(alice, 500)).to_be_in_viewport()
    alice.page.evaluate("() => void document.querySelector('chat-timeline').jumps.goTo(10)")
    alice.page.evaluate("() => document.querySelector('chat-timeline').jumps.goTo(495)")
    assert held, "the first journey never began"
    sockets[-1].send(held[0])
    deadline = monotonic() + 10
    while not brought:
        assert monotonic() < deadline, "the server never answered"
        alice.has_drawn()
    alice.has_drawn()
    expect(numbered(alice, 495)).to_be_in_viewport()
    expect(numbered(alice, 10)).to_have_count(0)


def test_tab_re_enters_the_conversation_after_its_tab_stop_was_unloaded(
    site: Site, alice: Person, room: str
) -> None:
    site.clerk.fill(room, alice.username, count=900, days=9)
    alice.opens(room, 850)
    expect(numbered(alice, 850)).to_be_focused()
    alice.composer.focus()
    alice.page.evaluate("() => document.querySelector('chat-timeline').jumps.goToUnread()")
    alice.page.evaluate("() => document.querySelector('chat-timeline').jumps.goToEnd()")
    expect(numbered(alice, 900)).to_be_in_viewport()
    alice.presses("Shift+Tab")
    expect(alice.page.get_by_role("button", name="Add files")).to_be_focused()
    alice.presses("Shift+Tab")
    formatting = alice.page.get_by_role("toolbar", name="Formatting")
    expect(formatting.get_by_role("button", name="Bold")).to_be_focused()
    alice.presses("Shift+Tab")
    expect(alice.page.locator("article.message:focus-within")).to_be_in_viewport()


def numbered(person: Person, number: int) -> Locator:
    return person.page.locator(f"article[data-number='{number}']")
