"""Sections of one's own in the list of rooms, by mouse and by keyboard; what is out of sight there;
and the way from one part of the window to the next."""

import json
import re
from collections.abc import Callable, Sequence

import pytest
from playwright.sync_api import Locator, WebSocketRoute, expect

from tests.browser.person import Person
from tests.browser.site import Site
from tests.processes import eventually


@pytest.fixture
def bea(site: Site) -> Person:
    """A person in no rooms but her test's."""
    return site.person("Bea Bergman")


def row(person: Person, room: str) -> Locator:
    return person.page.locator(f"chat-sidebar [data-room='{room}']")


def section(person: Person, name: str) -> Locator:
    heading = person.page.get_by_role("button", name=name, exact=True)
    return person.page.locator("[data-section]").filter(has=heading)


def shows(person: Person, name: str, *rooms: str) -> None:
    rows = section(person, name).locator("[data-room]")
    expect(rows).to_have_count(len(rooms))
    for at, slug in enumerate(rooms):
        expect(rows.nth(at)).to_have_attribute("data-room", slug)


def order(person: Person) -> Sequence[str]:
    return person.page.locator("[data-own] [data-part=section-name]").all_inner_texts()


def makes(person: Person, name: str) -> None:
    """Make a section with the button of the rooms' heading."""
    section(person, "Rooms").hover()
    person.clicks("New section")
    dialog = person.page.get_by_role("dialog", name="New section")
    dialog.get_by_role("textbox").fill(name)
    dialog.get_by_role("textbox").press("Enter")
    expect(dialog).to_be_hidden()


def test_sections_made_in_one_window_show_in_the_other(site: Site, bea: Person) -> None:
    a, b, c = (site.room(bea, name=f"Room {name}") for name in "abc")
    window = bea.another_tab().opens(c)
    bea.opens(a)
    bea.page.bring_to_front()
    makes(bea, "Work")
    expect(section(window, "Work")).to_contain_text("Drag rooms here")
    makes(bea, "Play")
    row(bea, b).drag_to(section(bea, "Work").get_by_role("heading"))
    row(bea, c).drag_to(row(bea, b), target_position={"x": 40, "y": 3})
    for page in (bea, window):
        shows(page, "Work", c, b)
        shows(page, "Rooms", a)
    row(bea, b).drag_to(section(bea, "Rooms").get_by_role("heading"))
    for page in (bea, window):
        shows(page, "Work", c)
        shows(page, "Rooms", a, b)
    heading = section(bea, "Play").get_by_role("heading")
    heading.drag_to(
        section(bea, "Work").get_by_role("heading"),
        source_position={"x": 150, "y": 10},
        target_position={"x": 150, "y": 2},
    )
    expect(window.page.locator("[data-own]").first).to_contain_text("Play")
    section(bea, "Work").get_by_role("button", name="Work").click()
    expect(section(window, "Work").locator("[data-folds]")).to_have_attribute(
        "aria-expanded", "false"
    )
    bea.reloads()
    assert order(bea) == ["Play", "Work"]
    shows(bea, "Work")


def test_sections_are_arranged_by_keyboard_alone(site: Site, bea: Person) -> None:
    a, b = (site.room(bea, name=f"Room {name}") for name in "ab")
    bea.opens(a)
    bea.page.bring_to_front()
    row(bea, b).get_by_role("link").focus()
    bea.presses("v")
    dialog = bea.page.get_by_role("dialog", name="to a section")
    dialog.get_by_role("textbox", name="New section").fill("Work")
    bea.presses("Enter")
    expect(dialog).to_be_hidden()
    shows(bea, "Work", b)
    expect(row(bea, b).get_by_role("link")).to_be_focused()
    row(bea, a).get_by_role("link").focus()
    bea.presses("v")
    dialog.get_by_role("button", name="Work").press("Enter")
    shows(bea, "Work", b, a)
    expect(row(bea, a).get_by_role("link")).to_be_focused()
    bea.presses("Control+Shift+ArrowUp")
    shows(bea, "Work", a, b)
    expect(bea.page.locator("#status")).to_contain_text("position 1 of 2")

    bea.presses("v")
    dialog.get_by_role("textbox", name="New section").fill("Play")
    bea.presses("Enter")
    shows(bea, "Play", a)
    edit = section(bea, "Play").get_by_role("button", name="Edit section")
    edit.focus()
    bea.presses("Enter")
    form = bea.page.get_by_role("dialog", name="Edit section")
    expect(form.get_by_role("textbox")).to_be_focused()
    form.get_by_role("textbox").fill("Work")
    bea.presses("Enter")
    expect(form.get_by_role("alert")).to_contain_text("already have a section")
    form.get_by_role("textbox").fill("Fun")
    form.get_by_role("button", name="Move up").press("Enter")
    form.get_by_role("button", name="Save").press("Enter")
    expect(form).to_be_hidden()
    expect(bea.page.locator("[data-own]").first).to_contain_text("Fun")
    section(bea, "Fun").get_by_role("button", name="Edit section").press("Enter")
    form.get_by_role("button", name="Delete section").press("Enter")
    shows(bea, "Rooms", a)
    assert order(bea) == ["Work"]
    assert bea.composer.input_value() == "", "no key went to the message"


