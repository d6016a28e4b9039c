"""The hub delivers every group's events in revision order, each once, whatever the channel layer
does to them."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from channels.layers import get_channel_layer

from rooms.errors import Unavailable
from rooms.fanout import relay as relays
from rooms.fanout.envelopes import Envelope, Frame, Position, Subject
from rooms.fanout.hub import EVERYWHERE, Hub
from rooms.fanout.notices import SETTLE_SECONDS
from rooms.fanout.poll import Kept
from rooms.fanout.topics import Topic

GROUP = "room.1"


class Reader:
    """A connection that records what it receives."""

    def __init__(self, user_id: int = 1) -> None:
        self.user_id = user_id
        self.mine = {GROUP}
        self.frames: list[str] = []
        self.orders: list[dict[str, Any]] = []
        self.at_once: list[str] = []
        self._news = asyncio.Event()

    def write(self, frame: Frame) -> None:
        self.frames.append(frame.text)
        self._news.set()

    def send(self, frame: Frame) -> None:
        self.at_once.append(frame.text)
        self.write(frame)

    def obey(self, order: dict[str, Any], notice: int | None = None) -> None:
        self.orders.append(order)

    async def has(self, *frames: str) -> None:
        async with asyncio.timeout(5):
            while len(self.frames) < len(frames):
                self._news.clear()
                await self._news.wait()
        assert self.frames == list(frames)


class Log:
    """A fake database: the events of one group, and how often they were read."""

    def __init__(self) -> None:
        self.revision = 0
        self.reads = 0
        self.away = 0
        self.notices: list[Envelope] = []
        self.oldest = 1  # the lowest id of a notice that hasn't been deleted
        self.now: dict[str, bytes] = {}  # current state by kind of subject
        self.renewals = 0

    def commit(self) -> Envelope:
        self.revision += 1
        return event(self.revision)

    async def recover(self, group: str, told: Position) -> list[Envelope]:
        self.reads += 1
        if self.away:
            self.away -= 1
            raise Unavailable("away")
        return [event(revision) for revision in range(told.revision + 1, self.revision + 1)]

    async def positions(self, groups: list[str]) -> dict[str, Position]:
        return dict.fromkeys(groups, self.position)

    @property
    def position(self) -> Position:
        return Position(self.revision, self.revision)

    def note(self, envelope: Envelope) -> Envelope:
        """Commit a notice, which has no place in the sequence."""
        self.notices.append(envelope)
        return msgspec.structs.replace(envelope, notice=len(self.notices))

    async def notice_ids(self, settled: int | None) -> Kept:
        ids = [*range((settled or 0) + 1, len(self.notices) + 1)]
        return Kept([one for one in ids if one >= self.oldest], self.oldest)

    async def notices_of(self, ids: list[int]) -> list[Envelope]:
        return [msgspec.structs.replace(self.notices[one - 1], notice=one) for one in ids]

    async def renew(self, late: Sequence[Envelope]) -> list[Envelope | None]:
        self.renewals += 1
        if self.away:
            self.away -= 1
            raise Unavailable("away")
        return [
            msgspec.structs.replace(one, frame=self.now[one.about.kind]) if one.about else one
            for one in late
        ]

    def hub(self) -> Hub:
        """The hub of one process that uses this database."""
        return Hub(
            recover=self.recover,
            positions=self.positions,
            notice_ids=self.notice_ids,
            notices_of=self.notices_of,
            renew=self.renew,
        )


def event(revision: int) -> Envelope:
    """Events that are each a new message."""
    return Envelope(
        group=GROUP,
        frame=f"e{revision}".encode(),
        revision=revision,
        aside=f"a{revision}".encode(),
        number=revision,
    )


@pytest.fixture
def log() -> Log:
    return Log()


@pytest_asyncio.fixture
async def hub(log: Log) -> AsyncIterator[Hub]:
    hub = log.hub()
    hub.start()
    yield hub
    await hub.stop()


async def follower(hub: Hub, log: Log, user_id: int = 1) -> Reader:
    reader = Reader(user_id)
    await hub.follow(GROUP, reader)
    assert hub.admit(GROUP, reader, log.revision, Frame(b"page"))
    return reader


async def subscribed(hub: Hub) -> None:
    """Wait until the layer has subscribed this process to the group."""
    async with asyncio.timeout(5):
        while GROUP not in hub.relay.subscribed:  # noqa: ASYNC110  the layer tells nobody
            await asyncio.sleep(0.01)


async def test_events_come_once_and_in_order(hub: Hub, log: Log) -> None:
    reader = await follower(hub, log)
    first, second = log.commit(), log.commit()
    hub.publish([second, first, second])
    await reader.has("page", "e1", "e2")
    assert log.reads == 0, "an overtaken event is waited for, not read"


async def test_only_an_event_that_comes_alone_is_sent_at_once(hub: Hub, log: Log) -> None:
    reader = await follower(hub, log)
    hub.publish([log.commit()])
    await reader.has("page", "e1")
    hub.publish([log.commit(), log.commit()])
    await reader.has("page", "e1", "e2", "e3")
    assert reader.at_once == ["e1"], "the other two are joined"


async def test_other_processes_are_written_to_before_the_own_readers(
    hub: Hub, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that they write to their sockets while this process does."""
    reader = await follower(hub, log)
    readers_then = []
    monkeypatch.setattr(hub.relay, "flush", lambda: readers_then.append([*reader.frames]))
    hub.deliver([log.commit(), log.commit()])
    assert readers_then == [["page"]]
    assert reader.frames == ["page", "e1", "e2"]


