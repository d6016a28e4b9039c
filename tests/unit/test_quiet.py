"""When somebody is not to be disturbed, in their own zone, across changes of clocks."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from rooms.policy.quiet import EVERY_DAY, Plan

MONDAY = 1
BERLIN = "Europe/Berlin"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def nightly(begins: str, ends: str, *, days: int = EVERY_DAY, zone: str = BERLIN) -> Plan:
    def minutes(text: str) -> int:
        hours, rest = text.split(":")
        return int(hours) * 60 + int(rest)

    return Plan(days=days, begins=minutes(begins), ends=minutes(ends), zone=zone)


def test_by_hand_it_lasts_until_then() -> None:
    plan = Plan(until=at("2026-11-30T12:00"))
    assert plan.quiet_until(at("2026-11-30T11:59")) == at("2026-11-30T12:00")
    assert plan.quiet_until(at("2026-11-30T12:00")) is None
    assert Plan().quiet_until(at("2026-11-30T12:00")) is None


def test_a_schedule_counts_in_the_persons_zone_and_past_midnight() -> None:
    plan = nightly("22:00", "07:00")
    assert plan.quiet_until(at("2026-11-30T20:59")) is None
    assert plan.quiet_until(at("2026-11-30T21:00")) == at("2026-12-01T06:00")
    assert plan.quiet_until(at("2026-12-01T05:59")) == at("2026-12-01T06:00")
    assert plan.quiet_until(at("2026-12-01T06:00")) is None
    tokyo = replace(plan, zone="Asia/Tokyo")
    assert tokyo.quiet_until(at("2026-11-30T13:00")) == at("2026-11-30T22:00")


def test_a_night_belongs_to_the_day_on_which_it_begins() -> None:
    plan = nightly("22:00", "07:00", days=MONDAY)
    assert plan.quiet_until(at("2026-11-30T22:00")) == at("2026-12-01T06:00")  # Monday night
    assert plan.quiet_until(at("2026-11-30T02:00")) is None
    assert plan.quiet_until(at("2026-12-01T22:00")) is None


def test_the_end_is_that_of_all_quiet_that_touches() -> None:
    plan = replace(nightly("22:00", "07:00"), until=at("2026-11-30T23:00"))
    assert plan.quiet_until(at("2026-11-30T18:00")) == at("2026-12-01T06:00")
    whole_days = nightly("00:00", "00:00", days=0b0000011)
    assert whole_days.quiet_until(at("2026-11-30T10:00")) == at("2026-12-01T23:00")


def test_a_lifted_schedule_comes_back_the_next_day() -> None:
    plan = nightly("22:00", "07:00")
    now = at("2026-11-30T22:00")
    lifted = replace(plan, lifted_until=plan.scheduled_end(now))
    assert lifted.quiet_until(now) is None
    assert lifted.next_change(now) == at("2026-12-01T21:00")
    assert lifted.quiet_until(at("2026-12-01T21:00")) == at("2026-12-02T06:00")


@pytest.mark.parametrize(
    ("begins", "ends", "quiet"),
    [
        # 2026-03-29, 02:00 becomes 03:00 in Berlin: 02:30 is read as 03:30.
        ("22:00", "02:30", ("2026-03-28T21:00", "2026-03-29T01:30")),
        ("02:30", "05:00", ("2026-03-29T01:30", "2026-03-29T03:00")),
        ("22:00", "07:00", ("2026-03-28T21:00", "2026-03-29T05:00")),
        # 2026-10-25, 03:00 becomes 02:00: 02:30 comes twice.
        ("22:00", "02:30", ("2026-10-24T20:00", "2026-10-25T01:30")),
        ("02:30", "05:00", ("2026-10-25T00:30", "2026-10-25T04:00")),
        ("22:00", "07:00", ("2026-10-24T20:00", "2026-10-25T06:00")),
    ],
)
def test_changes_of_clocks(begins: str, ends: str, quiet: tuple[str, str]) -> None:
    plan, (first, last) = nightly(begins, ends), map(at, quiet)
    assert plan.next_change(first - timedelta(minutes=1)) == first
    assert plan.quiet_until(first - timedelta(seconds=1)) is None
    minutes = int((last - first).total_seconds()) // 60
    assert {plan.quiet_until(first + timedelta(minutes=one)) for one in range(minutes)} == {last}
    assert plan.quiet_until(last) is None


def test_a_window_that_a_change_of_clocks_swallows_is_none() -> None:
    plan = nightly("02:30", "03:00")
    night = [at("2026-03-29T00:00") + timedelta(minutes=one) for one in range(240)]
    assert not any(plan.quiet_until(one) for one in night)


def test_a_zone_that_nobody_knows_counts_as_utc() -> None:
    for zone in ("", "Mars/Olympus"):
        plan = nightly("22:00", "23:00", zone=zone)
        assert plan.quiet_until(at("2026-11-30T22:30")) == at("2026-11-30T23:00")


def test_the_next_change_is_the_end_or_the_next_beginning() -> None:
    plan = nightly("22:00", "07:00", days=MONDAY)
    assert plan.next_change(at("2026-12-01T06:00")) == at("2026-12-07T21:00")
    assert plan.next_change(at("2026-12-07T22:00")) == at("2026-12-08T06:00")
    assert Plan().next_change(at("2026-12-01T06:00")) is None
