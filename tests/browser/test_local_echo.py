"""What I write shows at once as everyone will see it, and doesn't move when the server has it."""

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import WebSocketRoute, expect

from tests.browser.person import Person
from tests.browser.site import Site
from tests.browser.test_safety import MARKUP, PAYLOADS, assert_nothing_ran
from tests.processes import ROOT

TABLE = json.loads((ROOT / "tests/tables/markup.json").read_text())
SHOWN = """
() => [...document.querySelectorAll("article.message .message__body")].map((body) => {
  const { y, height } = body.getBoundingClientRect();
  return { html: body.innerHTML, y, height };
})
"""
TYPED = [typed for typed, _ in TABLE["same"] if ":tada:" not in typed and ":rocket:" not in typed]


class Hold:
    """Holds up posts on their way to the server."""

    def __init__(self, person: Person) -> None:
        self._held: list[Callable[[], None]] | None = None
        person.page.route_web_socket(re.compile(r"/ws/$"), self._join)

    def begins(self) -> None:
        self._held = []

    def ends(self) -> None:
        held, self._held = self._held or [], None
        for go_on in held:
            go_on()

    def _join(self, page: WebSocketRoute) -> None:
        server = page.connect_to_server()

        def pass_on(frame: str | bytes) -> None:
            if self._held is not None and json.loads(frame)["type"] == "message.post":
                self._held.append(lambda: server.send(frame))
            else:
                server.send(frame)

        page.on_message(pass_on)


@pytest.fixture
def alice(site: Site) -> Person:
    return site.person("Alice Adams", viewport={"width": 1000, "height": 6000})


def sends(person: Person, text: str) -> None:
    person.composer.fill(text)
    person.presses("Control+Enter")  # an open block of code takes Enter for itself


def test_a_formatted_post_is_drawn_before_the_server_has_it_and_nothing_moves_when_it_does(
    site: Site, alice: Person, room: str
) -> None:
    site.clerk.join(room, alice.username)
    for typed in ([*TYPED[:20]], [*TYPED[20:]]):
        hold = Hold(alice)
        alice.opens(site.room(alice))
        hold.begins()
        for text in typed:
            sends(alice, text)
        expect(alice.messages).to_have_count(len(typed))
        before = alice.page.evaluate(SHOWN)
        first = alice.messages.first.element_handle()
        assert [one["html"] for one in before] == [
            html for text, html in TABLE["same"] if text in typed
        ]
        hold.ends()
        alice.has_nothing_unsent()
        assert alice.page.evaluate(SHOWN) == before
        assert alice.page.evaluate("node => node.isConnected", first)


def test_what_only_the_server_can_render_is_shown_as_typed_until_it_has(
    alice: Person, site: Site
) -> None:
    hold = Hold(alice)
    alice.opens(site.room(alice))
    hold.begins()
    alice.posts("see https://é.example/x")
    body = alice.sees("see https").locator(".message__body")
    expect(body.locator("a")).to_have_count(0)
    hold.ends()
    expect(body.locator("a")).to_have_attribute("href", "https://xn--9ca.example/x")


def test_hostile_texts_do_nothing_in_the_preview_and_before_they_are_sent(
    alice: Person, site: Site
) -> None:
    hold = Hold(alice)
    alice.opens(site.room(alice))
    hold.begins()
    for text in (*PAYLOADS, *MARKUP):
        alice.composer.fill(text)
        alice.presses("Control+Alt+p")
        expect(alice.page.get_by_role("region", name="Preview")).to_be_visible()
        assert_nothing_ran(alice)
        alice.presses("Escape")
        alice.presses("Control+Enter")
    expect(alice.messages).to_have_count(len(PAYLOADS) + len(MARKUP))
    assert_nothing_ran(alice)
    hold.ends()
