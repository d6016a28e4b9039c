"""Moderators act from within the room; the person concerned and everyone else see it live."""

import re

from playwright.sync_api import Locator, expect

from tests.browser.person import GONE, Person
from tests.browser.site import Site

LEFT = re.compile(r"\d:\d\d")


def member(person: Person, name: str) -> Locator:
    return person.page.locator(".member", has_text=name)


def dialog(person: Person, name: str | re.Pattern[str]) -> Locator:
    return person.page.get_by_role("dialog", name=name)


def opens_card(person: Person, name: str) -> Locator:
    """Open the card from the member list, whose button regains the focus when the card closes."""
    member(person, name).get_by_role("button").click()
    return dialog(person, name)


def test_a_muted_member_sees_the_reason_and_the_end_until_it_is_lifted(
    alice: Person, bob: Person, room: str
) -> None:
    alice.opens(room)
    bob.opens(room)
    bob.types("I was about to say")
    opens_card(alice, "Bob Brown").locator("[data-deed=mute]").click()
    mute = dialog(alice, "Mute Bob Brown in this room")
    mute.get_by_role("radio", name="1 hour").check()
    mute.get_by_label("Reason").fill("One at a time, please.")
    alice.presses("Enter")
    expect(alice.toast).to_contain_text("Bob Brown is muted.")
    expect(member(alice, "Bob Brown")).to_contain_text("muted")

    expect(bob.reason).to_contain_text("You're muted in this room until")
    expect(bob.reason).to_contain_text(re.compile(r"(59:\d\d|1:00:00) left"))
    expect(bob.reason).to_contain_text("One at a time, please.")
    expect(bob.reason).to_contain_text("Your draft is kept.")
    expect(bob.reason).to_be_focused()
    expect(bob.composer).to_be_hidden()
    bob.reloads()
    expect(bob.reason).to_contain_text("One at a time, please.")
    alice.posts("And what do you think, Bob?")
    bob.sees("And what do you think, Bob?")

    alice.reloads()  # only the server's list shows who is muted
    expect(member(alice, "Bob Brown")).to_contain_text("muted")
    card = opens_card(alice, "Bob Brown")
    expect(card).to_contain_text("One at a time, please.")
    card.locator("[data-deed=unmute]").click()
    expect(bob.composer).to_be_visible()
    expect(bob.composer).to_have_value("I was about to say")
    bob.composer.press("Enter")
    alice.sees("I was about to say")


def test_slow_mode_counts_down_and_gives_way_to_announcements(
    alice: Person, bob: Person, room: str
) -> None:
    bob.opens(room)
    settings = alice.another_tab().goes_to(f"/rooms/{room}/settings/")
    settings.page.get_by_label("Slow mode").select_option("5 seconds")
    pace = settings.page.get_by_role("region", name="Posting")
    pace.get_by_role("button", name="Save").click()
    line = bob.page.locator("[data-part=pace]")
    expect(line).to_have_text("Slow mode: one message every 5 seconds.")

    bob.posts("the first")
    bob.sees_sent("the first")
    expect(line).to_contain_text(LEFT)
    bob.composer.fill("the second")
    bob.composer.press("Enter")
    expect(bob.composer).to_have_value("the second")
    expect(bob.page.locator("#status")).to_contain_text("you can write again in")
    bob.sees_no("the second")
    expect(line).not_to_contain_text(LEFT)
    bob.composer.press("Enter")
    bob.sees_sent("the second")

    settings.page.get_by_label("Owners and moderators only").check()
    pace.get_by_role("button", name="Save").click()
    expect(bob.reason).to_contain_text("Announcements: only owners and moderators can write")
    expect(bob.composer).to_be_hidden()
    bob.reacts("👍", "the second")
    alice.opens(room)
    expect(alice.page.locator("[data-part=pace]")).to_be_hidden()
    alice.posts("Tea is at five")
    bob.sees("Tea is at five")