async def test_a_hole_is_read_once_for_all_readers(hub: Hub, log: Log) -> None:
    readers = [await follower(hub, log) for _ in range(5)]
    log.commit()
    log.commit()
    hub.publish([log.commit()])
    for reader in readers:
        await reader.has("page", "e1", "e2", "e3")
    assert log.reads == 1


async def test_an_event_missing_from_the_database_is_told_to_nobody(hub: Hub, log: Log) -> None:
    reader = await follower(hub, log)
    hub.publish([msgspec.structs.replace(event(2), frame=b"forged")])
    async with asyncio.timeout(5):
        while not log.reads or hub.topics[GROUP].hole:  # noqa: ASYNC110  it is told to nobody
            await asyncio.sleep(0.01)
    hub.publish([log.commit(), log.commit()])
    await reader.has("page", "e1", "e2")


async def test_the_poll_finds_events_that_never_arrive(hub: Hub, log: Log) -> None:
    reader = await follower(hub, log)
    log.commit()
    await reader.has("page", "e1")


async def test_a_hole_waits_for_the_storage_to_come_back(hub: Hub, log: Log) -> None:
    reader = await follower(hub, log)
    log.away = 2
    log.commit()
    hub.publish([log.commit()])
    await reader.has("page", "e1", "e2")
    assert log.reads == 3


async def test_an_envelope_beyond_the_database_is_forgotten(hub: Hub, log: Log) -> None:
    reader = await follower(hub, log)
    hub.publish([event(50)])
    hub.publish([log.commit()])
    await reader.has("page", "e1")
    hub.publish([log.commit()])
    await reader.has("page", "e1", "e2")


async def test_events_during_the_read_of_a_page_come_after_it(hub: Hub, log: Log) -> None:
    await follower(hub, log)
    joiner = Reader()
    await hub.follow(GROUP, joiner)
    in_page, after = log.commit(), log.commit()
    hub.publish([in_page, after])
    await asyncio.sleep(0)  # let the hub's loop take what was published
    assert not joiner.frames
    hub.admit(GROUP, joiner, 1, Frame(b"page with e1"))
    await joiner.has("page with e1", "e2")


