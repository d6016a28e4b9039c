"""What messages show besides their text: pictures, what plays, and files to download."""

import re

import pytest
from playwright.sync_api import Locator, Request, Route, expect

from tests.browser.attaching import Sent, animation, picture, posts_files, sound
from tests.browser.axe import Inspector
from tests.browser.person import Person
from tests.browser.site import Site
from tests.browser.test_paging import TRAVEL
from tests.browser.test_phone import PHONE, Finger

# What moved in the conversation; counts of people elsewhere may.
SHIFTS = """
window.shifts = [];
const isIn = (node) => (node?.closest ? node : node?.parentElement)?.closest(".timeline__rows");
new PerformanceObserver((list) => {
  for (const { value, sources } of list.getEntries())
    if (sources.some(({ node }) => isIn(node))) shifts.push(value);
}).observe({ type: "layout-shift", buffered: true });
"""
NAME = "‮gpj.<img src=x onerror=alert(1)>.txt"


def message_of(person: Person, number: int) -> Locator:
    return person.page.locator(f"article[data-number='{number}']")


def asked_by(person: Person, part: str) -> list[str]:
    """Collect the addresses with this part that the person's page asks for."""
    asked: list[str] = []

    def note(request: Request) -> None:
        if part in request.url:
            asked.append(request.url)

    person.page.on("request", note)
    return asked


def is_ready(person: Person, number: int, pictures: int = 1) -> Locator:
    """Wait for the pictures of a message; return it."""
    shown = message_of(person, number)
    expect(shown.locator(".picture--loaded")).to_have_count(pictures)
    return shown


def test_pictures_move_nothing_when_they_load(
    site: Site, alice: Person, bob: Person, room: str
) -> None:
    bob.opens(room)
    for n in range(12):
        posts_files(bob, room, f"Look, {n}", picture(size=(600, 300 + 40 * n)))
    last = posts_files(bob, room, "All", *(picture(f"{n}.jpg") for n in range(4)))
    is_ready(bob, last, 4)
    site.clerk.has_read(room, alice.username, last)
    held: list[Route] = []
    alice.page.add_init_script(SHIFTS)

    released = False

    def hold(route: Route) -> None:
        if released:
            route.continue_()
        else:
            held.append(route)

    alice.page.route("**/files/**", hold)
    with alice.page.expect_request("**/files/**"):
        alice.page.goto(f"{alice.address}/rooms/{room}/", wait_until="commit")
    alice.is_connected()
    expect(alice.page.locator(".gallery[data-count='4'] .picture")).to_have_count(4)
    alice.has_drawn()
    height = "document.querySelector('.timeline__scroll').scrollHeight"
    before = alice.page.evaluate(height)
    alice.page.evaluate("shifts.length = 0")
    released = True
    for route in held:
        route.continue_()
    expect(alice.page.locator(".gallery[data-count='4'] .picture--loaded")).to_have_count(4)
    alice.has_drawn()
    assert alice.page.evaluate(height) == before
    assert alice.page.evaluate("shifts") == []


def test_a_picture_is_drawn_when_the_server_has_prepared_it(
    alice: Person, bob: Person, room: str
) -> None:
    alice.opens(room)
    bob.opens(room)
    number = posts_files(bob, room, "", picture(alt="A lake at dusk"))
    shown = is_ready(alice, number)
    expect(shown).to_have_attribute("aria-label", re.compile("^Bob Brown: Picture: A lake at dusk"))
    box = shown.locator(".picture").bounding_box()
    assert box is not None
    assert abs(box["width"] / box["height"] - 800 / 600) < 0.02
    # It is quoted as what it is, and a jump leads there.
    bob.page.locator(f"article[data-number='{number}'] .message__body").wait_for(state="attached")
    message_of(bob, number).hover()
    message_of(bob, number).get_by_role("button", name="Reply").click()
    bob.posts("And?")
    quote = alice.sees_sent("And?").locator(".message__quote")
    expect(quote).to_contain_text("Picture: A lake at dusk")
    quote.click()
    expect(shown).to_be_focused()


