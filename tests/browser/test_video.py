"""Videos, and files that the server refuses when it has looked into them."""

import io
import re

from PIL import Image
from playwright.sync_api import expect

from tests.browser.attaching import film, posts_files
from tests.browser.person import Person
from tests.browser.site import Site
from tests.browser.test_attachments import asked_by, message_of
from tests.browser.test_sending_files import attachments, chooses, picture, ready, tray
from tests.processes import eventually

REFUSED = "Removed because it’s damaged or unsafe."


def test_a_video_has_a_poster_and_its_length_before_it_is_played_and_can_be_sought(
    site: Site, bob: Person, room: str
) -> None:
    alice = site.person("Alice Adams")
    site.clerk.join(room, alice.username)
    asked = asked_by(bob, "/content/")
    alice.opens(room)
    bob.opens(room)
    sent = film()
    chooses(alice, {"name": sent.name, "mimeType": "video/webm", "buffer": sent.content})
    ready(alice)
    alice.posts("Our lake")
    shown = bob.sees_sent("Our lake")
    player = shown.locator("video[poster]")
    expect(player).to_be_visible()
    expect(shown).to_contain_text(re.compile(r"0:04 · \d"))
    box = shown.locator(".film__frame").bounding_box()
    assert box is not None
    assert abs(box["width"] / box["height"] - 320 / 180) < 0.02

    # The poster isn't the first frame, which is black, as first frames often are.
    address = player.get_attribute("poster")
    poster = Image.open(io.BytesIO(bob.context.request.get(f"{site.address}{address}").body()))
    assert poster.size == (320, 180)
    red, green, blue = poster.convert("RGB").resize((1, 1)).tobytes()
    assert red < 60 < 100 < min(green, blue)

    assert asked == [], "the video was loaded before it was wanted"
    with bob.page.expect_response(lambda answer: "/content/" in answer.url) as answer:
        player.evaluate("video => { video.muted = true; return video.play(); }")
    assert answer.value.status == 206
    player.evaluate(
        "video => new Promise((done) => { video.onseeked = done; video.currentTime = 3; })"
    )
    assert player.evaluate("video => [video.currentTime >= 3, video.duration]") == [True, 4]


def test_a_file_that_is_refused_is_gone_for_its_author_as_for_the_others(
    site: Site, bob: Person, room: str
) -> None:
    alice = site.person("Alice Adams")
    site.clerk.join(room, alice.username)
    alice.opens(room)
    bob.opens(room)
    chooses(alice, picture("broken.png"), picture("whole.png"))
    ready(alice, 2)
    alice.posts("One of two")
    for person in (alice, bob):
        expect(person.sees_sent("One of two").locator(".picture--loaded")).to_have_count(2)
    site.clerk.refuse_file(room, "broken.png")
    for person in (alice, bob):
        shown = person.sees_sent("One of two")
        expect(shown).to_contain_text(REFUSED)
        expect(shown.locator(".picture--loaded")).to_have_count(1)
        expect(shown.locator(".file")).to_contain_text("broken.png")
        expect(shown.locator(".file a")).to_be_hidden()
    alice.reloads()
    attachments(alice, 2)
    expect(alice.sees("One of two")).to_contain_text(REFUSED)


def test_a_file_that_is_refused_before_its_message_is_posted_is_named_and_can_be_left_out(
    site: Site, bob: Person, room: str
) -> None:
    alice = site.person("Alice Adams")
    site.clerk.join(room, alice.username)
    alice.opens(room)
    bob.opens(room)
    broken = picture("broken.png", size=(400, 300))
    broken["buffer"] = broken["buffer"][:-40]
    with alice.page.expect_request(lambda request: request.method == "PATCH") as sent:
        chooses(alice, broken)
    chooses(alice, picture("whole.png"))
    ready(alice, 2)
    about = f"{sent.value.url}/about"
    eventually(lambda: alice.context.request.get(about).status == 404)
    alice.posts("One of two")
    expect(alice.unsent).to_contain_text("“broken.png” is damaged or unsafe.")
    alice.unsent.get_by_role("button", name="Edit").click()
    tray(alice).filter(has_text="broken.png").hover()
    tray(alice).get_by_role("button", name="Remove broken.png").click()
    expect(tray(alice)).to_have_count(1)
    alice.composer.press("Enter")
    for person in (alice, bob):
        shown = person.sees_sent("One of two")
        expect(shown.locator(".picture--loaded")).to_have_count(1)


def test_a_damaged_video_says_so_when_it_is_played_and_can_be_downloaded(
    alice: Person, bob: Person, room: str
) -> None:
    bob.opens(room)
    sent = film()
    sent.content = sent.content.replace(b"V_VP8", b"V_ZZZ")
    number = posts_files(bob, room, "Can you see this?", sent)
    alice.opens(room)
    shown = message_of(alice, number)
    shown.locator("video[src]").evaluate("video => video.play().catch(() => {})")
    expect(shown).to_contain_text("This can't be played in this browser. You can download it.")
    with alice.page.expect_download() as download:
        shown.get_by_role("link", name="Download film.webm").click()
    assert download.value.suggested_filename == "film.webm"