async def test_events_that_a_page_already_shows_are_not_told_again(hub: Hub, log: Log) -> None:
    early = await follower(hub, log)
    first, second = log.commit(), log.commit()
    late = Reader()
    await hub.follow(GROUP, late)
    hub.admit(GROUP, late, 2, Frame(b"page with e2"))
    hub.publish([first, second, log.commit()])
    await early.has("page", "e1", "e2", "e3")
    await late.has("page with e2", "e3")


async def test_watchers_get_the_aside_and_followers_the_event(hub: Hub, log: Log) -> None:
    reader, watcher = await follower(hub, log), Reader()
    hub.watch(GROUP, watcher, log.position)
    hub.publish([log.commit()])
    await reader.has("page", "e1")
    await watcher.has("a1")


async def test_a_reader_that_left_gets_nothing(hub: Hub, log: Log) -> None:
    gone, here = await follower(hub, log), await follower(hub, log)
    hub.leave(GROUP, gone)
    hub.publish([log.commit()])
    await here.has("page", "e1")
    assert gone.frames == ["page"]
    hub.leave(GROUP, here)
    assert not hub.topics, "nothing is kept for a group that nobody wants"


async def test_an_event_skips_the_person_it_excludes(hub: Hub, log: Log) -> None:
    author, other = await follower(hub, log, user_id=1), await follower(hub, log, user_id=2)
    hub.publish([Envelope(group=GROUP, frame=b"typing", without=1)])
    await other.has("page", "typing")
    assert author.frames == ["page"]


async def test_other_processes_receive_events_over_the_layer(
    hub: Hub, log: Log, settings: Any
) -> None:
    elsewhere = log.hub()
    elsewhere.start()
    reader = await follower(elsewhere, log)
    await subscribed(elsewhere)
    hub.publish([log.commit()])
    await reader.has("page", "e1")
    assert log.reads == 0
    await elsewhere.stop()


async def test_a_poisoned_layer_message_is_ignored(hub: Hub, log: Log) -> None:
    reader = await follower(hub, log)
    layer = get_channel_layer()
    assert layer is not None
    await subscribed(hub)
    for poison in ({"data": b"\xff"}, {"data": 7}, {}, {"data": b"\x90"}, {"x": {"y": [1]}}):
        await layer.group_send(GROUP, {"type": "hub.envelope", **poison})
    hub.publish([log.commit()])
    await reader.has("page", "e1")


async def test_an_event_too_large_for_the_layer_is_only_announced() -> None:
    big = Envelope(group=GROUP, frame=b"x" * (relays.MAX_FRAME + 1), revision=1)
    assert msgspec.msgpack.decode(relays._packed(big), type=Envelope).frame is None
    assert msgspec.msgpack.decode(relays._packed(event(1)), type=Envelope) == event(1)


async def test_orders_reach_followers_watchers_and_joining_readers(hub: Hub, log: Log) -> None:
    reader, watcher, joiner = await follower(hub, log), Reader(), Reader()
    hub.watch(GROUP, watcher, log.position)
    await hub.follow(GROUP, joiner)
    hub.publish([Envelope(group=GROUP, order={"op": "x"}), log.commit()])
    await reader.has("page", "e1")
    assert reader.orders == watcher.orders == joiner.orders == [{"op": "x"}]


async def test_watchers_learn_once_and_in_order_of_events_that_the_layer_lost(
    hub: Hub, log: Log
) -> None:
    watcher = Reader()
    hub.watch(GROUP, watcher, log.position)
    log.commit()
    log.commit()
    await watcher.has("a1", "a2")
    hub.publish([event(1), event(2), log.commit()])
    await watcher.has("a1", "a2", "a3")


async def test_a_watcher_is_told_what_its_welcome_did_not_show(hub: Hub, log: Log) -> None:
    early = Reader()
    hub.watch(GROUP, early, log.position)
    first, second = log.commit(), log.commit()
    hub.publish([first, second])
    await early.has("a1", "a2")
    late, later = Reader(), Reader()
    hub.watch(GROUP, late, Position(1, 1))
    hub.watch(GROUP, later, Position(3, 3))
    await late.has("a2")
    hub.publish([log.commit(), log.commit()])
    await late.has("a2", "a3", "a4")
    await later.has("a4")


