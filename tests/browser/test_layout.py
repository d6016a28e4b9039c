"""The pages at the width of a small phone and of a wide screen, in light and dark."""

import pytest
from playwright.sync_api import expect

from tests.browser.person import Person
from tests.browser.site import Site

LONG = "Donaudampfschifffahrtsgesellschaftskapitaensmuetzenabzeichen" * 3

# WCAG 2 contrast between an element's colour and its background.
CONTRAST = """
nodes => nodes.filter(node => node.checkVisibility()).map(node => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const paint = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const luminance = ([r, g, b]) => {
    const part = (v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  let behind = node;
  while (behind && paint(getComputedStyle(behind).backgroundColor)[3] < 255)
    behind = behind.parentElement;
  const paper = luminance(paint(getComputedStyle(behind ?? document.body).backgroundColor));
  const ink = luminance(paint(getComputedStyle(node).color));
  return (Math.max(paper, ink) + 0.05) / (Math.min(paper, ink) + 0.05);
})
"""

READABLE = 4.5
READ = [
    *(".message__author", ".message__body", ".message__link time", ".message__edited"),
    *(".day time", ".reaction__count", ".room-title__topic", ".sidebar__name", ".badge"),
    *(".members__heading", ".member__name", ".message__body code", ".message__body a"),
]


@pytest.fixture
def full_room(site: Site, alice: Person, bob: Person) -> str:
    room = site.room(alice, bob, name=LONG[:60], topic=LONG)
    other = site.room(bob, alice, name="Other")
    site.clerk.post(room, bob.username, *(f"line {n}" for n in range(30)))
    site.clerk.post(
        room,
        alice.username,
        LONG,
        f"```python\nprint('{LONG}')\n```",
        f"> {LONG}\n\n- {LONG}\n\n`{LONG}`",
        f"https://example.com/{LONG}",
    )
    site.clerk.has_read(room, alice.username, 34)
    site.clerk.post(other, bob.username, "unread")
    return room


@pytest.mark.parametrize(("width", "height"), [(320, 568), (360, 640), (2560, 1440)])
def test_no_page_is_wider_than_the_window(
    site: Site, alice: Person, full_room: str, width: int, height: int
) -> None:
    stranger = site.visitor()
    pages = [
        (stranger, "/accounts/login/"),
        (stranger, "/accounts/signup/"),
        (alice, "/rooms/"),
        (alice, f"/rooms/{full_room}/"),
        (alice, f"/rooms/{full_room}/settings/"),
        (alice, "/accounts/profile/"),
    ]
    with alice.window(width, height), stranger.window(width, height):
        for person, path in pages:
            person.goes_to(path)
            assert person.overflow == 0, path
            expect(person.page.locator("h1")).to_be_in_viewport()
        alice.opens(full_room)
        within = alice.scroller.evaluate("node => node.scrollWidth - node.clientWidth")
        assert within == 0, "the conversation scrolls sideways"


def test_the_composer_fits_on_a_small_screen(alice: Person, full_room: str) -> None:
    with alice.window(360, 640):
        alice.opens(full_room)
        expect(alice.composer).to_be_in_viewport(ratio=1)
        for line in range(20):
            alice.types(f"line {line}")
            alice.presses("Shift+Enter")
        expect(alice.page.get_by_role("button", name="Send")).to_be_in_viewport(ratio=1)
        assert alice.page.locator(".room__talk").evaluate(
            "node => node.querySelector('.timeline').offsetHeight > node.offsetHeight / 3"
        ), "the text that is written hides what it answers"
        assert alice.overflow == 0


def test_text_has_enough_contrast(site: Site, alice: Person, bob: Person) -> None:
    room = site.room(alice, bob, name="Lounge")
    other = site.room(bob, alice, name="Other")
    site.clerk.post(other, bob.username, "unread")
    alice.opens(room)
    bob.opens(room)
    alice.posts("See `code` and https://example.com/")
    alice.edits("See", "Look at `code` and https://example.com/")
    bob.sees("Look at")
    bob.reacts("🎉", "Look at")
    expect(alice.page.locator(".reaction")).to_have_count(1)
    for scheme in ("light", "dark"):
        alice.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        paper = alice.page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (sum(int(v) for v in paper[4:-1].split(",")) > 384) == (scheme == "light"), paper
        contrasts = {
            selector: alice.page.locator(selector).evaluate_all(CONTRAST) for selector in READ
        }
        assert [selector for selector, found in contrasts.items() if not found] == [], (
            "not looked at"
        )
        faint = {selector: min(found) for selector, found in contrasts.items()}
        assert {selector: least for selector, least in faint.items() if least < READABLE} == {}


# How far list numbers protrude from the message, in pixels: a marker is no element, so it is
# measured as text.
STANDING_OUT = """
lists => lists.map(list => {
  const style = getComputedStyle(list);
  const canvas = document.createElement("canvas").getContext("2d");
  canvas.font = style.font;
  const items = [...list.children];
  const last = items.reduce((n, item) => item.value || n + 1, list.start - 1);
  return canvas.measureText(`${last}. `).width - parseFloat(style.paddingInlineStart);
})
"""


def test_the_numbers_of_a_list_are_not_cut_off(site: Site, alice: Person, full_room: str) -> None:
    site.clerk.post(full_room, alice.username, "98. a\n99. b", "998. a\n999. b", "1. a\n100. b")
    site.clerk.post(full_room, alice.username, "2026. A good year")
    alice.opens(full_room)
    expect(alice.message("2026. A good year")).to_be_visible()
    out = alice.page.locator(".message__body ol").evaluate_all(STANDING_OUT)
    assert len(out) == 3
    assert max(out) <= 0