def test_the_viewer_is_used_by_keyboard(
    alice: Person, bob: Person, room: str, inspector: Inspector
) -> None:
    bob.opens(room)
    first = posts_files(bob, room, "", picture("one.jpg", (2400, 1200), "First"))
    second = posts_files(bob, room, "", picture("two.jpg", alt="Second"), picture("three.jpg"))
    alice.opens(room)
    is_ready(alice, first)
    is_ready(alice, second, 2)
    message_of(alice, second).focus()
    tile = alice.page.get_by_role("button", name="Picture: Second")
    while not tile.evaluate("tile => tile === document.activeElement"):
        alice.presses("Tab")
    alice.presses("Enter")
    viewer = alice.page.get_by_role("dialog", name="Pictures")
    shown = viewer.locator(".viewer__picture")
    expect(shown).to_have_attribute("alt", "Second")
    expect(viewer.locator(".viewer__caption")).to_have_text("Second")
    expect(viewer.locator(".viewer__facts")).to_contain_text("1 of 2")
    inspector.looks_at(alice, "viewer")
    alice.presses("ArrowRight")
    expect(shown).to_have_attribute("alt", "three.jpg")
    expect(viewer.get_by_role("button", name="Next picture")).to_be_hidden()
    alice.presses("Home")
    expect(shown).to_have_attribute("alt", "First")

    # Zoomed in, the arrows move it; 0 shows the whole.
    size = "image => image.getBoundingClientRect().width"
    whole = shown.evaluate(size)
    alice.presses("+")
    alice.presses("+")
    assert shown.evaluate(size) > 2 * whole
    left = "image => image.getBoundingClientRect().left"
    before = shown.evaluate(left)
    alice.presses("ArrowRight")
    assert shown.evaluate(left) < before
    expect(shown).to_have_attribute("alt", "First")
    alice.presses("0")
    assert shown.evaluate(size) == whole
    with alice.page.expect_download() as download:
        viewer.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename == "one.jpg"
    alice.presses("Escape")
    expect(viewer).to_be_hidden()
    expect(tile).to_be_focused()


def test_the_viewer_closes_when_its_picture_is_deleted(
    alice: Person, bob: Person, room: str
) -> None:
    bob.opens(room)
    number = posts_files(bob, room, "Oops", picture())
    alice.opens(room)
    is_ready(alice, number).locator(".picture__open").click()
    viewer = alice.page.get_by_role("dialog", name="Pictures")
    expect(viewer).to_be_visible()
    bob.deletes("Oops")
    bob.goes_to("/rooms/")
    expect(viewer).to_be_hidden()
    expect(message_of(alice, number).locator(".picture")).to_have_count(0)


def test_a_gallery_fits_a_phone_in_every_number_and_direction(site: Site, bob: Person) -> None:
    una = site.person("Una Uhl", viewport={"width": 360, "height": 640}, locale="he-IL")
    room = site.room(bob, una)
    bob.opens(room)
    numbers = {
        count: posts_files(bob, room, "", *(picture(f"{n}.jpg") for n in range(count)))
        for count in (1, 2, 3, 5, 10)
    }
    una.opens(room)
    expect(una.page.locator("html")).to_have_attribute("dir", "rtl")
    for count, number in numbers.items():
        shown = is_ready(una, number, count)
        boxes = shown.locator(".picture").evaluate_all(
            "tiles => tiles.map((tile) => {"
            "  const { left, right, top, bottom } = tile.getBoundingClientRect();"
            "  return [left, right, top, bottom]; })"
        )
        assert all(0 <= left < right <= 360 for left, right, _, _ in boxes), boxes
        assert all(right - left >= 44 and bottom - top >= 44 for left, right, top, bottom in boxes)
        for at, (left, right, top, bottom) in enumerate(boxes):
            for other in boxes[:at]:
                apart = left >= other[1] or right <= other[0] or top >= other[3]
                assert apart or bottom <= other[2], "two pictures lie on each other"
    assert una.overflow == 0


