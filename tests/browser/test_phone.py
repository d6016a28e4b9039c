"""Touch on a small screen."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import CDPSession, Locator, expect

from tests.browser.person import Person
from tests.browser.site import Site

PHONE: dict[str, Any] = {
    "viewport": {"width": 360, "height": 640},
    "has_touch": True,
    "is_mobile": True,
}

HAS_SCROLLED = "(top) => document.querySelector('.timeline__scroll').scrollTop < top - 60"
LONGER_THAN_A_PRESS = "new Promise((done) => setTimeout(done, 500))"


@pytest.fixture
def una(site: Site) -> Person:
    return site.person("Una Uhl", **PHONE)


class Finger:
    """A finger that stays down, unlike Playwright's taps."""

    def __init__(self, person: Person) -> None:
        self._wire: CDPSession = person.context.new_cdp_session(person.page)

    def touches(self, kind: str, *points: tuple[float, float]) -> None:
        """Send one event of this and other fingers: `touchStart`, `touchMove`, `touchEnd`."""
        where = [{"x": x, "y": y} for x, y in points]
        self._wire.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": where})

    @contextmanager
    def on(self, goal: Locator) -> Iterator[tuple[float, float]]:
        goal.scroll_into_view_if_needed()
        box = goal.bounding_box()
        assert box
        point = (box["x"] + box["width"] / 3, box["y"] + box["height"] / 2)
        self.touches("touchStart", point)
        yield point
        self.touches("touchEnd")

    def moves(self, x: float, y: float) -> None:
        self.touches("touchMove", (x, y))


def sheet(person: Person) -> Locator:
    return person.page.get_by_role("dialog", name="Message actions")


SMALL = """
nodes => nodes.filter((node) => node.checkVisibility({ visibilityProperty: true })).map((node) => {
  const { width, height } = node.getBoundingClientRect();
  return [Math.min(width, height), node.outerHTML.slice(0, 90)];
}).filter(([side]) => side < 44)
"""


def test_standalone_controls_are_as_large_as_a_finger(site: Site, una: Person, bob: Person) -> None:
    una.opens(site.room(una, bob))
    buttons = ".app__header button:not(.connection), .app__header a, chat-composer button"
    assert una.page.locator(buttons).evaluate_all(SMALL) == []
    una.page.locator("[data-opens=sidebar]").tap()
    expect(una.page.locator("#sidebar[data-open]")).to_be_visible()
    assert una.page.locator("#sidebar a.sidebar__link, #sidebar .button").evaluate_all(SMALL) == []


def test_a_long_press_opens_the_actions(site: Site, una: Person, bob: Person) -> None:
    room = site.room(una, bob)
    site.clerk.post(room, bob.username, *(f"line {n}" for n in range(30)), "look at https://x.org")
    una.opens(room)
    finger = Finger(una)
    message = una.message("line 29")
    with finger.on(message.locator(".message__body")):
        expect(sheet(una)).to_be_in_viewport(ratio=1)
    expect(sheet(una)).to_be_visible()
    sheet(una).get_by_role("button", name="Reply").tap()
    expect(sheet(una)).to_be_hidden()
    expect(una.page.locator(".composer__reply")).to_contain_text("line 29")
    expect(una.composer).to_be_focused()
    una.composer.fill("an answer")
    una.page.get_by_role("button", name="Send").tap()
    una.sees_sent("an answer")
    with finger.on(message.locator(".message__body")) as (x, y):
        before = una.scroller.evaluate("node => node.scrollTop")
        for step in range(1, 9):
            finger.moves(x, y + 20 * step)
        una.page.wait_for_function(HAS_SCROLLED, arg=before)
        una.page.evaluate(LONGER_THAN_A_PRESS)
        expect(sheet(una)).to_be_hidden()

    # A deleted message closes its sheet; the next one opens its own all the same.
    with finger.on(una.message("an answer").locator(".message__body")):
        expect(sheet(una)).to_be_visible()
    una.message("an answer").evaluate("node => node.remove()")
    expect(sheet(una)).to_be_hidden()
    with finger.on(una.message("line 28").locator(".message__body")):
        expect(sheet(una)).to_be_visible()
