"""Visits: moving from room to room without reloading the page."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from time import monotonic

import pytest
from playwright.sync_api import Page, Route, WebSocket, WebSocketRoute, expect

from tests.browser.person import Person
from tests.browser.site import Site

# Milliseconds from the click to the first frame that shows the other room's first message.
SWITCH = """
async ([slug, text]) => {
  const link = document.querySelector(`[data-room="${slug}"] a`);
  const start = performance.now();
  link.click();
  const frame = () => new Promise(requestAnimationFrame);
  const bodies = () => [...document.querySelectorAll(".message__body")];
  const isThere = () => bodies().some((body) => body.textContent.trim() === text);
  while (!isThere()) await frame();
  await frame();
  return performance.now() - start;
}
"""
QUICK = 250  # ms; 100 on an idle machine


class Frames:
    """The frames that one page has sent over its sockets."""

    def __init__(self, page: Page) -> None:
        self.sockets = 0
        self.sent: list[dict[str, object]] = []
        page.on("websocket", self._open)

    def _open(self, socket: WebSocket) -> None:
        self.sockets += 1
        socket.on("framesent", lambda frame: self.sent.append(json.loads(frame)))

    def rooms(self, kind: str) -> list[object]:
        """Return the opened rooms in order; opening one again to catch up doesn't count."""
        named = [frame["room"] for frame in self.sent if frame["type"] == kind]
        return [room for room, _ in groupby(named)]


@pytest.fixture
def rooms(site: Site, alice: Person, bob: Person) -> tuple[str, str]:
    """Two rooms that both people are in, with everything read."""
    slugs = (site.room(alice, bob, name="First"), site.room(alice, bob, name="Second"))
    for slug in slugs:
        site.clerk.post(slug, bob.username, *(f"{slug} {n}" for n in range(1, 41)))
        site.clerk.has_read(slug, alice.username, 40)
    return slugs


def goes(person: Person, room: str) -> None:
    person.page.locator(f"[data-room='{room}'] a").click()
    is_in(person, room)


def is_in(person: Person, room: str) -> None:
    expect(person.page).to_have_url(re.compile(f"/rooms/{room}/$"))
    expect(person.page.locator("#sidebar [aria-current=page]")).to_have_attribute(
        "href", f"/rooms/{room}/"
    )


@contextmanager
def held(person: Person, path: str) -> Iterator[list[Route]]:
    """Hold up responses from this address until the end."""
    waiting: list[Route] = []
    person.page.route(f"**{path}", lambda route: waiting.append(route))
    yield waiting
    person.page.unroute(f"**{path}")
    for route in waiting:
        route.fallback()


def test_another_room_opens_over_the_same_socket(
    alice: Person, bob: Person, rooms: tuple[str, str]
) -> None:
    first, second = rooms
    frames = Frames(alice.page)
    alice.opens(first)
    alice.page.evaluate("window.stayed = true")
    goes(alice, second)
    alice.sees(f"{second} 40")
    alice.sees_no(f"{first} 40")
    expect(alice.page.locator("#room-name")).to_contain_text("Second")
    expect(alice.page).to_have_title(re.compile("Second"))
    expect(alice.composer).to_be_focused()
    expect(alice.page.locator("#status")).to_contain_text("Second")
    bob.opens(second)
    bob.posts("Welcome over here")
    alice.sees("Welcome over here")
    alice.posts("Thank you")
    bob.sees("Thank you")
    assert alice.page.evaluate("window.stayed"), "the page was reloaded"
    assert frames.sockets == 1
    assert frames.rooms("room.open") == [first, second]
    assert frames.rooms("room.close") == [first]


def test_a_room_appears_at_once(alice: Person, rooms: tuple[str, str]) -> None:
    alice.opens(rooms[0])
    took = [alice.page.evaluate(SWITCH, [rooms[n % 2], f"{rooms[n % 2]} 40"]) for n in range(1, 11)]
    assert min(took) < QUICK, took  # a busy machine can only add to it


def test_back_leads_to_the_room_and_the_place_in_it(
    site: Site, alice: Person, bob: Person, rooms: tuple[str, str]
) -> None:
    first, second = rooms
    site.clerk.post(first, bob.username, *(f"{first} {n}" for n in range(41, 401)))
    site.clerk.has_read(first, alice.username, 400)
    alice.opens(first, 150)
    alice.page.keyboard.press("Escape")
    target = alice.message(re.compile(f"^{first} 140$"))
    alice.scroller.evaluate("node => { node.scrollTop -= 300; }")
    target.evaluate("node => node.scrollIntoView({ block: 'start' })")
    before = target.bounding_box()
    assert before
    alice.page.evaluate("window.stayed = true")
    alice.page.locator(f"[data-room='{second}'] a").click()
    alice.sees(f"{second} 40")
    alice.page.go_back()
    expect(alice.page).to_have_url(re.compile(f"/rooms/{first}/150/$"))
    alice.sees_no(f"{second} 40")
    expect(target).to_be_in_viewport()
    after = target.bounding_box()
    assert after
    assert abs(after["y"] - before["y"]) <= 1
    alice.page.go_forward()
    is_in(alice, second)
    expect(alice.message(re.compile(f"^{second} 40$"))).to_be_in_viewport()
    assert alice.page.evaluate("window.stayed")