def test_on_a_phone_a_swipe_leads_on_and_down_closes_the_viewer(site: Site, bob: Person) -> None:
    una = site.person("Una Uhl", **PHONE)
    room = site.room(bob, una)
    bob.opens(room)
    number = posts_files(bob, room, "", picture("one.jpg"), picture("two.jpg"))
    una.opens(room)
    is_ready(una, number, 2)
    una.page.get_by_role("button", name="Picture: one.jpg").tap()
    viewer = una.page.get_by_role("dialog", name="Pictures")
    shown = viewer.locator(".viewer__picture")
    expect(shown).to_have_attribute("alt", "one.jpg")
    finger = Finger(una)
    stage = viewer.locator(".viewer__stage")
    with finger.on(stage) as (x, y):
        finger.moves(x - 90, y)
    expect(shown).to_have_attribute("alt", "two.jpg")
    with finger.on(stage) as (x, y):
        finger.moves(x + 90, y)
    expect(shown).to_have_attribute("alt", "one.jpg")
    with finger.on(stage) as (x, y):
        finger.moves(x, y + 120)
    expect(viewer).to_be_hidden()


def test_a_picture_that_cannot_be_loaded_says_so_and_is_tried_again(
    alice: Person, bob: Person, room: str
) -> None:
    bob.opens(room)
    number = posts_files(bob, room, "", picture())
    is_ready(bob, number)
    alice.trouble.expect("404|ERR_FAILED")
    alice.page.route("**/files/**", lambda route: route.abort())
    alice.opens(room)
    shown = message_of(alice, number)
    expect(shown).to_contain_text("This picture couldn't be loaded.")
    alice.page.unroute("**/files/**")
    shown.locator(".picture__open").click()
    is_ready(alice, number)
    expect(alice.page.get_by_role("dialog", name="Pictures")).to_be_hidden()


def test_an_animation_stops_by_itself_and_plays_again_when_asked(
    site: Site, bob: Person, room: str
) -> None:
    zoe, quentin = site.person("Zoe Zander"), site.person("Quentin", reduced_motion="reduce")
    for person in (zoe, quentin):
        site.clerk.join(room, person.username)
    bob.opens(room)
    number = posts_files(bob, room, "", animation())
    is_ready(bob, number)
    quentin.opens(room)
    still = message_of(quentin, number)
    expect(still.get_by_role("button", name="Play animation")).to_be_visible()
    expect(still.locator(".picture__moving")).to_have_count(0)
    zoe.page.clock.install()
    zoe.opens(room)
    moving = message_of(zoe, number).locator(".picture__moving")
    expect(moving).to_have_count(1)
    moving.evaluate("image => image.decode()")
    zoe.page.clock.run_for(6000)
    expect(moving).to_have_count(0)
    message_of(zoe, number).get_by_role("button", name="Play animation").click()
    expect(moving).to_have_count(1)
    message_of(zoe, number).get_by_role("button", name="Stop animation").click()
    expect(moving).to_have_count(0)


def test_sound_loads_when_it_is_played_seeks_by_range_and_one_plays_at_a_time(
    alice: Person, bob: Person, room: str, inspector: Inspector
) -> None:
    bob.opens(room)
    song = posts_files(bob, room, "", sound(seconds=60))
    voice = posts_files(
        bob, room, "", sound("voice.wav", kind="voice", duration="5", peaks="[5, 80, 30]")
    )
    asked = asked_by(alice, "/content/")
    alice.opens(room)
    player = message_of(alice, song).locator("audio")
    expect(
        message_of(alice, voice).get_by_role("button", name="Play voice message")
    ).to_be_visible()
    alice.has_drawn()
    assert asked == [], "something was loaded before it was wanted"
    with alice.page.expect_response(lambda answer: "/content/" in answer.url) as answer:
        player.evaluate("audio => { audio.muted = true; audio.play(); }")
    assert answer.value.status in (200, 206)
    player.evaluate(
        "audio => new Promise((done) => { audio.onseeked = done; audio.currentTime = 50; })"
    )
    assert player.evaluate("audio => audio.currentTime") >= 50
    assert not player.evaluate("audio => audio.paused")

    spoken = message_of(alice, voice)
    spoken.get_by_role("button", name="Play voice message").click()
    expect(spoken.get_by_role("button", name="Pause")).to_be_visible()
    assert player.evaluate("audio => audio.paused"), "two play at once"
    spoken.get_by_role("button", name="Pause").click()
    inspector.looks_at(alice, "players")

    # The slider, by keyboard.
    slider = spoken.get_by_role("slider", name="Position")
    slider.focus()
    alice.presses("End")
    expect(slider).to_have_attribute("aria-valuetext", "0:05 of 0:05")
    alice.presses("Home")
    expect(slider).to_have_attribute("aria-valuetext", "0:00 of 0:05")
    speed = spoken.get_by_role("button", name="Speed")
    for times in ("1.5×", "2×", "1×"):
        speed.click()
        expect(speed).to_have_text(times)


