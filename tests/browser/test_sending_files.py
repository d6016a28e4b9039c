"""Sending files: into the composer, to the server and into the room, whatever happens meanwhile."""

import base64
import hashlib
import io
import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import FilePayload, Locator, Request, Route, expect

from tests.browser.axe import Inspector
from tests.browser.person import Person
from tests.browser.site import AWAY, Site
from tests.browser.test_outbox import QUICK
from tests.browser.test_phone import PHONE
from tests.conftest import Measure
from tests.processes import eventually

MIB = 1024 * 1024
PART = 8 * MIB

GIVE = """
(element, { how, files, text }) => {
  const data = new DataTransfer();
  for (const { name, type, base64 } of files) {
    const bytes = Uint8Array.from(atob(base64), (one) => one.charCodeAt(0));
    data.items.add(new File([bytes], name, { type }));
  }
  if (text) data.setData("text/plain", text);
  const init = { bubbles: true, cancelable: true };
  const events = how === "paste"
    ? [new ClipboardEvent("paste", { ...init, clipboardData: data })]
    : how.split(" ").map((type) => new DragEvent(type, { ...init, dataTransfer: data }));
  return events.map((event) => element.dispatchEvent(event));
}
"""
LARGE = """
(input) => {
  const data = new DataTransfer();
  data.items.add(new File([new Uint8Array(101 * 1024 * 1024)], "film.mp4"));
  input.files = data.files;
  input.dispatchEvent(new Event("change"));
}
"""


def picture(name: str = "cat.png", colour: str = "teal", size: tuple[int, int] = (160, 90)) -> Any:
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, "PNG")
    return FilePayload(name=name, mimeType="image/png", buffer=file.getvalue())


def photo() -> Any:
    """Twelve megapixels, like those of a phone."""
    file = io.BytesIO()
    Image.effect_noise((1000, 750), 60).resize((4000, 3000)).convert("RGB").save(file, "JPEG")
    return FilePayload(name="lake.jpg", mimeType="image/jpeg", buffer=file.getvalue())


def document(name: str = "report.pdf", size: int = 1000) -> Any:
    content = hashlib.shake_128(name.encode()).digest(size)
    return FilePayload(name=name, mimeType="application/octet-stream", buffer=content)


def gives(
    person: Person, how: str, *files: Any, onto: str = "chat-composer textarea"
) -> list[bool]:
    """Paste files, or drag them over a part of the page: `dragover`, `dragover drop`."""
    told = [
        {
            "name": file["name"],
            "type": file["mimeType"],
            "base64": base64.b64encode(file["buffer"]).decode(),
        }
        for file in files
    ]
    done: list[bool] = person.page.locator(onto).evaluate(GIVE, {"how": how, "files": told})
    return done


def chooses(person: Person, *files: Any) -> None:
    person.page.locator("[data-part=attach-input]").set_input_files(list(files))


def tray(person: Person) -> Locator:
    return person.page.locator(".tray__file")


def ready(person: Person, count: int = 1) -> None:
    expect(person.page.locator(".tray__file[data-state=ready]")).to_have_count(
        count, timeout=20_000
    )


def names(person: Person) -> list[str]:
    return person.page.locator(".tray__file [data-part=name]").all_inner_texts()


def attachments(person: Person, count: int = 1) -> Locator:
    found = person.page.locator("article.message[data-state=sent] [data-attachment]")
    expect(found).to_have_count(count, timeout=20_000)
    return found


class Tunnel:
    """Holds the parts of files on their way to the server, until it is left."""

    def __init__(self, person: Person, *, after: int = 0) -> None:
        self._parts = 0
        self._after = after
        self._waiting: list[Route] = []
        self._page = person.page
        self._page.route("**/files/*", self._hold)

    def _hold(self, route: Route) -> None:
        if route.request.method == "PATCH":
            self._parts += 1
            if self._parts > self._after:
                self._waiting.append(route)
                return
        route.continue_()

    @property
    def is_full(self) -> bool:
        self._page.evaluate("0")  # lets events come in
        return bool(self._waiting)

    def ends(self) -> None:
        self._parts = -1_000_000
        for route in self._waiting:
            route.continue_()

    def forgets(self) -> None:
        """Let no more than what is on its way get lost in it."""
        self._parts = -1_000_000


@pytest.fixture
def alice(site: Site) -> Person:
    """Not the shared one: these tests leave drafts behind."""
    return site.person("Alice Adams")


# -- into the composer --


