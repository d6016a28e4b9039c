"""Scrolling up and down through thousands of messages: nothing jumps, and the page stays small."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

import pytest
from playwright.sync_api import Locator, WebSocket, expect

from tests.browser.person import Person
from tests.browser.site import Site
from tests.conftest import Measure

MANY = 1500
ENDLESS = 100_000
MOST_NODES = 300
STEP = 700  # px at once, like a spun mouse wheel

# Scroll until a message is in the window, following one message on the screen from frame to frame
# meanwhile. In a frame in which the reader scrolls, it moves by the scrolled distance; anything
# beyond that is drift.
TRAVEL = """
async ([step, goal]) => {
  const scroller = document.querySelector(".timeline__scroll");
  const stamps = [];
  const frame = async () => stamps.push(await new Promise(requestAnimationFrame));
  const rows = () => [...document.querySelectorAll("article.message")];
  const top = (row) => row.querySelector(".message__body").getBoundingClientRect().top;
  const has = () => document.querySelector(`article[data-number="${goal}"]`) !== null;
  const seen = { drift: 0, most: 0, extended: 0, compared: 0, slowest: 0 };
  const end = performance.now() + 60_000;
  while (!has() && performance.now() < end) {
    const [first] = rows();
    const view = scroller.getBoundingClientRect();
    const anchor = rows().find((row) => top(row) > view.top + view.height / 2);
    const before = top(anchor);
    const from = scroller.scrollTop;
    scroller.scrollTop += step;
    const moved = scroller.scrollTop - from;
    const began = performance.now();
    await frame();
    await new Promise((done) => setTimeout(done));
    await frame();
    seen.slowest = Math.max(seen.slowest, performance.now() - began);
    if (rows()[0] !== first) seen.extended += 1;
    seen.most = Math.max(seen.most, rows().length);
    if (!anchor.isConnected) continue;
    seen.compared += 1;
    seen.drift = Math.max(seen.drift, Math.abs(top(anchor) - (before - moved)));
  }
  const frames = stamps.slice(1).map((stamp, n) => stamp - stamps[n]).sort((a, b) => a - b);
  return { ...seen, reached: has(), frame: frames[Math.floor(frames.length * 0.95)] };
}
"""


# Stay at the bottom of the loaded messages and scroll by next to nothing in every frame.
WAIT_AT_THE_BOTTOM = """
async (goal) => {
  const scroller = document.querySelector(".timeline__scroll");
  const frame = () => new Promise(requestAnimationFrame);
  const has = () => document.querySelector(`article[data-number="${goal}"]`) !== null;
  const end = performance.now() + 20_000;
  scroller.scrollTop = scroller.scrollHeight;
  const row = [...document.querySelectorAll("article.message")].at(-1);
  const before = row.getBoundingClientRect().top;
  for (let n = 0; !has() && performance.now() < end; n += 1) {
    scroller.scrollTop += n % 2 ? 1 : -1;
    await frame();
  }
  await frame();
  await frame();
  return { reached: has(), moved: Math.abs(row.getBoundingClientRect().top - before) };
}
"""


def filled(site: Site, name: str, *names: str, count: int, days: int) -> str:
    """Create a room where these people have talked for this many days."""
    people = [site.person(one) for one in names]
    room = site.room(*people, name=name)
    site.clerk.fill(room, *(one.username for one in people), count=count, days=days)
    return room


@pytest.fixture(scope="module")
def thousands(shared_site: Site) -> str:
    return filled(shared_site, "Thousands", "Maud Martin", "Nick Nolan", count=MANY, days=90)


@pytest.fixture(scope="module")
def endless(shared_site: Site) -> str:
    return filled(shared_site, "Endless", "Olga Olsen", "Paul Petri", count=ENDLESS, days=900)


def test_scrolling_up_and_down_moves_nothing_and_grows_nothing(
    site: Site, alice: Person, thousands: str
) -> None:
    has_read(site, alice, thousands, MANY)
    alice.opens(thousands)
    expect(numbered(alice, MANY)).to_be_in_viewport()
    for step, goal in ((-STEP, 1), (STEP, MANY)):
        way = alice.page.evaluate(TRAVEL, [step, goal])
        assert way["reached"]
        assert way["extended"] >= MANY / 60, "few pages were loaded, so there was little to drift"
        assert way["compared"] >= 0.9 * MANY * 28 / STEP, "little was compared"
        assert way["drift"] == 0
        assert way["most"] <= MOST_NODES


def test_the_first_of_a_hundred_thousand_messages_opens_as_fast_as_the_last(
    site: Site, alice: Person, endless: str, measure: Measure
) -> None:
    has_read(site, alice, endless, ENDLESS)
    alice.opens(endless)
    expect(numbered(alice, ENDLESS)).to_be_in_viewport()
    alice.opens(endless, 1)
    expect(numbered(alice, 1)).to_be_in_viewport()
    way = alice.page.evaluate(TRAVEL, [STEP, 600])
    assert way["reached"]
    assert way["drift"] == 0
    assert way["most"] <= MOST_NODES
    alice.presses("Escape")
    alice.presses("Escape")
    expect(numbered(alice, ENDLESS)).to_be_in_viewport()
    expect(numbered(alice, 600)).to_have_count(0)
    way = alice.page.evaluate(TRAVEL, [-STEP, ENDLESS - 500])
    assert way["reached"]
    assert way["drift"] == 0
    measure(f"scrolling through {ENDLESS} messages: 19 of 20 frames in {way['frame']:.1f} ms")


def test_a_reader_at_rest_loads_at_most_one_page_on_each_side(
    site: Site, alice: Person, thousands: str
) -> None:
    has_read(site, alice, thousands, MANY)
    with questions(alice) as asked:
        alice.opens(thousands, MANY // 2)
        expect(numbered(alice, MANY // 2)).to_be_in_viewport()
        asked.settle()
        assert len(asked) == len(set(asked)), asked
        still = len(asked)
        alice.scroller.evaluate("scroller => { scroller.scrollTop = scroller.scrollHeight; }")
        expect(numbered(alice, MANY // 2 + 60)).to_be_attached()
        asked.settle()
        assert asked[still:] == ["after"]


def test_the_arrival_of_the_last_page_does_not_carry_a_scrolling_reader_along(
    site: Site, alice: Person, thousands: str
) -> None:
    has_read(site, alice, thousands, MANY)
    alice.opens(thousands, MANY - 50)
    way = alice.page.evaluate(WAIT_AT_THE_BOTTOM, MANY)
    assert way["reached"]
    assert way["moved"] <= 1


def test_messages_that_arrive_during_reading_further_up_do_not_pile_up(
    site: Site, alice: Person, bob: Person, thousands: str
) -> None:
    has_read(site, alice, thousands, MANY)
    room = site.room(bob, alice, name="Busy")
    site.clerk.fill(room, bob.username, count=260, days=1)
    has_read(site, alice, room, 260)
    alice.opens(room)
    alice.page.evaluate(TRAVEL, [-STEP, 1])
    alice.scroller.evaluate("scroller => { scroller.scrollTop = 2500; }")
    anchor = alice.page.locator("article[data-number='80']")
    before = anchor.bounding_box()
    site.clerk.post(room, bob.username, *(f"meanwhile {n}" for n in range(150)))
    expect(alice.page.locator(".pill")).to_contain_text(re.compile(r"1[5-9]\d new messages"))
    assert anchor.bounding_box() == before
    assert alice.messages.count() <= MOST_NODES
    alice.page.locator(".pill").click()
    expect(alice.message("meanwhile 149")).to_be_in_viewport()


def has_read(site: Site, person: Person, room: str, number: int) -> None:
    site.clerk.join(room, person.username)
    site.clerk.has_read(room, person.username, number)


def numbered(person: Person, number: int) -> Locator:
    return person.page.locator(f"article[data-number='{number}']")


class Questions(list[str]):
    """The history requests of a person's page, by side."""

    def __init__(self, person: Person) -> None:
        super().__init__()
        self._person = person
        self._unanswered: set[str] = set()

    def follow(self, socket: WebSocket) -> None:
        socket.on("framesent", self._ask)
        socket.on("framereceived", self._answer)

    def _ask(self, payload: str | bytes) -> None:
        frame = json.loads(payload)
        if frame["type"] == "history":
            self.extend({"before", "after", "around"} & frame.keys())
            self._unanswered.add(frame["ref"])

    def _answer(self, payload: str | bytes) -> None:
        self._unanswered.discard(json.loads(payload).get("ref"))

    def settle(self) -> None:
        """Wait until everything requested has been drawn and no further request follows."""
        deadline = monotonic() + 10
        while True:
            count, is_waiting = len(self), bool(self._unanswered)
            self._person.has_drawn()
            if len(self) == count and not is_waiting:
                return
            assert monotonic() < deadline, f"it goes on asking: {self}"


@contextmanager
def questions(person: Person) -> Iterator[Questions]:
    """Record from now on."""
    asked = Questions(person)
    person.page.on("websocket", asked.follow)
    yield asked
    person.page.remove_listener("websocket", asked.follow)