def test_names_and_descriptions_are_text_whatever_they_hold(
    alice: Person, bob: Person, room: str
) -> None:
    evil = '"><img src=x onerror=alert(1)>'
    bob.opens(room)
    number = posts_files(
        bob, room, "", picture("a.jpg", alt=evil), Sent(NAME, b"plain words"), sound("<b>.wav")
    )
    alice.opens(room)
    shown = is_ready(alice, number)
    expect(shown.locator(".picture__image")).to_have_attribute("alt", evil)
    assert shown.locator("img, b, script").count() == 1
    shown.locator(".picture__open").click()
    viewer = alice.page.get_by_role("dialog", name="Pictures")
    expect(viewer.locator(".viewer__caption")).to_have_text(evil)
    assert viewer.locator("img").count() == 1
    alice.presses("Escape")
    with alice.page.expect_download():
        shown.get_by_role("link", name="Download").first.click()


def test_a_description_is_changed_from_the_menu_and_seen_by_the_others(
    alice: Person, bob: Person, room: str
) -> None:
    alice.opens(room)
    bob.opens(room)
    number = posts_files(
        bob, room, "Here", picture(), sound("v.wav", kind="voice", duration="5", peaks="[1, 2]")
    )
    is_ready(alice, number)
    bob.does("Edit descriptions", "Here")
    dialog = bob.page.get_by_role("dialog", name="Descriptions")
    dialog.get_by_role("textbox", name="lake.jpg").fill("A lake at dusk")
    dialog.get_by_role("textbox", name="Transcript").fill("It is late.")
    dialog.get_by_role("button", name="Save").click()
    expect(bob.toast).to_contain_text("Descriptions saved.")
    shown = message_of(alice, number)
    expect(shown.locator(".picture__image")).to_have_attribute("alt", "A lake at dusk")
    shown.locator("summary").click()
    expect(shown.get_by_text("It is late.")).to_be_visible()
    # Others can't.
    shown.hover()
    shown.get_by_role("button", name="More actions").click()
    expect(shown.get_by_role("button", name="Copy link")).to_be_visible()
    expect(shown.get_by_role("button", name="Edit descriptions")).to_be_hidden()


def test_an_edit_keeps_the_files_and_may_empty_the_text(
    alice: Person, bob: Person, room: str
) -> None:
    alice.opens(room)
    bob.opens(room)
    number = posts_files(bob, room, "Look at this", picture())
    is_ready(alice, number)
    bob.edits("Look at this", "Look here")
    expect(message_of(alice, number)).to_contain_text("Look here")
    bob.does("Edit", "Look here")
    bob.rewrites("")
    expect(message_of(alice, number)).not_to_contain_text("Look here")
    is_ready(alice, number)


@pytest.mark.thorough
def test_a_room_full_of_pictures_opens_without_loading_them_all_and_pages_up_in_place(
    site: Site, bob: Person, alice: Person, room: str
) -> None:
    site.clerk.post(room, bob.username, *(f"line {n}" for n in range(30)))
    bob.opens(room)
    for n in range(30):
        size = (900, 300 + 10 * n)
        last = posts_files(bob, room, f"Picture {n}", picture(size=size))
    is_ready(bob, last)
    site.clerk.has_read(room, alice.username, last)
    asked = asked_by(alice, "/files/")
    alice.opens(room)
    expect(alice.page.locator(".picture--loaded").first).to_be_visible()
    alice.has_drawn()
    assert len(asked) < 20, "pictures far above the view were loaded"
    way = alice.page.evaluate(TRAVEL, [-300, 1])
    assert way["reached"]
    assert way["extended"] > 0
    assert way["compared"] > 10, "little was compared"
    assert way["drift"] == 0
