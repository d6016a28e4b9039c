"""What is meant for somebody: counted in red, in the inbox of every tab, and read by keyboard."""

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.person import Person
from tests.browser.site import Site


@pytest.fixture
def ana(site: Site) -> Person:
    return site.person("Ana Alves")  # without other rooms, which would count in the title


def lines(person: Person) -> Locator:
    return person.page.locator(".inbox__item")


def rooms(person: Person) -> Locator:
    return person.page.locator(".unread-room")


def waiting(person: Person) -> Locator:
    return person.page.locator("[data-part=inbox-count]")


def at_inbox(person: Person, path: str = "") -> Person:
    return hears_keys(person.goes_to(f"/inbox/{path}").is_connected())


def hears_keys(person: Person) -> Person:
    expect(person.page.locator("[data-inbox][data-live]")).to_be_attached()
    return person


def test_a_mention_shows_in_red_at_once_and_in_the_inbox_of_both_tabs(
    site: Site, ana: Person, bob: Person
) -> None:
    room, other = site.room(bob, ana), site.room(ana, name="Other")
    ana.opens(other)
    window = at_inbox(ana.another_tab())
    expect(window.page.get_by_text("Nothing here yet.")).to_be_visible()
    icon = ana.page.locator("link[rel=icon]")

    bob.opens(room)
    bob.posts("nothing for her")
    expect(ana.badge(room)).to_have_text("1")
    expect(ana.badge(room)).not_to_have_class(re.compile("badge--mention"))
    expect(icon).to_have_attribute("href", re.compile("favicon-unread"))
    bob.posts(f"@{ana.username} have a look")
    for tab in (ana, window):
        expect(tab.badge(room)).to_have_text("2")
        expect(tab.badge(room)).to_have_class(re.compile("badge--mention"))
        expect(waiting(tab)).to_have_text("1")
        expect(tab.page).to_have_title(re.compile(r"^\(2\) "))
    expect(icon).to_have_attribute("href", re.compile("favicon-personal"))
    expect(lines(window)).to_contain_text("mentioned you in #Lounge")
    expect(lines(window)).to_contain_text("have a look")

    ana.presses("Control+Shift+M")
    expect(lines(hears_keys(ana))).to_contain_text("have a look")
    ana.page.bring_to_front()
    ana.presses("j")
    ana.presses("e")
    for tab in (ana, window):
        expect(waiting(tab)).to_be_hidden()
        expect(tab.page.locator(".inbox__item[data-unread]")).to_have_count(0)
    expect(ana.badge(room)).to_have_text("2")  # the room is as unread as it was

    bob.edits("have a look", "never mind")
    expect(lines(window)).to_have_count(0)


def test_enter_leads_to_the_message_and_back_to_the_same_line(
    site: Site, ana: Person, bob: Person
) -> None:
    room = site.room(bob, ana)
    bob.opens(room)
    for n in range(3):
        bob.posts(f"@{ana.username} number {n}")
        bob.sees_sent(f"number {n}")
    at_inbox(ana)
    expect(lines(ana)).to_have_count(3)
    ana.page.bring_to_front()
    ana.presses("j")
    ana.presses("j")
    expect(lines(ana).nth(1).locator("[data-row]")).to_be_focused()
    ana.presses("Enter")
    ana.sees("number 1")
    expect(ana.page).to_have_url(re.compile(r"/2/$"))
    ana.page.go_back()
    expect(lines(ana).nth(1).locator("[data-row]")).to_be_focused()
    expect(waiting(ana)).to_be_hidden()  # they were on the screen


def test_replies_direct_messages_and_keywords_are_there_and_can_be_told_apart(
    site: Site, ana: Person, bob: Person
) -> None:
    room = site.room(bob, ana)
    direct = site.clerk.make_direct(ana.username, bob.username)
    ana.goes_to("/accounts/notifications/").is_connected()
    ana.fills(keyword="Rhubarb")
    ana.clicks("Add")
    expect(ana.page.get_by_role("listitem").filter(has_text="Rhubarb")).to_be_visible()
    site.clerk.post(direct, bob.username, "between us")
    bob.opens(room)
    bob.posts("fresh rhubarb today")
    bob.sees_sent("fresh rhubarb today")
    at_inbox(ana)
    expect(lines(ana)).to_have_count(2)
    expect(lines(ana).filter(has_text="used one of your keywords")).to_have_count(1)
    ana.page.get_by_role("link", name="Direct messages").click()
    expect(lines(ana)).to_have_count(1)
    expect(lines(ana)).to_contain_text("wrote to you")
    ana.page.get_by_role("link", name="Only unread").click()
    expect(ana.page.locator("[data-only-unread][data-live]")).to_be_attached()
    expect(lines(ana)).to_have_count(1)
    ana.clicks("Mark as read")
    expect(lines(ana)).to_have_count(0)
    expect(ana.page.get_by_text("Nothing here.")).to_be_visible()
    ana.page.get_by_role("link", name="Show all").click()
    expect(lines(ana)).to_have_count(2)
    ana.clicks("Mark inbox as read")
    ana.page.get_by_role("dialog").get_by_role("button", name="Mark inbox as read").click()
    expect(waiting(ana)).to_be_hidden()


