"""Days: where they begin for the reader, their labels, and jumping to one."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.person import Person
from tests.browser.site import Site

MANY = 4000
DAYS = 200


@pytest.fixture
def diary(site: Site, alice: Person, bob: Person) -> str:
    """A room with MANY messages spread evenly over the last DAYS days."""
    room = site.room(bob, alice, name="Diary")
    site.clerk.fill(room, bob.username, count=MANY, days=DAYS)
    site.clerk.has_read(room, alice.username, MANY)
    return room


def test_a_day_is_chosen_from_the_divider_of_another(alice: Person, diary: str) -> None:
    alice.opens(diary)
    line = alice.page.locator(".day__button").last
    line.click()
    day = (datetime.now(UTC) - timedelta(days=150)).strftime("%Y-%m-%d")
    dialog = alice.page.get_by_role("dialog", name="Jump to a date")
    dialog.get_by_label("Date", exact=True).fill(day)
    dialog.get_by_role("button", name="Go").click()
    expect(dialog).to_be_hidden()
    arrives_at(alice, day)


def test_a_day_is_chosen_by_keyboard_alone(alice: Person, diary: str) -> None:
    alice.opens(diary, MANY - 5)
    expect(numbered(alice, MANY - 5)).to_be_focused()
    alice.presses("d")
    day = (datetime.now(UTC) - timedelta(days=20)).strftime("%Y-%m-%d")
    field = alice.page.get_by_label("Date", exact=True)
    expect(field).to_be_focused()
    field.fill(day)  # whether the day or the month is typed first depends on the browser
    alice.presses("Enter")
    arrives_at(alice, day)
    alice.presses("d")
    alice.presses("Escape")
    expect(field).to_be_hidden()


def test_a_day_without_messages_leads_to_the_next_message(
    site: Site, alice: Person, bob: Person, room: str
) -> None:
    site.clerk.post(room, bob.username, *(f"line {n}" for n in range(1, 201)))
    site.clerk.age(room, upto=100, days=9)
    alice.opens(room)
    alice.page.locator(".day__button").last.click()
    field = alice.page.get_by_label("Date", exact=True)
    field.fill((datetime.now(UTC) - timedelta(days=5)).strftime("%Y-%m-%d"))
    field.press("Enter")
    expect(numbered(alice, 101)).to_be_focused()
    expect(alice.toast).to_contain_text("No messages on that date. The next ones are from Today.")


def test_today_becomes_yesterday_after_midnight(site: Site, bob: Person) -> None:
    alice = site.person("Alice Adams", timezone_id="UTC")
    room = site.room(alice, bob)
    site.clerk.post(room, bob.username, "before midnight")
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0) + timedelta(days=1)
    alice.page.clock.install(time=midnight - timedelta(minutes=2))
    alice.opens(room)
    day = alice.page.locator(".day time")
    expect(day).to_have_text("Today")
    before = alice.message("before midnight").bounding_box()
    alice.page.clock.fast_forward(150_000)
    expect(day).to_have_text("Yesterday")
    assert alice.message("before midnight").bounding_box() == before


def test_days_and_times_follow_the_reader_s_time_zone(site: Site, bob: Person) -> None:
    alice = site.person("Alice Adams")
    devtools = alice.context.new_cdp_session(alice.page)
    devtools.send("Emulation.setTimezoneOverride", {"timezoneId": "Pacific/Kiritimati"})  # UTC+14
    room = site.room(alice, bob)
    site.clerk.fill(room, bob.username, count=48, days=2)
    alice.opens(room)
    days = "nodes => nodes.map(node => node.dateTime)"
    times = "nodes => nodes.map(node => node.textContent)"
    day, time = alice.page.locator(".day time"), alice.page.locator(".message__link time")
    there = [datetime.fromisoformat(one) for one in time.evaluate_all(days)]
    east = timedelta(hours=14)
    assert time.evaluate_all(times) == [f"{one + east:%H:%M}" for one in there]
    assert day.evaluate_all(days) == sorted({f"{one + east:%Y-%m-%d}" for one in there})

    devtools.send("Emulation.setTimezoneOverride", {"timezoneId": "Pacific/Honolulu"})  # UTC-10
    alice.page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")
    west = timedelta(hours=-10)
    assert time.evaluate_all(times) == [f"{one + west:%H:%M}" for one in there]
    assert day.evaluate_all(days) == sorted({f"{one + west:%Y-%m-%d}" for one in there})


def test_a_message_between_two_of_a_group_splits_the_group(
    site: Site, alice: Person, bob: Person, room: str
) -> None:
    site.clerk.post(room, bob.username, "one", "two")
    alice.opens(room)
    expect(alice.message("two")).to_have_class(re.compile("message--grouped"))
    bob.opens(room)
    alice.posts("between")
    alice.sees_sent("between")
    bob.posts("three")
    bob.posts("four")
    expect(alice.message("three")).not_to_have_class(re.compile("message--grouped"))
    expect(alice.message("four")).to_have_class(re.compile("message--grouped"))


def arrives_at(person: Person, day: str) -> None:
    """Assert that the first message of that day has the focus, below the day's divider."""
    found = person.page.locator("article.message:focus")
    expect(found).to_be_in_viewport()
    line = person.page.locator(f".day:has(time[datetime='{day}'])")
    expect(line).to_be_in_viewport()
    follows = "(node, day) => node.nextElementSibling === document.activeElement"
    assert line.evaluate(follows)


def numbered(person: Person, number: int) -> Locator:
    return person.page.locator(f"article[data-number='{number}']")
