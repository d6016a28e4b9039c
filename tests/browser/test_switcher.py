"""Navigating by keyboard: the switcher, the shortcuts, and the sheet that lists them."""

import re
from urllib.parse import quote

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.person import Person
from tests.browser.site import Site


@pytest.fixture
def dora(site: Site) -> Person:
    """A person in no rooms but her test's."""
    return site.person("Dora Dean")


def query(person: Person) -> Locator:
    return person.page.get_by_role("combobox", name="Room, person or action")


def goals(person: Person) -> Locator:
    return person.page.get_by_role("option")


def asks(person: Person, text: str) -> None:
    person.presses("Control+k")
    expect(query(person)).to_be_focused()
    person.page.keyboard.type(text)


def is_in(person: Person, room: str) -> None:
    expect(person.page).to_have_url(re.compile(f"/rooms/{quote(room)}/$"))
    expect(person.composer).to_be_focused()


def test_a_few_letters_and_enter_lead_to_a_room(site: Site, dora: Person) -> None:
    here, there = site.room(dora, name="Kitchen"), site.room(dora, name="Café Müller")
    dora.opens(here)
    dora.types("half a tho")
    asks(dora, "mull")
    expect(goals(dora)).to_have_count(1)
    expect(goals(dora)).to_have_attribute("aria-selected", "true")
    chosen = query(dora).get_attribute("aria-activedescendant")
    assert chosen == goals(dora).get_attribute("id")
    dora.presses("Enter")
    is_in(dora, there)
    expect(query(dora)).to_be_hidden()
    expect(dora.composer).to_have_value("")


def test_escape_gives_the_focus_back(site: Site, dora: Person) -> None:
    dora.opens(site.room(dora, name="Kitchen"))
    dora.types("half")
    asks(dora, "anything")
    dora.presses("Escape")
    expect(query(dora)).to_be_hidden()
    expect(dora.composer).to_be_focused()
    dora.types(" a thought")
    expect(dora.composer).to_have_value("half a thought")
    dora.presses("Control+k")
    expect(query(dora)).to_have_value("")
    dora.presses("Control+k")
    expect(query(dora)).to_be_hidden()


def test_unread_rooms_come_first_then_the_latest(site: Site, dora: Person, bob: Person) -> None:
    rooms = {name: site.room(dora, bob, name=name) for name in ("Attic", "Barn", "Cellar", "Den")}
    for name in ("Cellar", "Barn", "Den"):
        dora.opens(rooms[name])
    site.clerk.post(rooms["Attic"], bob.username, "unread")
    expect(dora.badge(rooms["Attic"])).to_have_text("1")
    dora.presses("Control+k")
    expect(goals(dora)).to_contain_text(["Attic", "Barn", "Cellar"])
    expect(goals(dora).first).to_contain_text("unread")
    dora.presses("ArrowDown")
    expect(goals(dora).nth(1)).to_have_attribute("aria-selected", "true")
    dora.presses("Enter")
    is_in(dora, rooms["Barn"])


def test_a_person_can_be_found_and_written_to(site: Site, dora: Person) -> None:
    erik = site.person("Erik Eastwood")
    dora.opens(site.room(dora, name="Kitchen"))
    asks(dora, "erik east")
    expect(goals(dora)).to_contain_text([f"@{erik.username}"])
    dora.presses("Enter")
    expect(dora.page.locator("#room-name")).to_have_text("Erik Eastwood")
    dora.posts("Hello, Erik")
    dora.sees_sent("Hello, Erik")
    erik.goes_to("/rooms/").is_connected()
    erik.page.get_by_role("link", name="Dora Dean").click()
    erik.sees("Hello, Erik")


def test_a_public_room_is_found_before_joining_it(site: Site, dora: Person, bob: Person) -> None:
    dora.opens(site.room(dora, name="Kitchen"))
    site.room(bob, name="Xylophone secrets", kind="private")
    public = site.room(bob, name="Xylophones")
    asks(dora, "xylo")
    expect(goals(dora)).to_have_count(1)
    expect(goals(dora)).to_contain_text("not joined")
    goals(dora).click()
    expect(dora.page).to_have_url(re.compile(f"/rooms/{public}/$"))
    expect(dora.page.get_by_role("button", name="Join room")).to_be_visible()