@pytest.mark.parametrize("onto", ["#room-name", "chat-composer textarea"])
def test_a_file_dropped_anywhere_is_added_and_the_text_stays(
    site: Site, alice: Person, room: str, onto: str
) -> None:
    alice.opens(room)
    alice.types("look")
    zone = alice.page.locator("#drop-zone")
    gives(alice, "dragover", picture(), onto=onto)
    expect(zone).to_be_visible()
    expect(zone).to_contain_text("Lounge")
    assert gives(alice, "dragover drop", picture(), onto=onto) == [False, False]
    expect(zone).to_be_hidden()
    expect(tray(alice)).to_contain_text(["cat.png"])
    expect(alice.composer).to_have_value("look")
    expect(alice.composer).to_be_focused()


def test_files_that_are_dragged_away_leave_no_trace(site: Site, alice: Person, room: str) -> None:
    alice.opens(room)
    gives(alice, "dragover", picture())
    expect(alice.page.locator("#drop-zone")).to_be_visible()
    expect(alice.page.locator("#drop-zone")).to_be_hidden()
    expect(tray(alice)).to_have_count(0)


def test_a_pasted_picture_is_added_and_a_copied_table_stays_text(
    site: Site, alice: Person, room: str
) -> None:
    alice.opens(room)
    table = {"how": "paste", "files": [], "text": "1\t2"}
    assert alice.composer.evaluate(GIVE, table) == [True]
    assert gives(alice, "paste", picture()) == [False]
    expect(tray(alice)).to_have_count(1)


def test_where_nobody_can_write_a_dropped_file_is_refused_and_the_page_stays(
    site: Site, alice: Person, bob: Person
) -> None:
    alice.opens(site.room(bob))
    assert gives(alice, "dragover drop", picture(), onto="#room-name") == [False, False]
    expect(alice.toast).to_contain_text("You can't send files here.")


def test_more_than_ten_files_and_too_large_ones_are_refused_by_name_of_the_limit(
    site: Site, alice: Person, room: str
) -> None:
    alice.opens(room)
    chooses(alice, *(document(f"{n}.bin", 10) for n in range(12)))
    expect(tray(alice)).to_have_count(10)
    expect(alice.toast).to_contain_text("up to 10 files")
    ready(alice, 10)
    alice.page.locator("[data-part=attach-input]").evaluate(LARGE)
    expect(alice.toast).to_contain_text("film.mp4 is larger than 105 MB")
    expect(tray(alice)).to_have_count(10)


def test_files_survive_another_room_and_a_reload_and_are_sent_without_text(
    site: Site, alice: Person, bob: Person, room: str
) -> None:
    other = site.room(alice, name="Elsewhere")
    alice.opens(room)
    chooses(alice, picture(), document())
    ready(alice, 2)
    alice.page.locator(f"chat-sidebar [data-room='{other}'] a").click()
    expect(alice.page.locator("#room-name")).to_contain_text("Elsewhere")
    expect(tray(alice)).to_have_count(0)
    expect(alice.page.locator(f"[data-room='{room}'] [data-part=draft]")).to_be_visible()
    alice.opens(room)
    ready(alice, 2)
    bob.opens(room)
    alice.page.get_by_role("button", name="Send").click()
    expect(tray(alice)).to_have_count(0)
    attachments(alice, 2)
    attachments(bob, 2)
    alice.reloads()
    attachments(alice, 2)
    expect(tray(alice)).to_have_count(0)


def test_order_changes_by_keyboard_and_by_dragging(site: Site, alice: Person, room: str) -> None:
    alice.opens(room)
    chooses(alice, *(document(f"{name}.txt", 10) for name in "abc"))
    ready(alice, 3)
    first = tray(alice).first.locator("[data-part=open]")
    first.focus()
    alice.presses("Shift+ArrowRight")
    assert names(alice) == ["b.txt", "a.txt", "c.txt"]
    expect(alice.page.locator("#status")).to_have_text("a.txt is now 2 of 3.")
    alice.presses("ArrowRight")
    alice.presses("Shift+ArrowLeft")
    assert names(alice) == ["b.txt", "c.txt", "a.txt"]
    tray(alice).nth(2).drag_to(tray(alice).first, target_position={"x": 5, "y": 20})
    assert names(alice) == ["a.txt", "b.txt", "c.txt"]
    tray(alice).nth(1).locator("[data-part=open]").focus()
    alice.presses("Delete")
    assert names(alice) == ["a.txt", "c.txt"]
    expect(tray(alice).nth(1).locator("[data-part=open]")).to_be_focused()
    alice.composer.press("Enter")
    expect(attachments(alice, 2)).to_contain_text(["a.txt", "c.txt"])