def test_a_reply_quotes_its_message_and_the_inbox_stays(
    site: Site, ana: Person, bob: Person
) -> None:
    room = site.room(bob, ana)
    bob.opens(room)
    for words in ("first", "second"):
        bob.posts(f"@{ana.username} {words}")
        bob.sees_sent(words)
    at_inbox(ana)
    expect(lines(ana)).to_have_text([re.compile("@Ana Alves second"), re.compile("first")])
    ana.presses("j")
    ana.presses("r")
    field = ana.page.get_by_role("textbox", name="Reply to Bob Brown")
    expect(field).to_be_focused()
    ana.page.keyboard.type("half a thought")
    ana.presses("Escape")
    expect(field).to_have_count(0)
    expect(lines(ana).first.locator("[data-row]")).to_be_focused()
    ana.presses("r")
    expect(field).to_have_value("half a thought")  # it was kept as the room's draft
    field.fill("my answer")
    ana.presses("Enter")
    bob.sees("my answer")
    expect(bob.message("my answer").locator("[data-part=quote]")).to_contain_text("second")
    expect(field).to_have_count(0)
    expect(ana.page).to_have_url(re.compile("/inbox/$"))
    expect(lines(ana).first).not_to_have_attribute("data-unread", "")
    ana.opens(room)
    expect(ana.composer).to_have_value("")


def test_a_reply_to_everyone_asks_first(site: Site, ana: Person, bob: Person) -> None:
    room = site.room(bob, ana)
    site.clerk.crowd(room, 12)
    site.clerk.post(room, bob.username, f"@{ana.username} call them")
    at_inbox(ana)
    lines(ana).first.get_by_role("button", name="Reply").click()
    ana.page.keyboard.type("@room, come")
    ana.presses("Enter")
    guard = ana.page.locator("[data-part=guard]")
    expect(guard).to_contain_text("This notifies 13 people.")
    guard.get_by_role("button", name="Send").click()
    expect(ana.page.locator("#toast")).to_contain_text("Replied in")


def test_notifications_are_offered_in_the_inbox_until_somebody_decides(
    site: Site, ana: Person, bob: Person
) -> None:
    ana.context.add_init_script("""
      self.asked = 0;
      Notification.requestPermission = async () => { self.asked += 1; return "default"; };
      Object.defineProperty(Notification, "permission", { value: "default" });
    """)
    offer = ana.page.locator("[data-part=notification-offer]")
    at_inbox(ana)
    expect(offer).to_be_hidden()  # there is nothing to be told of
    site.clerk.post(site.room(bob, ana), bob.username, f"@{ana.username} hello")
    at_inbox(ana)
    expect(offer).to_be_visible()
    assert ana.page.evaluate("self.asked") == 0
    ana.clicks("Turn on notifications…")
    expect(offer).to_contain_text("The browser will ask whether you allow notifications.")
    assert ana.page.evaluate("self.asked") == 0, "the first click explains"
    offer.get_by_role("button", name="Turn on", exact=True).click()
    assert ana.page.evaluate("self.asked") == 1
    ana.clicks("Not now")
    expect(offer).to_be_hidden()
    at_inbox(ana)
    expect(lines(ana)).to_have_count(1)
    expect(offer).to_be_hidden()


