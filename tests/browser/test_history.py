"""Scrolling back through a long conversation without losing the place."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.person import Person
from tests.browser.site import Site

MANY = 430

# Follow one message on the screen from frame to frame while the window is extended. In a frame in
# which the reader scrolls, it moves by the scrolled distance; anything beyond that is drift.
SCROLL_AND_MEASURE = """
async ([step, edge]) => {
  const scroller = document.querySelector(".timeline__scroll");
  const frame = () => new Promise(requestAnimationFrame);
  const rows = () => [...document.querySelectorAll("article.message .message__body")];
  const top = (node) => node.getBoundingClientRect().top;
  const at = (text) => rows().some((row) => row.textContent.trim() === text);
  let drift = 0;
  let extended = 0;
  for (let n = 0; n < 4000 && !at(edge); n += 1) {
    const count = rows().length;
    const first = rows()[0];
    const view = scroller.getBoundingClientRect();
    const anchor = rows().find((row) => top(row) > view.top + 100);
    const before = top(anchor);
    const from = scroller.scrollTop;
    scroller.scrollTop += step;
    const moved = scroller.scrollTop - from;
    await frame();
    await new Promise((done) => setTimeout(done));
    await frame();
    if (rows().length !== count || rows()[0] !== first) extended += 1;
    if (anchor.isConnected) drift = Math.max(drift, Math.abs(top(anchor) - (before - moved)));
  }
  return { drift, extended, reached: at(edge) };
}
"""


@pytest.fixture(scope="module")
def long_talk(shared_site: Site) -> str:
    """A room with MANY messages, a fifth of them from eight days ago and another fifth from three
    days ago."""
    site = shared_site
    people = [site.person(name) for name in ("Maud Martin", "Nick Nolan")]
    room = site.room(*people, name="Long talk")
    bodies = [
        f"message {n}" + ("\n\nwith a second paragraph\n\n- and\n- a list" if n % 7 == 0 else "")
        for n in range(1, MANY + 1)
    ]
    for start in range(0, MANY, 10):
        author = people[start // 10 % 2]
        site.clerk.post(room, author.username, *bodies[start : start + 10])
    site.clerk.age(room, upto=MANY * 2 // 5, days=3)
    site.clerk.age(room, upto=MANY // 5, days=5)
    return room


@pytest.fixture
def long_room(site: Site, alice: Person, long_talk: str) -> str:
    """The same room, all read by alice."""
    site.clerk.join(long_talk, alice.username)
    site.clerk.has_read(long_talk, alice.username, MANY)
    return long_talk


def test_scrolling_up_moves_nothing(alice: Person, long_room: str) -> None:
    alice.opens(long_room)
    alice.sees(re_exactly(MANY))
    up = alice.page.evaluate(SCROLL_AND_MEASURE, [-400, "message 1"])
    assert up["reached"]
    assert up["extended"] >= 5, "few pages were loaded, so there was little to drift"
    assert up["drift"] == 0
    expect(alice.page.get_by_text("This is the beginning of Long talk")).to_be_visible()


def test_scrolling_down_moves_nothing(alice: Person, long_room: str) -> None:
    alice.opens(long_room, 3)
    expect(alice.message(re_exactly(3))).to_be_in_viewport()
    down = alice.page.evaluate(SCROLL_AND_MEASURE, [400, f"message {MANY}"])
    assert down["reached"]
    assert down["extended"] >= 5, "few pages were loaded, so there was little to drift"
    assert down["drift"] == 0


def test_a_permalink_opens_in_context(alice: Person, long_room: str) -> None:
    alice.opens(long_room, 200)
    found = alice.message(re_exactly(200))
    expect(found).to_be_in_viewport()
    expect(found).to_have_class(re.compile("message--found"))
    for n in (190, 210):
        expect(alice.message(re_exactly(n))).to_have_count(1)
    alice.sees_no(re_exactly(MANY))
    alice.page.locator(".pill").click()
    expect(alice.message(re_exactly(MANY))).to_be_in_viewport()
    alice.trouble.expect("status of 404")
    alice.goes_to(f"/rooms/{long_room}/{MANY + 1}/")
    expect(alice.page.get_by_role("heading", level=1)).to_have_text("Page not found")


def test_days_are_separated(alice: Person, long_room: str) -> None:
    alice.opens(long_room, MANY // 5)
    days = alice.page.locator("h2.day")
    expect(days).to_have_count(2)
    for day in days.all_inner_texts():
        assert re.match(r"\w+day,? \d+ \w+", day), day
    alice.opens(long_room, MANY * 2 // 5 + 1)
    expect(days.last).to_have_text("Today")


def re_exactly(number: int) -> re.Pattern[str]:
    return re.compile(rf"^\s*message {number}\b")