def test_messages_in_the_room_just_left_count_as_unread(
    alice: Person, bob: Person, rooms: tuple[str, str]
) -> None:
    first, second = rooms
    alice.opens(first)
    bob.opens(first)
    goes(alice, second)
    bob.posts("Are you still here?")
    expect(alice.badge(first)).to_have_text("1")
    alice.sees_no("Are you still here?")
    goes(alice, first)
    alice.sees("Are you still here?")
    expect(alice.page.locator(".unread-line")).to_be_visible()
    expect(alice.badge(first)).to_be_hidden()


def test_a_message_in_flight_when_the_room_is_left_counts_as_unread(
    alice: Person, bob: Person, rooms: tuple[str, str]
) -> None:
    first, second = rooms

    def relay(line: WebSocketRoute) -> None:
        server = line.connect_to_server()

        def forward(frame: str | bytes) -> None:
            # As far as the server knows, she is still in the first room.
            if "room.close" not in str(frame):
                server.send(frame)

        line.on_message(forward)

    alice.page.route_web_socket(re.compile("/ws/$"), relay)
    alice.opens(first)
    bob.opens(first)
    goes(alice, second)
    bob.posts("Wait!")
    expect(alice.badge(first)).to_have_text("1")
    alice.sees_no("Wait!")


def test_a_draft_stays_with_its_room(alice: Person, bob: Person, rooms: tuple[str, str]) -> None:
    first, second = rooms
    alice.opens(first)
    alice.types("for the first")
    goes(alice, second)
    expect(alice.composer).to_have_value("")
    alice.types("for the second")
    goes(alice, first)
    expect(alice.composer).to_have_value("for the first")
    alice.presses("Enter")
    goes(alice, second)
    expect(alice.composer).to_have_value("for the second")
    alice.presses("Enter")
    bob.opens(first)
    bob.sees("for the first")
    bob.sees_no("for the second")


def test_a_submit_goes_to_the_visible_room(alice: Person, rooms: tuple[str, str]) -> None:
    first, second = rooms
    alice.opens(first)
    with held(alice, f"/rooms/{second}/") as waiting:
        alice.page.locator(f"[data-room='{second}'] a").click()
        expect(alice.page.locator("#progress")).to_be_visible()
        assert waiting
        alice.posts("while it loads")
        alice.sees_sent("while it loads")
    is_in(alice, second)
    expect(alice.page.locator("#progress")).to_be_hidden()
    alice.sees_no("while it loads")
    goes(alice, first)
    alice.sees("while it loads")


def test_the_last_of_two_quick_clicks_wins(
    site: Site, alice: Person, bob: Person, rooms: tuple[str, str]
) -> None:
    first, second = rooms
    third = site.room(alice, bob, name="Third")
    alice.opens(first)
    entries = alice.page.evaluate("history.length")
    with held(alice, f"/rooms/{second}/"):
        alice.page.locator(f"[data-room='{second}'] a").click()
        expect(alice.page.locator(f"[data-room='{second}'] [aria-current=page]")).to_be_attached()
        goes(alice, third)
    expect(alice.page.locator("#room-name")).to_contain_text("Third")
    assert not alice.page.locator("#toast").is_visible(), (
        "a visit that was called off has not failed"
    )
    alice.page.go_back()
    is_in(alice, first)
    assert alice.page.evaluate("history.length") == entries + 1


def test_a_click_during_back_navigation_continues_from_there(
    site: Site, alice: Person, bob: Person, rooms: tuple[str, str]
) -> None:
    first, second = rooms
    third = site.room(alice, bob, name="Third")
    alice.opens(first)
    goes(alice, second)
    with held(alice, f"/rooms/{first}/"):
        alice.page.evaluate("history.back()")
        expect(alice.page.locator(f"[data-room='{first}'] [aria-current=page]")).to_be_attached()
        goes(alice, third)
    expect(alice.page.locator("#room-name")).to_contain_text("Third")
    alice.page.go_back()
    is_in(alice, first)
    alice.sees(f"{first} 40")
    alice.page.go_forward()
    is_in(alice, third)


def test_without_a_connection_the_room_stays_and_says_so(
    alice: Person, rooms: tuple[str, str]
) -> None:
    first, second = rooms
    alice.opens(first)
    alice.types("half a tho")
    alice.trouble.expect("ERR_INTERNET_DISCONNECTED")
    alice.context.set_offline(True)
    alice.page.locator(f"[data-room='{second}'] a").click()
    expect(alice.page.locator("#toast")).to_contain_text("available offline")
    is_in(alice, first)
    expect(alice.composer).to_have_value("half a tho")
    alice.context.set_offline(False)
    goes(alice, second)
    alice.sees(f"{second} 40")
    alice.context.set_offline(True)
    alice.page.go_back()
    expect(alice.page.locator("#toast")).to_contain_text("available offline")
    is_in(alice, second)
    alice.sees(f"{second} 40")
    alice.context.set_offline(False)


