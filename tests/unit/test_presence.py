"""Presence is gossip: each process announces its own people as they come and go, and asks again for
what was lost. Each Presence here stands for a separate process on one channel layer."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from rooms.fanout.envelopes import Envelope, Frame
from rooms.protocol.shapes import Person
from rooms.realtime import presence
from rooms.realtime.gossip import Hearsay, Rumour
from rooms.realtime.presence import Presence
from tests.unit.test_hub import Log

ROOM, SLUG = 7, "lounge"


class Tab:
    """A socket in the room that records what it is told."""

    def __init__(self, here: Presence, user_id: int) -> None:
        self.here = here
        self.user_id = user_id
        self.person = Person(user_id, f"user{user_id}", f"User {user_id}", None)
        self.told: list[dict[str, Any]] = []
        here._hub.subscribe(f"room.{ROOM}", self)
        here.arrive(ROOM, SLUG, self.person, self)

    def write(self, frame: Frame) -> None:
        self.told.append(msgspec.json.decode(frame.data))

    send = write

    mine: set[str] = set()

    def obey(self, order: dict[str, Any], notice: int | None = None) -> None: ...

    @property
    def changes(self) -> list[tuple[list[int], list[int]]]:
        """Return who came and who left, event by event."""
        return [
            ([one["id"] for one in told["joined"]], [one["id"] for one in told["left"]])
            for told in self.told
        ]

    async def hears(self, *, joined: list[int], left: list[int]) -> None:
        async with asyncio.timeout(5):
            while (joined, left) not in self.changes:  # noqa: ASYNC110  polled
                await asyncio.sleep(0.005)

    def closes(self) -> None:
        self.here._hub.leave(f"room.{ROOM}", self)
        self.here.depart(ROOM, self.user_id, self)


Begin = Callable[[], Presence]


@pytest_asyncio.fixture
async def begin(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Begin]:
    """`begin()` starts another process."""
    monkeypatch.setattr(presence, "LEAVE_SECONDS", 0.05)
    monkeypatch.setattr(presence, "GATHER_SECONDS", 0.02)
    monkeypatch.setattr(presence, "ENDED_SECONDS", 0.1)
    processes: list[Presence] = []

    def begin() -> Presence:
        hub = Log().hub()
        hub.start()
        processes.append(Presence(hub))
        return processes[-1]

    yield begin
    for one in processes:
        await one.stop()
        await one._hub.stop()


async def sees(here: Presence, *people: int, within: float = 5) -> None:
    """Wait until a process believes that exactly these people are in the room."""
    async with asyncio.timeout(within):
        while [one.id for one in here.online(ROOM)] != [*people]:  # noqa: ASYNC110  polled
            await asyncio.sleep(0.005)


async def listening(*processes: Presence) -> None:
    """Wait until the layer delivers to all of them."""
    for one in processes:
        async with asyncio.timeout(5):
            while presence.GROUP not in one._hub.relay.subscribed:  # noqa: ASYNC110  polled
                await asyncio.sleep(0.005)


async def test_people_are_seen_from_every_process(begin: Begin) -> None:
    one, two = begin(), begin()
    await listening(one, two)
    alice, bob = Tab(one, 1), Tab(two, 2)
    await sees(one, 1, 2)
    await sees(two, 1, 2)
    bob.closes()
    await sees(one, 1)
    await alice.hears(joined=[], left=[2])


async def test_a_process_that_starts_later_learns_who_is_there(begin: Begin) -> None:
    one = begin()
    await listening(one)
    Tab(one, 1)
    await sees(one, 1)
    two = begin()
    await listening(two)
    Tab(two, 2)
    await sees(two, 1, 2)


async def test_a_lost_rumour_is_asked_for_again(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = begin(), begin()
    await listening(one, two)
    Tab(one, 1)
    await sees(two, 1)
    with monkeypatch.context() as deaf:
        deaf.setattr(one._hub.relay, "send", lambda envelope: None)
        lost = Tab(one, 2)
        await sees(one, 1, 2)
        await asyncio.sleep(presence.GATHER_SECONDS * 2)  # its rumour is lost
        assert lost.told
    Tab(one, 3)
    await sees(two, 1, 2, 3)


async def test_when_the_layer_returns_everything_is_announced_again(begin: Begin) -> None:
    one, two = begin(), begin()
    await listening(one, two)
    one._here[ROOM][1] = Person(1, "a", "A", None)  # without telling anyone
    for tell in one._hub.relay.returned:
        tell()
    await sees(two, 1)


async def test_five_tabs_in_a_storm_are_one_event_each_way(begin: Begin) -> None:
    one, two = begin(), begin()
    await listening(one, two)
    watcher = Tab(two, 9)
    await sees(one, 9)
    for _ in range(10):
        tabs = [Tab(one, 1) for _ in range(5)]
        for tab in tabs[1:]:
            tab.closes()
        await asyncio.sleep(0)
        tabs[0].closes()
    last = Tab(one, 1)
    await sees(two, 1, 9)
    last.closes()
    await sees(two, 9)
    await watcher.hears(joined=[], left=[1])
    assert [change for change in watcher.changes if change != ([9], [])] == [([1], []), ([], [1])]


async def test_a_person_who_moves_to_another_process_never_leaves(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "ENDED_SECONDS", 0.5)  # the machine may pause in between
    one, two, three = begin(), begin(), begin()
    await listening(one, two, three)
    watcher = Tab(three, 9)
    Tab(one, 1)
    await sees(three, 1, 9)
    one.end()
    Tab(two, 1)
    async with asyncio.timeout(5):
        while one._id in three._elsewhere:  # noqa: ASYNC110  polled
            await asyncio.sleep(0.005)
    await sees(three, 1, 9)
    assert not [told for told in watcher.told if told["left"]]


async def test_a_process_that_fell_silent_takes_its_people_with_it(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "SNAPSHOT_SECONDS", 0.1)
    monkeypatch.setattr(presence, "FORGET_SECONDS", 0.35)
    one, two = begin(), begin()
    await listening(one, two)
    Tab(one, 1)
    Tab(two, 2)
    await sees(two, 1, 2)
    await one._hub.stop()  # like `kill -9`, without a farewell
    one._task.cancel()
    await sees(two, 2)


def test_a_kill_is_noticed_within_45_seconds() -> None:
    assert presence.FORGET_SECONDS + presence.SNAPSHOT_SECONDS <= 45
    assert presence.FORGET_SECONDS > 3 * presence.SNAPSHOT_SECONDS, "two may be lost"


@pytest.mark.parametrize(
    "order",
    [None, {}, {"rumour": b""}, {"rumour": "x"}, {"rumour": b"\x91\x01"}, {"op": "end"}],
)
async def test_a_poisoned_rumour_is_ignored(begin: Begin, order: dict[str, Any] | None) -> None:
    here = begin()
    here._hear(Envelope(group=presence.GROUP, order=order))
    assert not here._elsewhere


def test_a_rumour_about_nobody_in_particular_is_harmless() -> None:
    hearsay = Hearsay()
    assert hearsay.hear(Rumour(process="x", came={1: [5]}, left={2: [6]})) == {1, 2}
    assert not hearsay.rooms
