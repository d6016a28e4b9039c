"""The viewer: with a wheel and two fingers, and beyond what the page shows."""

from playwright.sync_api import Locator, expect

from tests.browser.attaching import picture, posts_files
from tests.browser.person import Person
from tests.browser.site import Site
from tests.browser.test_attachments import is_ready, message_of
from tests.browser.test_phone import PHONE, Finger
from tests.processes import eventually

LEFT = "image => image.getBoundingClientRect().left"
WIDTH = "image => image.getBoundingClientRect().width"
# Which part of the picture is at a point of the window, from 0 to 1.
SHARE_AT = """
(image, [x, y]) => {
  const { left, top, width, height } = image.getBoundingClientRect();
  return [(x - left) / width, (y - top) / height].map((share) => Math.round(share * 1000) / 1000);
}
"""


def opens_picture(person: Person, number: int) -> tuple[Locator, Locator]:
    """Open the picture of a message; return the viewer and what it shows."""
    is_ready(person, number).locator(".picture__open").click()
    viewer = person.page.get_by_role("dialog", name="Pictures")
    expect(viewer).to_be_visible()
    return viewer, viewer.locator(".viewer__picture")


def test_a_wheel_zooms_where_it_points_and_so_does_a_pinch_on_a_trackpad(
    alice: Person, bob: Person, room: str
) -> None:
    bob.opens(room)
    number = posts_files(bob, room, "", picture("lake.jpg", (2400, 1600)))
    alice.opens(room)
    _viewer, shown = opens_picture(alice, number)
    whole = shown.evaluate(WIDTH)
    box = shown.bounding_box()
    assert box is not None
    point = [round(box["x"] + 0.7 * box["width"]), round(box["y"] + 0.6 * box["height"])]
    alice.page.mouse.move(*point)
    before = shown.evaluate(SHARE_AT, point)
    alice.page.mouse.wheel(0, -400)
    eventually(lambda: shown.evaluate(WIDTH) > 2 * whole)
    larger = shown.evaluate(WIDTH)
    assert shown.evaluate(SHARE_AT, point) == before
    alice.page.keyboard.down("Control")
    alice.page.mouse.wheel(0, -30)
    alice.page.keyboard.up("Control")
    eventually(lambda: shown.evaluate(WIDTH) > 1.2 * larger)
    assert shown.evaluate(SHARE_AT, point) == before
    assert alice.page.evaluate("visualViewport.scale") == 1, "the page was zoomed, too"
    alice.page.mouse.wheel(0, 4000)
    eventually(lambda: shown.evaluate(WIDTH) == whole)


def test_two_fingers_zoom_and_one_then_moves_the_picture(site: Site, bob: Person) -> None:
    una = site.person("Una Uhl", **PHONE)
    room = site.room(bob, una)
    bob.opens(room)
    number = posts_files(bob, room, "", picture("one.jpg", (1600, 1200)))
    una.opens(room)
    is_ready(una, number).locator(".picture__open").tap()
    viewer = una.page.get_by_role("dialog", name="Pictures")
    shown = viewer.locator(".viewer__picture")
    finger = Finger(una)
    stage = viewer.locator(".viewer__stage").bounding_box()
    assert stage is not None
    x, y = stage["x"] + stage["width"] / 2, stage["y"] + stage["height"] / 2
    whole = shown.evaluate(WIDTH)
    finger.touches("touchStart", (x - 40, y), (x + 40, y))
    finger.touches("touchMove", (x - 60, y), (x + 60, y))
    finger.touches("touchMove", (x - 120, y), (x + 120, y))
    finger.touches("touchEnd")
    eventually(lambda: abs(shown.evaluate(WIDTH) / whole - 3) < 0.1)
    expect(viewer).to_be_visible()
    left = shown.evaluate(LEFT)
    with finger.on(viewer.locator(".viewer__stage")) as (start, height):
        finger.moves(start + 50, height)
    eventually(lambda: abs(shown.evaluate(LEFT) - left - 50) < 1)
    expect(shown).to_have_attribute("alt", "one.jpg")


def test_the_viewer_goes_on_beyond_the_messages_that_the_page_has_loaded(
    site: Site, alice: Person, bob: Person, room: str
) -> None:
    bob.opens(room)
    for name, count in (("first.jpg", 620), ("second.jpg", 120)):
        posts_files(bob, room, "", picture(name))
        site.clerk.fill(room, alice.username, bob.username, count=count, days=3)
    last = posts_files(bob, room, "", picture("third.jpg"))
    is_ready(bob, last)
    site.clerk.has_read(room, alice.username, last)
    alice.opens(room)
    viewer, shown = opens_picture(alice, last)
    rows = alice.messages.count()
    back = viewer.get_by_role("button", name="Previous picture")
    back.click()
    expect(shown).to_have_attribute("alt", "second.jpg")
    expect(viewer.get_by_role("button", name="Next picture")).to_be_visible()
    # The next one is further away than one looks without being asked.
    alice.presses("ArrowLeft")
    status = viewer.locator("[data-part=viewer-status]")
    expect(status).to_have_text("No pictures found yet. Press again to look further.")
    expect(shown).to_have_attribute("alt", "second.jpg")
    back.click()
    expect(shown).to_have_attribute("alt", "first.jpg")
    expect(back).to_be_hidden()
    expect(viewer.locator(".viewer__stage")).to_be_focused()
    assert alice.messages.count() == rows
    alice.presses("End")
    expect(shown).to_have_attribute("alt", "third.jpg")
    alice.presses("Escape")
    expect(message_of(alice, last).locator(".picture__open")).to_be_focused()