async def test_a_follower_that_becomes_a_watcher_misses_and_repeats_nothing(
    hub: Hub, log: Log
) -> None:
    reader = await follower(hub, log)
    hub.publish([log.commit()])
    await reader.has("page", "e1")
    hub.watch(GROUP, reader)
    hub.publish([log.commit()])
    await reader.has("page", "e1", "a2")


async def test_a_room_that_did_not_open_costs_its_watcher_no_message(hub: Hub, log: Log) -> None:
    reader, other = Reader(), Reader()
    for one in (reader, other):
        hub.watch(GROUP, one, log.position)
    await hub.follow(GROUP, reader)
    hub.publish([log.commit()])
    await other.has("a1")
    hub.watch(GROUP, reader)
    await reader.has("a1")


async def test_a_notice_reaches_everyone_once_by_either_route(hub: Hub, log: Log) -> None:
    reader = await follower(hub, log)
    lost = Envelope(group=GROUP, frame=b"lost", order={"op": "x"})
    async with asyncio.timeout(5):
        while hub.notices.settled is None:  # noqa: ASYNC110  the first poll tells nobody
            await asyncio.sleep(0.01)
    log.note(lost)
    await reader.has("page", "lost")
    told = log.note(Envelope(group=GROUP, frame=b"told"))
    hub.publish([told, told])
    await reader.has("page", "lost", "told")
    log.note(Envelope(group=GROUP, frame=b"last"))
    await reader.has("page", "lost", "told", "last")
    assert reader.orders == [{"op": "x"}]


async def begun(hub: Hub) -> None:
    async with asyncio.timeout(5):
        await hub.begin()


def state(frame: bytes, **more: Any) -> Envelope:
    return Envelope(group=GROUP, frame=frame, about=Subject("name", room=1), **more)


async def test_a_late_notice_does_not_undo_a_newer_one(hub: Hub, log: Log) -> None:
    """The layer lost the first; the poll found it after the second had arrived."""
    reader = await follower(hub, log)
    await begun(hub)
    given = log.note(state(b"given", order={"op": "give"}))
    taken = log.note(state(b"taken", order={"op": "take"}))
    hub.publish([taken])
    await reader.has("page", "taken")
    hub.tell_late(given)
    hub.publish([given, log.note(Envelope(group=GROUP, frame=b"last"))])
    await reader.has("page", "taken", "last")
    assert reader.orders == [{"op": "take"}]


async def test_a_late_notice_carries_the_current_state(hub: Hub, log: Log) -> None:
    reader = await follower(hub, log)
    await begun(hub)
    log.now["name"] = b"as it is"
    log.away = 1
    log.note(state(b"as it was"))
    await reader.has("page", "as it is")
    assert log.renewals == 2, "the storage was away for the first"


async def test_an_overtaken_notice_is_late(hub: Hub, log: Log) -> None:
    """Whatever the later notice was about, it may have changed what this one shows."""
    reader = await follower(hub, log)
    await begun(hub)
    log.now["name"] = b"renamed"
    slow, fast = log.note(state(b"added")), log.note(Envelope(group="room.2", frame=b"x"))
    hub.publish([fast, slow])
    await reader.has("page", "renamed")