def test_a_signed_out_visit_leads_to_log_in(site: Site) -> None:
    alice = site.person("Alice Adams")
    first, second = (site.room(alice, name=name) for name in ("First", "Second"))
    alice.opens(first)
    alice.context.clear_cookies()
    alice.page.locator(f"[data-room='{second}'] a").click()
    expect(alice.page.get_by_role("heading", name="Log in")).to_be_visible()
    assert alice.page.url.endswith(f"?next=/rooms/{second}/")


def test_the_browser_navigates_where_a_visit_cannot(
    site: Site, alice: Person, rooms: tuple[str, str]
) -> None:
    first, second = rooms
    alice.opens(first)
    with alice.context.expect_page() as opened:
        alice.page.locator(f"[data-room='{second}'] a").click(modifiers=["Control"])
    expect(opened.value).to_have_url(re.compile(f"/rooms/{second}/$"))
    is_in(alice, first)
    alice.page.evaluate("window.stayed = true")
    newer = "document.querySelector('head > script').setAttribute('src', '/static/js/newer.js')"
    alice.page.evaluate(newer)
    goes(alice, second)
    alice.sees(f"{second} 40")
    assert not alice.page.evaluate("window.stayed"), "the older page went on running"


def test_the_lobby_opens_as_a_visit_too(alice: Person, rooms: tuple[str, str]) -> None:
    frames = Frames(alice.page)
    alice.goes_to("/rooms/").is_connected()
    goes(alice, rooms[0])
    alice.sees(f"{rooms[0]} 40")
    background = "getComputedStyle(document.querySelector('.message__body')).overflowWrap"
    assert alice.page.evaluate(background) == "anywhere", "its style sheets are missing"
    alice.clicks("Browse rooms", role="link")
    expect(alice.page.get_by_role("heading", name="Rooms", level=1)).to_be_visible()
    expect(alice.page.get_by_role("link", name="Browse rooms")).to_have_attribute(
        "aria-current", "page"
    )
    assert frames.sockets == 1
    assert frames.rooms("room.close") == [rooms[0]]


def test_on_a_phone_the_drawer_closes(alice: Person, rooms: tuple[str, str]) -> None:
    first, second = rooms
    with alice.window(360, 640):
        alice.opens(first)
        alice.clicks("Rooms")
        goes(alice, second)
        alice.sees(f"{second} 40")
        expect(alice.page.locator("#sidebar")).not_to_be_in_viewport()
        expect(alice.page.locator("#main")).to_be_focused()
        expect(alice.page.locator(".backdrop")).to_have_count(0)
        assert alice.overflow == 0


def test_the_connection_banner_stays_across_visits(alice: Person, rooms: tuple[str, str]) -> None:
    first, second = rooms
    lines: list[WebSocketRoute] = []
    down = False

    def relay(line: WebSocketRoute) -> None:
        lines.append(line)
        if down:
            line.close(code=1001)
        else:
            line.connect_to_server()

    # A page waits a random time before it tries again; here the longest possible.
    alice.page.add_init_script("Math.random = () => 0.99")
    alice.page.route_web_socket(re.compile("/ws/$"), relay)
    alice.opens(first)
    down = True
    lines[0].close(code=1001)
    expect(alice.banner).to_be_visible()
    goes(alice, second)
    alice.sees(f"{second} 40")
    expect(alice.banner).to_be_visible()
    # Well before the page tries by itself.
    expect(alice.banner).to_contain_text(re.compile(r"in ([4-9]|\d\d) seconds"), timeout=30_000)
    down = False
    alice.clicks("Try now")
    expect(alice.banner).to_be_hidden()
    alice.posts("back again")
    alice.sees_sent("back again")


def test_fifty_visits_leave_nothing_behind(
    site: Site, alice: Person, rooms: tuple[str, str]
) -> None:
    frames = Frames(alice.page)
    alice.opens(rooms[0])
    inspector = alice.context.new_cdp_session(alice.page)
    inspector.send("Performance.enable")

    def visit(times: int) -> None:
        for n in range(1, times + 1):
            alice.page.evaluate(SWITCH, [rooms[n % 2], f"{rooms[n % 2]} 40"])

    def held() -> dict[str, float]:
        inspector.send("HeapProfiler.collectGarbage")
        metrics = inspector.send("Performance.getMetrics")["metrics"]
        counts = {metric["name"]: metric["value"] for metric in metrics}
        return {name: counts[name] for name in ("JSEventListeners", "Nodes", "Documents")}

    visit(6)
    before = held()
    visit(50)
    deadline = monotonic() + 10  # the page left last may still be waiting for its last frame
    while (grown := growth(before, held())) and monotonic() < deadline:
        alice.has_drawn()
    assert not grown
    assert frames.sockets == 1
    opened, closed = frames.rooms("room.open"), frames.rooms("room.close")
    assert len(opened) >= 50
    assert opened[:-1] == closed, "every room that was left has been closed"


def growth(before: dict[str, float], after: dict[str, float]) -> dict[str, tuple[float, float]]:
    return {
        name: (count, after[name])
        for name, count in before.items()
        if after[name] > count * 1.1 + 5
    }