def test_a_row_that_moves_before_its_dialog_closes_gets_the_focus_back(
    site: Site, bea: Person
) -> None:
    """The news of the change may be quicker than the answer to it."""
    slow: list[Callable[[], None]] = []

    def relay(page: WebSocketRoute) -> None:
        server = page.connect_to_server()
        asked: list[str] = []

        def ask(frame: str | bytes) -> None:
            command = json.loads(frame)
            if command["type"] == "section.make":
                asked.append(command["ref"])
            server.send(frame)

        def answer(frame: str | bytes) -> None:
            if json.loads(frame).get("ref") in asked:
                slow.append(lambda: page.send(frame))
            else:
                page.send(frame)

        page.on_message(ask)
        server.on_message(answer)

    bea.page.route_web_socket(re.compile("/ws/$"), relay)
    a, b = (site.room(bea, name=f"Room {name}") for name in "ab")
    bea.opens(a)
    link = row(bea, b).get_by_role("link")
    link.press("v")
    dialog = bea.page.get_by_role("dialog", name="to a section")
    dialog.get_by_role("textbox", name="New section").fill("Work")
    bea.presses("Enter")
    rows = bea.page.locator("[data-section]").filter(has_text="Work").locator("[data-room]")
    expect(rows).to_have_count(1)
    expect(dialog).to_be_visible()
    eventually(lambda: bool(bea.page.locator("dialog[open]").count() and slow))
    slow.pop()()
    expect(dialog).to_be_hidden()
    expect(link).to_be_focused()


def test_dragging_works_from_right_to_left(site: Site) -> None:
    gal = site.person("Gal Golan", locale="he-IL")
    a, b = (site.room(gal, name=f"חדר {name}") for name in "אב")
    gal.opens(a)
    row(gal, b).get_by_role("link").focus()
    gal.presses("v")
    gal.page.locator("dialog[open] input").fill("עבודה")
    gal.presses("Enter")
    shows(gal, "עבודה", b)
    row(gal, a).drag_to(row(gal, b), target_position={"x": 60, "y": 3})
    shows(gal, "עבודה", a, b)


def test_unread_rooms_out_of_sight_are_a_click_away(site: Site, bea: Person) -> None:
    """The pills: they lead there, Tab reaches them, and nothing is announced."""
    other = site.person("Ole Olsen")
    rooms = [site.room(bea, other, name=f"Hall {number:02}") for number in range(30)]
    bea.opens(rooms[15])
    below = bea.page.get_by_role("button", name="More unread").last
    above = bea.page.get_by_role("button", name="More unread").first
    expect(bea.page.locator(".sidebar__unseen:visible")).to_have_count(0)
    bea.page.locator(".sidebar__rooms").evaluate("list => { list.scrollTop = 0; }")
    site.clerk.post(rooms[29], other.username, "Down here")
    expect(below).to_be_visible()
    expect(bea.page.locator(".sidebar__unseen:visible")).to_have_count(1)
    below.focus()
    bea.presses("Enter")
    expect(row(bea, rooms[29])).to_be_in_viewport()
    expect(row(bea, rooms[29]).get_by_role("link")).to_be_focused()
    expect(bea.page.locator(".sidebar__unseen:visible")).to_have_count(0)
    site.clerk.post(rooms[0], other.username, "Up here")
    expect(above).to_be_visible()
    above.click()
    expect(row(bea, rooms[0])).to_be_in_viewport()
    assert not bea.page.locator(".sidebar__unseen[aria-live], [aria-live] .sidebar__unseen").count()


def test_f6_goes_from_part_to_part_and_back_to_where_the_focus_was(site: Site, bea: Person) -> None:
    room = site.room(bea, name="Regions")
    site.clerk.post(room, bea.username, "one", "two")
    bea.opens(room)
    expect(bea.composer).to_be_focused()
    parts = ["#members", "#sidebar", ".app__header", "chat-timeline", "chat-composer"]

    def is_in(part: str) -> None:
        expect(bea.page.locator(f"{part}:focus-within")).to_have_count(1)
        expect(bea.page.locator(":focus-visible")).to_have_count(1)

    for part in parts:
        bea.presses("F6")
        is_in(part)
    bea.presses("Shift+F6")
    is_in("chat-timeline")
    bea.presses("ArrowUp")
    expect(bea.message("one")).to_be_focused()
    bea.presses("Shift+F6")
    is_in(".app__header")
    bea.presses("F6")
    expect(bea.message("one")).to_be_focused()
    bea.goes_to("/rooms/").is_connected()
    bea.presses("F6")
    is_in("#sidebar")
    bea.presses("Shift+F6")
    is_in(".app__scroll")