async def test_a_change_during_the_read_of_a_late_notice_wins(
    hub: Hub, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = await follower(hub, log)
    await begun(hub)
    log.now["name"] = b"old"
    renew = log.renew

    async def slowly(late: Sequence[Envelope]) -> list[Envelope | None]:
        found = await renew(late)
        hub.deliver([log.note(state(b"new"))])
        return found

    monkeypatch.setattr(hub.board._renewal, "_renew", slowly)
    hub.tell_late(log.note(state(b"older")))
    await reader.has("page", "new")
    hub.publish([log.note(Envelope(group=GROUP, frame=b"last"))])
    await reader.has("page", "new", "last")


async def test_a_lost_right_does_not_wait_behind_a_burst(hub: Hub, log: Log) -> None:
    """Ten thousand notices of one kind, then one that revokes a right."""
    reader = await follower(hub, log)
    await begun(hub)
    log.now |= {"member": b"m", "right": b"taken"}
    for number in range(10_000):
        log.note(Envelope(group=GROUP, frame=b"m", about=Subject("member", user=number)))
    log.note(state(b"t", order={"op": "take"}))
    log.now["name"] = b"taken"
    async with asyncio.timeout(5):
        while not reader.frames[1:]:
            await reader._news.wait()
            reader._news.clear()
    assert reader.orders == [{"op": "take"}]
    assert reader.frames[1] == "taken"


async def test_a_process_that_missed_notices_starts_over(hub: Hub, log: Log) -> None:
    """They were deleted before this process read them, so nobody knows what its sockets believe."""
    told = asyncio.Event()
    hub.missed.append(told.set)
    await begun(hub)
    hub.publish([log.note(state(b"known"))])
    await asyncio.sleep(0)
    hub.notices.settle(hub.now + 2 * SETTLE_SECONDS)
    log.note(state(b"deleted unread"))
    log.note(state(b"kept"))
    log.oldest = 3
    async with asyncio.timeout(5):
        await told.wait()


async def test_a_notice_to_many_groups_reaches_each_connection_once(hub: Hub, log: Log) -> None:
    member, visitor, watcher, partner = await follower(hub, log), Reader(), Reader(), Reader()
    await hub.follow("room.2", member)
    hub.admit("room.2", member, 0, Frame(b"page 2"))
    visitor.mine = set()
    await hub.follow(GROUP, visitor)
    hub.admit(GROUP, visitor, 0, Frame(b"page"))
    hub.watch("room.2", watcher, log.position)
    hub.watch(GROUP, partner, log.position)
    hub.subscribe("user.9", partner)
    heard: list[Envelope] = []
    hub.spread.append(heard.append)
    asked_at = hub.now
    also = {GROUP: True, "room.2": False, "user.9": False}
    envelope = log.note(Envelope(group=EVERYWHERE, frame=b"bob is robert", also=also))
    hub.publish([envelope, log.commit()])
    await member.has("page", "page 2", "bob is robert", "e1")
    await visitor.has("page", "e1")
    await partner.has("bob is robert", "a1")
    assert watcher.frames == []
    assert heard == [envelope]

    late = Reader()
    hub.watch(GROUP, late)
    hub.subscribe("user.9", late)
    hub.board.recall(late, {GROUP, "user.9"}, since=asked_at)
    assert late.frames == ["bob is robert"]


async def test_only_members_hear_what_happens_inside(hub: Hub, log: Log) -> None:
    member, visitor = await follower(hub, log), await follower(hub, log)
    visitor.mine = set()
    hub.publish([Envelope(group=GROUP, frame=b"who joined", inside=True), log.commit()])
    await member.has("page", "who joined", "e1")
    await visitor.has("page", "e1")


async def test_watchers_hear_of_a_room_s_new_name(hub: Hub, log: Log) -> None:
    reader, watcher, newcomer = await follower(hub, log), Reader(), Reader()
    hub.watch(GROUP, watcher, log.position)
    added = log.note(Envelope(group="user.1", order={"op": "watch"}))
    hub.publish([added, log.note(state(b"renamed", aside=b"renamed"))])
    await reader.has("page", "renamed")
    await watcher.has("renamed")
    hub.watch(GROUP, newcomer, log.position)
    hub.board.recall_after(added.notice or 0, GROUP, newcomer)
    await newcomer.has("renamed")


async def test_a_database_that_went_back_in_time_is_noticed(hub: Hub, log: Log) -> None:
    reader, restored = await follower(hub, log), asyncio.Event()
    hub.restored.append(restored.set)
    hub.publish([log.commit(), log.commit()])
    await reader.has("page", "e1", "e2")
    log.revision = 1
    async with asyncio.timeout(5):
        await restored.wait()


def test_a_message_is_announced_once_however_often_it_changes() -> None:
    topic, watcher = Topic(), Reader()
    topic.watch(watcher, Position(revision=5, number=3))
    # Events read from the database name the message, whether new or edited.
    for revision, number in ((6, 2), (7, 4), (8, 4), (9, 5)):
        aside = f"a{number}".encode()
        topic.receive(
            Envelope(group=GROUP, frame=b"e", revision=revision, aside=aside, number=number)
        )
    assert watcher.frames == ["a4", "a5"]


async def test_a_subscriber_hears_of_every_notice_since_it_asked(hub: Hub, log: Log) -> None:
    hub.publish([log.note(Envelope(group=GROUP, frame=b"before"))])
    await asyncio.sleep(0)  # let the hub's loop take what was published
    asked_at, reader = hub.now, Reader()
    hub.publish([log.note(Envelope(group=GROUP, frame=b"since", order={"op": "x"}))])
    hub.publish([log.note(Envelope(group="room.2", frame=b"elsewhere"))])
    await asyncio.sleep(0)
    hub.subscribe(GROUP, reader)
    hub.board.recall(reader, {GROUP}, since=asked_at)
    assert reader.frames == ["since"]
    assert reader.orders == [{"op": "x"}]


async def test_a_bug_in_one_delivery_does_not_hold_up_the_next(
    hub: Hub, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, broken = await follower(hub, log), Reader()
    hub.subscribe("user.1", broken)

    def fail(order: dict[str, Any], notice: int | None) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(broken, "obey", fail)
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
    hub.publish([Envelope(group="user.1", order={"op": "x"}), Envelope(group=GROUP, frame=b"next")])
    await reader.has("page", "next")


def test_the_changes_of_one_transaction_are_told_aside_once() -> None:
    topic, watcher = Topic(), Reader()
    topic.watch(watcher, Position(revision=5, number=3))
    first = Envelope(group=GROUP, frame=b"e", revision=6, aside=b"gone 1, 2, 3", until=8)
    topic.receive(first)
    # A reader that closes the room in the middle of a batch is told all of it.
    reader = Reader()
    topic.begin(reader)
    topic.admit(reader, 6, Frame(b"page"))
    topic.receive(event(7))
    topic.watch(reader, None)
    topic.receive(event(8))
    assert watcher.frames == ["gone 1, 2, 3", "a7", "a8"]
    assert reader.frames == ["page", "e7", "gone 1, 2, 3", "a8"]


def test_a_watcher_welcomed_before_a_change_is_told_of_it_and_a_later_one_is_not() -> None:
    topic, early = Topic(), Reader()
    topic.watch(early, Position(revision=5, number=3))
    topic.receive(Envelope(group=GROUP, frame=b"e", revision=6, aside=b"gone 1", until=7))
    topic.receive(Envelope(group=GROUP, frame=b"e", revision=7))
    for revision, told in ((4, None), (5, ["gone 1"]), (7, [])):
        late = Reader()
        behind = topic.watch(late, Position(revision, 3))
        if told is None:
            assert behind == Position(revision, 3), "what it missed isn't known here"
        else:
            assert (behind, late.frames) == (None, told)


def test_watchers_are_told_of_a_jump_even_when_nothing_new_was_posted() -> None:
    topic, watcher = Topic(), Reader()
    topic.watch(watcher, Position(revision=5, number=3))
    topic.receive(
        Envelope(group=GROUP, frame=b"s", aside=b"stale", revision=9, number=3, jump=True)
    )
    assert watcher.frames == ["stale"]