def test_the_switcher_does_things(site: Site, dora: Person, bob: Person) -> None:
    kitchen, attic = site.room(dora, bob, name="Kitchen"), site.room(dora, bob, name="Attic")
    site.clerk.post(attic, bob.username, "unread")
    dora.opens(kitchen)
    expect(dora.badge(attic)).to_have_text("1")
    asks(dora, "mark read")
    expect(goals(dora)).to_have_text(re.compile("Mark all as read"))
    dora.presses("Enter")
    expect(dora.badge(attic)).to_be_hidden()
    asks(dora, "shortcuts")
    dora.presses("Enter")
    expect(dora.page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    dora.presses("Escape")
    asks(dora, "blocked people")
    expect(goals(dora)).to_have_text(re.compile("Privacy"))
    dora.presses("Enter")
    expect(dora.page).to_have_url(re.compile("/accounts/privacy/"))
    asks(dora, "create room")
    dora.presses("Enter")
    expect(dora.page).to_have_url(re.compile("/rooms/new/|/new"))
    dora.opens(kitchen)
    asks(dora, "kitchne")
    expect(goals(dora).first).to_contain_text("Kitchen")
    query(dora).fill("log out")
    dora.presses("Enter")
    expect(dora.page).to_have_url(re.compile("/accounts/login/"))


def test_the_switcher_says_that_nothing_matches(site: Site, dora: Person) -> None:
    dora.opens(site.room(dora, name="Kitchen"))
    asks(dora, "nobody is called so")
    expect(dora.page.get_by_text("No matches")).to_be_visible()
    dora.presses("Enter")
    expect(query(dora)).to_be_visible()


def test_arrow_keys_lead_from_room_to_room(site: Site, dora: Person, bob: Person) -> None:
    attic, barn, cellar = (site.room(dora, bob, name=name) for name in ("Attic", "Barn", "Cellar"))
    dora.opens(barn)
    dora.presses("Alt+ArrowDown")
    is_in(dora, cellar)
    dora.presses("Alt+ArrowDown")
    is_in(dora, attic)
    dora.presses("Alt+ArrowUp")
    is_in(dora, cellar)
    site.clerk.post(attic, bob.username, "unread")
    expect(dora.badge(attic)).to_have_text("1")
    dora.presses("Alt+Shift+ArrowUp")
    is_in(dora, attic)
    expect(dora.badge(attic)).to_be_hidden()
    dora.presses("Alt+Shift+ArrowDown")
    expect(dora.page.locator("#toast")).to_contain_text("No unread messages")


def test_the_sheet_lists_the_keys(site: Site, dora: Person) -> None:
    dora.opens(site.room(dora, name="Kitchen"))
    dora.types("what?")
    sheet = dora.page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(sheet).to_be_hidden()
    expect(dora.composer).to_have_value("what?")
    dora.page.locator("#main").focus()
    dora.presses("?")
    expect(sheet).to_be_visible()
    for keys in ("Ctrl K", "Alt Shift ↑", "Shift Enter", "Home or End"):
        expect(sheet.locator("dd", has_text=re.compile(f"^\\s*{keys}\\s*$"))).to_be_visible()
    dora.presses("Alt+ArrowDown")
    dora.presses("Escape")
    expect(sheet).to_be_hidden()


def test_the_switcher_and_the_sheet_fit_on_a_small_screen(site: Site) -> None:
    dora = site.person("Dora Dean", viewport={"width": 360, "height": 640})
    names = [f"A room whose name is quite long, number {n}" for n in range(20)]
    rooms = [site.room(dora, name=name) for name in names]
    dora.opens(rooms[0])
    dora.clicks("Rooms")
    dora.clicks(re.compile("^Go to"))
    expect(query(dora)).to_be_in_viewport(ratio=1)
    expect(goals(dora)).to_have_count(19)
    dialog = dora.page.get_by_role("dialog", name="Go to a room or a person")
    expect(dialog).to_be_in_viewport(ratio=1)
    assert dialog.evaluate("node => node.scrollWidth - node.clientWidth") == 0
    for _ in range(18):
        dora.presses("ArrowDown")
    expect(goals(dora).last).to_be_in_viewport(ratio=1)
    dora.presses("Escape")
    expect(dialog).to_be_hidden()
    dora.page.locator("#main").focus()
    dora.presses("?")
    sheet = dora.page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(sheet).to_be_in_viewport(ratio=1)
    assert sheet.evaluate("node => node.scrollWidth - node.clientWidth") == 0
    assert dora.overflow == 0


def test_a_member_of_hundreds_of_rooms_finds_all_of_them(site: Site) -> None:
    """The page and the welcome list two hundred; the others follow."""
    hugo = site.person("Hugo Hall")
    site.clerk.make_halls(hugo.username, 450)
    hugo.opens(f"{hugo.username}-hall-444")
    listed = hugo.page.locator('[data-list="rooms"] [data-room]')
    expect(listed).to_have_count(450)
    expect(listed.last).to_contain_text("Hall 449")
    current = hugo.page.locator('[data-list="rooms"] [aria-current="page"]')
    expect(current).to_contain_text("Hall 444")
    asks(hugo, "hall 321")
    expect(goals(hugo)).to_have_count(1)
    hugo.presses("Enter")
    is_in(hugo, f"{hugo.username}-hall-321")
    expect(listed).to_have_count(450)
