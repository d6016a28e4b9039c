"""Moderators act from the room itself; the person concerned and the others see it live."""

import re

from playwright.sync_api import Locator, expect

from tests.browser.person import Person
from tests.browser.site import Site

LEFT = re.compile(r"\d:\d\d")


def member(person: Person, name: str) -> Locator:
    return person.page.locator(".member", has_text=name)


def dialog(person: Person, name: str | re.Pattern[str]) -> Locator:
    return person.page.get_by_role("dialog", name=name)


def opens_card(person: Person, name: str) -> Locator:
    """From the list of members, whose button has the focus again when the card is closed."""
    member(person, name).get_by_role("button").click()
    return dialog(person, name)


def test_a_mute_is_told_with_its_reason_and_its_end_and_lifted(
    alice: Person, bob: Person, room: str
) -> None:
    alice.opens(room)
    bob.opens(room)
    bob.types("I was about to say")
    opens_card(alice, "Bob Brown").get_by_role("button", name="Mute in this room").click()
    mute = dialog(alice, "Mute Bob Brown in this room")
    mute.get_by_role("radio", name="1 hour").check()
    mute.get_by_label("Reason").fill("One at a time, please.")
    alice.presses("Enter")
    expect(alice.toast).to_contain_text("Bob Brown is muted.")
    expect(member(alice, "Bob Brown")).to_contain_text("muted")

    expect(bob.reason).to_contain_text("You can read here, but not write until")
    expect(bob.reason).to_contain_text(re.compile(r"(59:\d\d|1:00:00) left"))
    expect(bob.reason).to_contain_text("One at a time, please.")
    expect(bob.reason).to_contain_text("What you have typed is kept.")
    expect(bob.reason).to_be_focused()
    expect(bob.composer).to_be_hidden()
    bob.reloads()
    expect(bob.reason).to_contain_text("One at a time, please.")
    alice.posts("And what do you think, Bob?")
    bob.sees("And what do you think, Bob?")

    alice.reloads()  # it is the server's list that says who is muted
    expect(member(alice, "Bob Brown")).to_contain_text("muted")
    card = opens_card(alice, "Bob Brown")
    expect(card).to_contain_text("One at a time, please.")
    card.get_by_role("button", name="Let them write again").click()
    expect(bob.composer).to_be_visible()
    expect(bob.composer).to_have_value("I was about to say")
    bob.composer.press("Enter")
    alice.sees("I was about to say")


def test_slow_mode_counts_down_and_announcements_take_its_place(
    alice: Person, bob: Person, room: str
) -> None:
    bob.opens(room)
    settings = alice.another_tab().goes_to(f"/rooms/{room}/settings/")
    settings.page.get_by_label("Slow mode").select_option("5 seconds")
    pace = settings.page.get_by_role("region", name="Writing")
    pace.get_by_role("button", name="Save").click()
    line = bob.page.locator("[data-part=pace]")
    expect(line).to_have_text("Slow mode: 5 seconds between two messages.")

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

    settings.page.get_by_label("Only owners and moderators").check()
    pace.get_by_role("button", name="Save").click()
    expect(bob.reason).to_contain_text("Announcements: only owners and moderators write")
    expect(bob.composer).to_be_hidden()
    bob.reacts("👍", "the second")
    alice.opens(room)
    expect(alice.page.locator("[data-part=pace]")).to_be_hidden()
    alice.posts("Tea is at five")
    bob.sees("Tea is at five")


def test_reported_removed_and_brought_back_and_banned(
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
    expect(carla.toast).to_contain_text("Thank you.")
    expect(carla.message("cheap shoes")).to_be_focused()

    alice.does("About its author", "cheap shoes")
    dialog(alice, "Bob Brown").get_by_role("button", name="Remove what they posted").click()
    removal = dialog(alice, "Remove what Bob Brown posted")
    expect(removal).to_contain_text("2 messages")
    expect(removal).to_contain_text("cheap watches")
    removal.get_by_role("button", name="Remove", exact=True).click()
    for person in (bob, carla):
        expect(person.page.get_by_text("This message was deleted.")).to_have_count(2)
    alice.clicks("Undo")
    for person in (bob, carla):
        person.sees("cheap watches")
        person.sees_no("This message was deleted.")

    opens_card(alice, "Bob Brown").get_by_role("button", name="Ban from the room").click()
    ban = dialog(alice, "Ban Bob Brown from this room")
    ban.get_by_label("Reason").fill("No adverts here.")
    ban.get_by_role("button", name="Ban", exact=True).click()
    expect(bob.banner).to_contain_text("No adverts here.")
    expect(bob.reason).to_contain_text("You can no longer write in this room.")
    expect(member(carla, "Bob Brown")).to_have_count(0)


def test_who_is_muted_for_oneself_is_folded_in_all_tabs_and_who_is_blocked_cannot_write(
    site: Site, alice: Person, bob: Person, room: str
) -> None:
    for body in ("Look at my cat", "and at her tail"):
        site.clerk.post(room, alice.username, body)
    direct = site.clerk.make_direct(alice.username, bob.username)
    bob.opens(room)
    other = bob.another_tab().opens(room)
    bob.does("About its author", "Look at my cat")
    dialog(bob, "Alice Adams").get_by_role("button", name="Mute for me").click()
    for tab in (bob, other):
        fold = tab.page.get_by_role("button", name="2 messages of a muted person")
        expect(fold).to_have_attribute("aria-expanded", "false")
        tab.sees_no("Look at my cat")
    other.page.get_by_role("button", name="2 messages of a muted person").click()
    other.sees("and at her tail")
    bob.sees_no("and at her tail")

    opens_card(bob, "Alice Adams").get_by_role("button", name="Block").click()
    expect(bob.toast).to_contain_text("You have blocked Alice Adams.")
    alice.opens(direct)
    alice.posts("Why don't you answer?")
    status = alice.message("Why don't you answer?").locator("[data-part=status]")
    expect(status).to_contain_text("They don't take direct messages from you.")
    bob.opens(direct)
    bob.clicks("Unblock")
    expect(bob.page.get_by_role("button", name="Unblock")).to_be_hidden()
    status.get_by_role("button", name="Retry").click()
    bob.sees("Why don't you answer?")
    expect(other.page.locator(".fold")).to_have_count(0)
    other.sees("Look at my cat")


def test_what_a_moderator_reads_first_waits_and_is_posted_or_written_anew(own_site: Site) -> None:
    site = own_site  # where nothing else waits
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
        expect(held).to_contain_text("A moderator reads this before it is posted.")
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

    bob.goes_to("/accounts/profile/")  # where no socket tells it
    site.clerk.review(olga, "more watches", refuse="No adverts.")
    expect(waiting).to_be_hidden()
    bob.opens(room)
    refused = bob.sees("more watches")
    expect(refused).to_contain_text("A moderator doesn't post it. No adverts.")
    expect(refused.get_by_role("button", name="Retry")).to_be_hidden()
    refused.locator("[data-part=rewrite]").click()
    expect(bob.composer).to_have_value("more watches")
    bob.sees_no("more watches")
    bob.reloads()
    bob.sees_no("more watches")
    expect(bob.composer).to_have_value("more watches")
