"""The people at the site: every process announces its own people, and all have the same register.
Each Attendance here stands for a separate process on one channel layer."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio

from rooms.attendance import Level, Register
from rooms.fanout.envelopes import Envelope
from rooms.realtime import attendance
from rooms.realtime.attendance import Attendance
from tests.unit.test_hub import Log, Reader

OFFLINE, IDLE, ONLINE, ACTIVE = Level
CROWD = 5000


class Site(Attendance):
    """A process, and whose level changed there, edge by edge."""

    def __init__(self) -> None:
        hub = Log().hub()
        hub.start()
        self.hub = hub
        self.edges: list[tuple[int, Level]] = []
        super().__init__(hub, Register(), self._record)

    def _record(self, before: Any) -> None:
        self.edges += [(one, self.register.level(one)) for one in before]

    def opens(self, user_id: int, level: Level = ACTIVE) -> Reader:
        tab = Reader(user_id)
        self.arrive(tab, level)
        return tab

    async def sees(self, user_id: int, level: Level) -> None:
        async with asyncio.timeout(5):
            while self.register.level(user_id) != level:  # noqa: ASYNC110  polled
                await asyncio.sleep(0.005)


Begin = Callable[[], Site]


@pytest_asyncio.fixture
async def begin(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Begin]:
    """`begin()` starts another process."""
    monkeypatch.setattr(attendance, "LEAVE_SECONDS", 0.1)
    monkeypatch.setattr(attendance, "GATHER_SECONDS", 0.02)
    monkeypatch.setattr(attendance, "ENDED_SECONDS", 0.1)
    processes: list[Site] = []

    def begin() -> Site:
        processes.append(Site())
        return processes[-1]

    yield begin
    for one in processes:
        await one.stop()
        await one.hub.stop()


async def listening(*processes: Site) -> None:
    """Wait until the layer delivers to all of them."""
    for one in processes:
        async with asyncio.timeout(5):
            while attendance.GROUP not in one.hub.relay.subscribed:  # noqa: ASYNC110  polled
                await asyncio.sleep(0.005)


async def test_every_process_knows_everyone_who_is_present(begin: Begin) -> None:
    one, two = begin(), begin()
    await listening(one, two)
    alice = one.opens(1)
    two.opens(2, IDLE)
    await two.sees(1, ACTIVE)
    await one.sees(2, IDLE)
    assert one.register.present() == two.register.present() == {1, 2}
    one.depart(alice)
    await two.sees(1, OFFLINE)
    assert two.register.present() == {2}


async def test_a_person_is_idle_when_all_their_tabs_are_on_every_process(begin: Begin) -> None:
    one, two = begin(), begin()
    await listening(one, two)
    here, there = one.opens(1), two.opens(1, IDLE)
    await two.sees(1, ACTIVE)
    one.arrive(here, IDLE)
    await two.sees(1, IDLE)
    two.arrive(there, ONLINE)
    await one.sees(1, ONLINE)


async def test_a_storm_of_five_tabs_is_one_edge_each_way(begin: Begin) -> None:
    one, two = begin(), begin()
    await listening(one, two)
    for _ in range(10):
        tabs = [one.opens(1, ONLINE) for _ in range(5)]
        for tab in tabs[1:]:
            one.depart(tab)
        await asyncio.sleep(0)
        one.depart(tabs[0])
    last = one.opens(1, ONLINE)
    await two.sees(1, ONLINE)
    one.depart(last)
    await two.sees(1, OFFLINE)
    assert one.edges == two.edges == [(1, ONLINE), (1, OFFLINE)]


async def test_a_page_that_is_loaded_again_is_no_edge(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attendance, "LEAVE_SECONDS", 30.0)  # however slow the machine
    one = begin()
    one.depart(one.opens(1, ONLINE))
    await asyncio.sleep(0.01)  # the time between two pages
    one.opens(1, ONLINE)
    assert one.edges == [(1, ONLINE)]


async def test_who_was_only_idle_was_not_seen(begin: Begin) -> None:
    one = begin()
    one.opens(1, IDLE)
    one.depart(one.opens(2, ONLINE))
    assert one.taken() == {2}


async def test_nobody_is_at_the_keyboard_of_a_page_that_is_gone(begin: Begin) -> None:
    one = begin()
    one.depart(one.opens(1))
    assert one.register.level(1) == ONLINE
    await one.sees(1, OFFLINE)


async def test_a_process_that_starts_later_learns_who_is_there(begin: Begin) -> None:
    one = begin()
    await listening(one)
    one.opens(1)
    two = begin()
    await listening(two)
    two.opens(2)
    await two.sees(1, ACTIVE)


async def test_a_lost_report_is_asked_for_again(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = begin(), begin()
    await listening(one, two)
    one.opens(1)
    two.opens(9)
    await two.sees(1, ACTIVE)
    await one.sees(9, ACTIVE)
    while one._everything_due or two._everything_due:  # noqa: ASYNC110  they introduce themselves
        await asyncio.sleep(0.005)
    with monkeypatch.context() as deaf:
        deaf.setattr(one.hub.relay, "send", lambda envelope: None)
        one.opens(2)
        one._say_edges()
        await asyncio.sleep(0)  # published on the loop
        await asyncio.sleep(0)
    one.opens(3)
    await two.sees(3, ACTIVE)
    await two.sees(2, ACTIVE)


async def test_a_person_who_moves_to_another_process_never_leaves(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attendance, "ENDED_SECONDS", 0.5)  # the machine may pause in between
    one, two, three = begin(), begin(), begin()
    await listening(one, two, three)
    one.opens(1)
    await three.sees(1, ACTIVE)
    one.end()
    two.opens(1)
    await two.sees(1, ACTIVE)
    async with asyncio.timeout(5):
        while one._id in three._heard_at:  # noqa: ASYNC110  polled
            await asyncio.sleep(0.005)
    assert three.edges == [(1, ACTIVE)]


async def test_a_process_that_fell_silent_takes_its_people_with_it(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attendance, "SNAPSHOT_SECONDS", 0.1)
    monkeypatch.setattr(attendance, "FORGET_SECONDS", 0.35)
    one, two = begin(), begin()
    await listening(one, two)
    one.opens(1)
    two.opens(2)
    await two.sees(1, ACTIVE)
    await one.hub.stop()  # like `kill -9`, without a farewell
    one._task.cancel()
    await two.sees(1, OFFLINE)
    assert two.register.present() == {2}


@pytest.mark.parametrize(
    "order", [None, {}, {"report": b""}, {"report": "x"}, {"report": b"\x91\x01"}, {"op": "end"}]
)
async def test_a_poisoned_report_is_ignored(begin: Begin, order: dict[str, Any] | None) -> None:
    here = begin()
    here._hear(Envelope(group=attendance.GROUP, order=order))
    assert not here.register.present()


def seconds_per_edge(people: int) -> float:
    register = Register()
    for process in ("one", "two"):
        register.replace(process, dict.fromkeys(range(people), ONLINE))
    begun = time.thread_time()
    for edge in range(2000):
        register.note("one", {edge % people: IDLE if edge & 1 else OFFLINE})
    return time.thread_time() - begun


def test_an_edge_costs_the_same_among_five_thousand_people() -> None:
    few, many = (min(seconds_per_edge(size) for _ in range(5)) for size in (50, CROWD))
    assert many < few * 3


def test_only_what_changes_is_told() -> None:
    register = Register()
    assert register.note("one", {1: ONLINE, 2: IDLE}) == {1: OFFLINE, 2: OFFLINE}
    assert register.note("two", {1: IDLE}) == {}
    assert register.replace("one", {2: IDLE}) == {1: ONLINE}
    assert register.forget("one") == {2: IDLE}
    assert register.present() == {1}