def test_a_description_is_sent_with_its_picture(
    site: Site, alice: Person, bob: Person, room: str
) -> None:
    alice.opens(room)
    bob.opens(room)
    chooses(alice, picture())
    ready(alice)
    tray(alice).locator("[data-part=open]").click()
    dialog = alice.page.get_by_role("dialog", name="cat.png")
    dialog.get_by_label("Description").fill("A teal square")
    alice.presses("Enter")
    expect(dialog).to_be_hidden()
    expect(tray(alice)).to_contain_text("Described")
    ready(alice)
    alice.composer.press("Enter")
    attachments(bob)
    expect(bob.page.get_by_role("img", name="A teal square")).to_be_attached()


def test_a_text_that_is_too_long_becomes_a_file_and_a_text_again(
    site: Site, alice: Person, room: str
) -> None:
    alice.opens(room)
    text = "word " * 2000
    alice.composer.fill(text)
    alice.clicks("Make it a file")
    expect(tray(alice)).to_contain_text(["message.txt"])
    expect(alice.composer).to_have_value("")
    alice.toast.get_by_role("button", name="Undo").click()
    expect(alice.composer).to_have_value(text)
    expect(tray(alice)).to_have_count(0)
    alice.clicks("Make it a file")
    tray(alice).locator("[data-part=open]").click()
    alice.clicks("Back to text")
    expect(alice.composer).to_have_value(text)
    alice.clicks("Make it a file")
    ready(alice)
    alice.composer.press("Enter")
    expect(attachments(alice)).to_contain_text("message.txt")


# -- on its way --


def test_a_message_with_files_shows_at_once_and_what_follows_waits_for_it(
    site: Site, alice: Person, bob: Person, room: str
) -> None:
    bob.opens(room)
    alice.opens(room)
    tunnel = Tunnel(alice)
    chooses(alice, picture())
    alice.posts("look at this")
    expect(tray(alice)).to_have_count(0)
    alice.posts("and then")
    pending = alice.sees("look at this")
    expect(pending).to_have_attribute("data-state", "pending")
    expect(pending.locator("[data-attachment]")).to_have_count(1)
    expect(pending).to_contain_text("Uploading…")
    expect(alice.sees("and then")).to_have_attribute("data-state", "pending")
    tunnel.ends()
    alice.sees_sent("look at this")
    alice.sees_sent("and then")
    attachments(bob)
    assert [body for _, _, body in bob.timeline] == ["look at this", "and then"]


def test_cancelling_a_message_gives_its_text_and_files_back(
    site: Site, alice: Person, room: str
) -> None:
    alice.opens(room)
    tunnel = Tunnel(alice)
    chooses(alice, picture())
    alice.posts("not yet")
    alice.sees("not yet").get_by_role("button", name="Cancel").click()
    alice.sees_no("not yet")
    expect(alice.composer).to_have_value("not yet")
    expect(tray(alice)).to_have_count(1)
    tunnel.ends()
    ready(alice)
    alice.composer.press("Enter")
    alice.sees_sent("not yet")
    attachments(alice)


def test_a_reload_in_the_middle_costs_at_most_a_part(
    site: Site, alice: Person, bob: Person, room: str
) -> None:
    alice.opens(room)
    tunnel = Tunnel(alice, after=1)
    file = document("film.bin", 2 * PART + 5)
    chooses(alice, file)
    alice.posts("the film")
    eventually(lambda: tunnel.is_full)
    offsets: list[str] = []
    tunnel.forgets()

    def note(request: Request) -> None:
        if request.method == "PATCH":
            offsets.append(request.headers["upload-offset"])

    alice.page.on("request", note)
    alice.reloads()
    alice.sees_sent("the film", within=30)
    assert offsets == [str(PART), str(2 * PART)]
    bob.opens(room)
    link = attachments(bob).locator("a[download]").get_attribute("href")
    assert bob.context.request.get(f"{site.address}{link}").body() == file["buffer"]