def test_a_reported_message_is_removed_and_restored_and_its_author_banned(
    site: Site, alice: Person, bob: Person
) -> None:
    carla = site.person("Carla Cruz")
    room = site.room(alice, bob, carla)
    for person in (alice, bob, carla):
        person.opens(room)
    for body in ("cheap watches", "cheap shoes"):
        bob.posts(body)
        bob.sees_sent(body)
    carla.does("Report", "cheap shoes")
    report = dialog(carla, "Report this message")
    expect(report).to_contain_text("cheap shoes")
    report.get_by_role("button", name="Spam or advertising").click()
    expect(carla.toast).to_contain_text("Thanks for the report.")
    expect(carla.message("cheap shoes")).to_be_focused()

    alice.does("View author", "cheap shoes")
    dialog(alice, "Bob Brown").locator("[data-deed=remove]").click()
    removal = dialog(alice, "Remove messages by Bob Brown")
    expect(removal).to_contain_text("2 messages")
    expect(removal).to_contain_text("cheap watches")
    removal.get_by_role("button", name="Remove", exact=True).click()
    for person in (bob, carla):
        expect(person.page.get_by_text(GONE)).to_have_count(2)
    alice.clicks("Undo")
    for person in (bob, carla):
        person.sees("cheap watches")
        person.sees_no(GONE)

    opens_card(alice, "Bob Brown").locator("[data-deed=ban]").click()
    ban = dialog(alice, "Ban Bob Brown from this room")
    ban.get_by_label("Reason").fill("No adverts here.")
    ban.get_by_role("button", name="Ban", exact=True).click()
    expect(bob.banner).to_contain_text("No adverts here.")
    expect(bob.reason).to_contain_text("You can no longer write in this room.")
    expect(member(carla, "Bob Brown")).to_have_count(0)


def test_ignored_messages_are_folded_in_all_tabs_and_a_blocked_person_cannot_write(
    site: Site, alice: Person, bob: Person, room: str
) -> None:
    for body in ("Look at my cat", "and at her tail"):
        site.clerk.post(room, alice.username, body)
    direct = site.clerk.make_direct(alice.username, bob.username)
    bob.opens(room)
    other = bob.another_tab().opens(room)
    bob.does("View author", "Look at my cat")
    dialog(bob, "Alice Adams").locator("[data-deed=ignore]").click()
    for tab in (bob, other):
        fold = tab.page.get_by_role("button", name="2 messages from a muted person")
        expect(fold).to_have_attribute("aria-expanded", "false")
        tab.sees_no("Look at my cat")
    other.page.get_by_role("button", name="2 messages from a muted person").click()
    other.sees("and at her tail")
    bob.sees_no("and at her tail")

    opens_card(bob, "Alice Adams").locator("[data-deed=block]").click()
    expect(bob.toast).to_contain_text("You've blocked Alice Adams.")
    alice.opens(direct)
    alice.posts("Why don't you answer?")
    status = alice.unsent
    expect(status).to_contain_text("They don't accept direct messages from you.")
    bob.opens(direct)
    bob.clicks("Unblock")
    expect(bob.page.get_by_role("button", name="Unblock")).to_be_hidden()
    status.get_by_role("button", name="Retry").click()
    bob.sees("Why don't you answer?")
    expect(other.page.locator(".fold")).to_have_count(0)
    other.sees("Look at my cat")


def test_a_held_message_waits_until_it_is_approved_or_rewritten(own_site: Site) -> None:
    site = own_site  # where no other case is waiting
    alice, bob = site.person("Alice Adams"), site.person("Bob Brown")
    room = site.room(alice, bob)
    moderator = site.person("Olga Olsen", staff=True)
    olga = moderator.username
    moderator.goes_to("/rooms/")
    desk = moderator.page.get_by_role("link", name="Moderation")
    waiting = desk.locator(".badge")
    expect(waiting).to_be_hidden()
    site.clerk.hold(room, olga, "watches")
    alice.opens(room)
    bob.opens(room)
    for body in ("cheap watches", "more watches"):
        bob.posts(body)
        held = bob.sees(body)
        expect(held).to_have_attribute("data-state", "held")
        expect(held).to_contain_text("A moderator will read this before it is posted.")
    bob.posts("nothing is held up by them")
    alice.sees("nothing is held up by them")
    alice.sees_no("cheap watches")
    expect(waiting).to_have_text("2")
    expect(alice.page.get_by_role("link", name="Moderation")).to_have_count(0)
    bob.reloads()
    expect(bob.sees("cheap watches")).to_have_attribute("data-state", "held")
    site.clerk.review(olga, "cheap watches")
    bob.sees_sent("cheap watches")
    alice.sees("cheap watches")

    bob.goes_to("/rights/")  # where no socket is open
    site.clerk.review(olga, "more watches", refuse="No adverts.")
    expect(waiting).to_be_hidden()
    bob.opens(room)
    refused = bob.unsent
    expect(refused).to_contain_text("Rejected by a moderator. No adverts.")
    expect(refused.get_by_role("button", name="Retry")).to_be_hidden()
    bob.sees_no("more watches")
    refused.get_by_role("button", name="Edit").click()
    expect(bob.composer).to_have_value("more watches")
    expect(refused).to_have_count(0)
    bob.reloads()
    expect(refused).to_have_count(0)
    expect(bob.composer).to_have_value("more watches")