def test_everything_unread_is_cleared_room_by_room_by_keyboard(
    site: Site, ana: Person, bob: Person
) -> None:
    first, second = (site.room(bob, ana, name=name) for name in ("Apples", "Berries"))
    for room in (first, second):
        site.clerk.post(room, bob.username, *(f"word {n} in {room}" for n in range(5)))
    at_inbox(ana, "unread/")
    expect(rooms(ana)).to_have_count(2)
    expect(rooms(ana).first).to_contain_text(f"word 2 in {first}")
    expect(rooms(ana).first).not_to_contain_text(f"word 3 in {first}")
    ana.page.bring_to_front()
    rooms(ana).first.get_by_role("link", name="2 more messages").press("Enter")
    expect(rooms(ana).first).to_contain_text(f"word 4 in {first}")

    expect(rooms(ana).first.locator("[data-row]")).to_be_focused()
    ana.presses("j")
    expect(rooms(ana).last.locator("[data-row]")).to_be_focused()
    ana.presses("ArrowUp")
    ana.presses("e")
    expect(rooms(ana)).to_have_count(1)
    expect(rooms(ana).locator("[data-row]")).to_be_focused()
    expect(ana.badge(first)).to_be_hidden()
    expect(ana.badge(second)).to_have_text("5")
    expect(ana.toast).to_contain_text("as read.")
    ana.presses("Control+z")
    expect(rooms(ana)).to_have_count(2)
    expect(ana.badge(first)).to_have_text("5")
    ana.presses("Shift+Escape")
    expect(ana.page.get_by_text("You've read everything.")).to_be_visible()
    expect(ana.page).to_have_title(re.compile("^Unread rooms"))
    site.clerk.post(second, bob.username, "and one more")
    expect(rooms(ana)).to_contain_text("and one more")


def test_a_muted_room_is_dim_and_counts_only_mentions_and_by_choice_not_even_those(
    site: Site, ana: Person, bob: Person
) -> None:
    room, other = site.room(bob, ana), site.room(ana, name="Other")
    ana.opens(room)
    window = ana.another_tab().opens(other)
    ana.page.bring_to_front()
    ana.page.locator("#room-notify").click()
    ana.page.get_by_role("dialog").get_by_role("button", name="Nothing").click()
    link = window.page.locator(f"[data-room='{room}'] a")
    expect(link).to_have_attribute("data-muted", "")
    ana.opens(other)
    bob.opens(room)
    bob.posts("for everyone")
    bob.sees_sent("for everyone")
    bob.posts(f"@{ana.username} for you")
    for tab in (ana, window):
        expect(tab.badge(room)).to_have_text("1")
        expect(tab.page).to_have_title(re.compile(r"^\(1\) "))

    window.goes_to("/accounts/notifications/").is_connected()
    window.page.get_by_role("group", name="In muted rooms, count").get_by_label("Nothing").check()
    for tab in (ana, window):
        expect(tab.badge(room)).to_be_hidden()
        expect(waiting(tab)).to_have_text("1")  # it is still in the inbox
    window.page.get_by_label("Lounge").select_option("Default")
    expect(ana.badge(room)).to_have_text("2")
    expect(link).not_to_have_attribute("data-muted", "")


def test_a_room_is_muted_for_an_hour_from_its_line_in_the_list(site: Site, ana: Person) -> None:
    room, other = site.room(ana), site.room(ana, name="Other")
    ana.opens(other)
    line = ana.page.locator(f"[data-room='{room}'] a")
    line.click(button="right")
    ana.page.get_by_role("button", name="Notifications…").click()
    dialog = ana.page.get_by_role("dialog", name="Notifications for Lounge")
    dialog.get_by_role("button", name="For 1 hour").click()
    expect(ana.toast).to_contain_text("Muted until")
    expect(line).to_have_attribute("data-muted", "")


def test_the_inbox_works_without_scripts(site: Site, ana: Person, bob: Person) -> None:
    room = site.room(bob, ana)
    bob.opens(room)
    bob.posts(f"@{ana.username} have a look")
    bob.sees_sent("have a look")
    site.clerk.post(room, bob.username, "and this")
    plain = site.lets_in(
        site.visitor(ana.username, java_script_enabled=False), ana.context.cookies()[0]["value"]
    )
    plain.goes_to("/inbox/")
    expect(lines(plain)).to_contain_text("have a look")
    plain.clicks("Mark as read")
    expect(plain.page.get_by_role("button", name="Mark as read")).to_have_count(0)
    plain.goes_to("/inbox/unread/")
    expect(rooms(plain)).to_contain_text("and this")
    plain.page.get_by_role("button", name=re.compile("^Mark as read: Lounge")).click()
    expect(plain.page.get_by_text("You've read everything.")).to_be_visible()