def test_a_server_that_was_killed_gets_the_rest(mortal_site: Site) -> None:
    site = mortal_site
    alice, bob = site.person("Alice Adams"), site.person("Bob Brown")
    for person in (alice, bob):
        person.trouble.expect(AWAY)
    alice.page.add_init_script(QUICK)
    room = site.room(alice, bob)
    alice.opens(room)
    tunnel = Tunnel(alice, after=1)
    file = document("film.bin", 2 * PART + 5)
    chooses(alice, file)
    alice.posts("the film")
    eventually(lambda: tunnel.is_full)
    site.kill()
    tunnel.ends()
    site.start()
    alice.sees_sent("the film", within=40)
    bob.opens(room)
    link = attachments(bob).locator("a[download]").get_attribute("href")
    assert bob.context.request.get(f"{site.address}{link}").body() == file["buffer"]


def test_a_file_that_fails_says_why_and_is_sent_again(site: Site, alice: Person, room: str) -> None:
    alice.trouble.expect("403")
    alice.opens(room)
    refuse = {
        "status": 403,
        "body": '{"error": {"code": "forbidden", "detail": "Not now, please."}}',
    }
    alice.page.route("**/files/", lambda route: route.fulfill(**refuse))
    chooses(alice, document())
    expect(tray(alice)).to_contain_text("Not now, please.")
    alice.composer.press("Enter")
    expect(tray(alice).locator("[data-part=open]")).to_be_focused()
    assert alice.timeline == []
    alice.page.unroute("**/files/")
    tray(alice).get_by_role("button", name="Retry").click()
    ready(alice)


def test_a_removed_file_is_gone_from_the_server(site: Site, alice: Person, room: str) -> None:
    alice.opens(room)
    with alice.page.expect_request(lambda request: request.method == "PATCH") as sent:
        chooses(alice, document())
    ready(alice)
    address = sent.value.url
    assert alice.context.request.head(address).status == 200
    with alice.page.expect_response(lambda response: response.request.method == "DELETE"):
        tray(alice).hover()
        tray(alice).get_by_role("button", name="Remove report.pdf").click()
    expect(tray(alice)).to_have_count(0)
    assert alice.context.request.head(address).status == 404


def test_the_other_soon_sees_the_place_of_a_dropped_picture_and_then_the_picture(
    site: Site, alice: Person, bob: Person, room: str, measure: Measure
) -> None:
    """Promised are 0.3 s and 2 s."""
    bob.opens(room)
    alice.opens(room)
    gives(alice, "dragover drop", photo(), onto="#room-name")
    began = time.monotonic()
    alice.composer.press("Enter")
    attachments(bob)
    there = time.monotonic() - began
    expect(bob.page.locator(".picture--loaded")).to_have_count(1)
    seen = time.monotonic() - began
    measure(f"from dropping a photo to its place elsewhere: {there:.2f} s, to itself: {seen:.2f} s")


# -- everywhere --


@pytest.fixture
def filled(site: Site) -> Callable[..., Person]:
    def fill(**browser: Any) -> Person:
        person = site.person("Una Uhl", **browser)
        person.trouble.expect("403")
        person.opens(site.room(person))
        person.page.route(
            re.compile("/files/$"),
            lambda route: (
                route.fulfill(status=403, body="{}")
                if "YmFkLnppcA==" in route.request.headers["upload-metadata"]  # bad.zip
                else route.continue_()
            ),
        )
        chooses(person, picture(), document("bad.zip"), picture("dog.png", "salmon"))
        ready(person, 2)
        expect(person.page.locator(".tray__file[data-state=failed]")).to_have_count(1)
        return person

    return fill


def test_the_tray_and_its_dialog_are_accessible(
    filled: Callable[..., Person], inspector: Inspector
) -> None:
    una = filled()
    inspector.looks_at(una, "the composer with files")
    tray(una).first.locator("[data-part=open]").press("Enter")
    expect(una.page.get_by_role("dialog", name="cat.png")).to_be_visible()
    inspector.looks_at(una, "a file before it is sent")


@pytest.mark.parametrize("locale", ["en-GB", "he-IL"])
def test_on_a_phone_a_sheet_offers_the_camera_and_the_tray_fits(
    filled: Callable[..., Person], locale: str
) -> None:
    una = filled(**PHONE, locale=locale)
    assert una.overflow == 0
    una.page.locator("[data-part=attach]").tap()
    sheet = una.page.locator("[data-part=attach-sheet]")
    expect(sheet.locator("button")).to_have_count(3)
    with una.page.expect_file_chooser() as choosing:
        sheet.locator("button[value=camera]").tap()
    assert choosing.value.element.get_attribute("capture") == "environment"
    expect(sheet).to_be_hidden()
