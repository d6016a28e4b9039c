"""Two workers, Redis and PostgreSQL: whatever fails, everyone has the same complete history
afterwards, and faults outside the database are hardly noticed."""

import asyncio
import random
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack

import pytest

from rooms.realtime import attendance, presence
from tests.chat_client import ChatClient
from tests.faults import nemesis
from tests.faults.accounts import Account
from tests.faults.cluster import Cluster, Worker, deployed
from tests.faults.conversation import CALM_SECONDS, PROMPT_SECONDS, conversation, new_room
from tests.faults.history import Json
from tests.processes import eventually
from tests.services import PostgresServer, RedisServer

pytestmark = [pytest.mark.redis, pytest.mark.postgres]

FORGOTTEN_SECONDS = 45  # promised for the people of a process that is gone
BUSY_SECONDS = 3  # what a busy machine may add


@pytest.fixture(scope="module")
def cluster(
    tmp_path_factory: pytest.TempPathFactory, postgres_server: PostgresServer
) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("workers")
    redis = RedisServer()
    try:
        with deployed(folder, workers=2, redis=redis, postgres=postgres_server) as cluster:
            yield cluster
    finally:
        redis.kill()


@pytest.mark.parametrize("fault", nemesis.OF_THE_LAYER)
async def test_without_the_layer_everything_still_arrives_in_time(
    cluster: Cluster, dice: random.Random, fault: nemesis.Fault
) -> None:
    """Only one person talks: if others did, their own posts would show a worker what it has
    missed."""
    async with conversation(cluster, dice, talkers=1) as talk:
        await talk.grows_by(5)
        await fault(talk)
        await talk.grows_by(5)
    assert talk.losses == []
    assert talk.history.slowest() < PROMPT_SECONDS
    assert talk.history.latest() < PROMPT_SECONDS


async def test_events_that_redis_dropped_for_a_frozen_worker_still_arrive(
    cluster: Cluster, dice: random.Random
) -> None:
    async with conversation(cluster, dice) as talk:
        await talk.grows_by(20)
        await nemesis.drop_frozen_worker(talk)
        await talk.grows_by(20)
    assert talk.losses == []


async def test_a_hub_that_trusts_the_layer_is_found_guilty(
    cluster: Cluster, dice: random.Random, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The poll and reading holes find what is lost here; without them it goes missing."""
    monkeypatch.setattr("tests.faults.conversation.CALM_SECONDS", 5)
    async with AsyncExitStack() as stack:
        stack.enter_context(pytest.raises(AssertionError, match="did not converge"))
        talk = await stack.enter_async_context(conversation(cluster, dice))
        for worker in cluster.workers:
            worker.control.believes_layer = 1
            worker.control.lost_share = 1
        await talk.grows_by(30)


@pytest.mark.parametrize(
    "fault", [nemesis.kill_worker, nemesis.stop_worker, nemesis.kill_postgres, nemesis.vanish]
)
async def test_a_fault_loses_and_duplicates_nothing(
    cluster: Cluster, dice: random.Random, fault: nemesis.Fault
) -> None:
    await nemesis.outlast(fault, cluster, dice)


@pytest.mark.parametrize("moment", ["die_before_commit", "die_after_commit"])
async def test_a_worker_that_dies_at_a_commit_loses_and_duplicates_nothing(
    cluster: Cluster, dice: random.Random, moment: str
) -> None:
    async with conversation(cluster, dice) as talk:
        for worker in cluster.workers:
            await talk.grows_by(10)
            await nemesis.die_at_commit(worker, moment)


async def test_a_commit_whose_reply_is_lost_is_not_refused(
    cluster: Cluster, dice: random.Random
) -> None:
    async with conversation(cluster, dice) as talk:
        for worker in cluster.workers * 5:
            await talk.grows_by(5)
            worker.control.lose_reply_to_commit = 1
        await talk.grows_by(10)
    assert not any(worker.control.lose_reply_to_commit for worker in cluster.workers), (
        "the fault did not strike"
    )


async def test_one_nonce_on_two_workers_at_once_is_one_message(
    cluster: Cluster, dice: random.Random
) -> None:
    async with conversation(cluster, dice, people=4) as talk:
        here, there = await talk.twins(cluster.accounts[0])
        for count in range(100):
            there.says(here.posts(f"once, {count}"))
            await asyncio.sleep(dice.uniform(0, 0.02))
        await talk.settles()
        twice = [post for post in talk.history.posts if len(post.acknowledgements) > 1]
        assert len(twice) >= 100


async def test_clock_jumps_close_no_socket_and_delay_nobody(
    cluster: Cluster, dice: random.Random
) -> None:
    """The layer loses everything in the meantime, so the poll does all the work, on wrong
    clocks."""
    async with conversation(cluster, dice, talkers=1) as talk:
        for worker in cluster.workers:
            worker.control.lost_share = 1
        await nemesis.step_clocks(talk)
    assert talk.losses == []
    assert talk.history.latest() < PROMPT_SECONDS


async def test_everyone_is_told_of_a_restart_under_load(
    cluster: Cluster, dice: random.Random
) -> None:
    """One worker after the other, as in a rolling upgrade; clients of a stopped worker move to the
    other."""
    async with conversation(cluster, dice, faults=2) as talk:
        for worker in cluster.workers:
            await talk.grows_by(20)
            theirs = [tab for tab in talk.tabs if tab.is_on(worker.address)]
            assert theirs, "someone must be there for this test to mean anything"
            before = [len(tab.reading.losses) for tab in theirs]
            assert await asyncio.to_thread(worker.end) == 0
            await talk.grows_by(20)
            for tab, count in zip(theirs, before, strict=True):
                assert "1012" in tab.reading.losses[count], talk.losses
            await asyncio.to_thread(worker.start)


async def test_people_on_a_killed_worker_are_offline_unless_they_come_back(
    cluster: Cluster, dice: random.Random
) -> None:
    """In the room and at the site, in a tenth of the production time; see tests/faults/apps.py."""
    for module in (attendance, presence):
        assert module.FORGET_SECONDS + module.SNAPSHOT_SECONDS <= FORGOTTEN_SECONDS
    alice, bob, carol = accounts = cluster.accounts[:3]
    await asyncio.to_thread(cluster.heal)
    killed, other = cluster.workers
    room = await new_room(cluster, accounts, dice)
    watched = {"ids": [alice.id, bob.id]}
    async with AsyncExitStack() as tabs:

        async def opens(account: Account, worker: Worker) -> ChatClient:
            client = await tabs.enter_async_context(account.tab(worker.address))
            await client.opens(room)
            return client

        watcher = await opens(carol, other)
        for account in (alice, bob):
            await opens(account, killed)
        await watcher.sees("presence.changed", online=3)
        await until_shown(watcher, watched, {alice.id: "online", bob.id: "online"})
        watcher.events.clear()  # of the two who came one by one
        begin = time.monotonic()
        await asyncio.to_thread(killed.kill)
        await opens(bob, other)
        left = await watcher.sees("presence.changed", online=2)
        assert [person["id"] for person in left["left"]] == [alice.id]
        assert await who_left(watcher) == [alice.id]
        assert time.monotonic() - begin < FORGOTTEN_SECONDS / 10 + BUSY_SECONDS
        await asyncio.to_thread(killed.start)
        await until_shown(watcher, watched, {alice.id: "offline", bob.id: "online"})
        for event in await watcher.has_seen("presence.changed"):
            assert bob.id not in {person["id"] for person in event["left"]}
        told = await watcher.has_seen("people.changed")
        assert not any(left_in(event) for event in told), "bob never left the site"


def left_in(event: Json) -> list[int]:
    """The people who left the site, as an event says."""
    return [one["id"] for one in event["people"] if one["presence"] == "offline"]


async def who_left(page: ChatClient) -> list[int]:
    """The people of the first event that says somebody left. What is told of those who came is
    gathered for a moment, and may come before it."""
    while True:
        if left := left_in(await page.sees("people.changed")):
            return left


async def until_shown(page: ChatClient, watched: Json, expected: dict[int, str]) -> None:
    """Ask whom a page shows until it is as expected."""
    async with asyncio.timeout(CALM_SECONDS):
        while True:
            people = (await page.does("people.watch", **watched))["people"]
            if {one["id"]: one["presence"] for one in people} == expected:
                return
            await asyncio.sleep(0.05)  # a poll against a deadline


async def is_shown(page: ChatClient, **expected: object) -> None:
    """Wait until a page is told this of the one person whom it shows."""
    while True:
        (one,) = (await page.sees("people.changed"))["people"]
        if expected.items() <= one.items():
            return


async def test_inbox_and_signs_are_the_truth_again_once_redis_is_back(cluster: Cluster) -> None:
    """Alice and bob are on different workers. What is only a hint is lost while Redis is away."""
    alice, bob, carol = cluster.accounts[:3]
    await asyncio.to_thread(cluster.heal)
    one, two = cluster.workers
    slug = "while-redis-is-away"
    async with (
        alice.tab(one.address) as writer,
        bob.tab(two.address) as reader,
        carol.tab(two.address) as watcher,
    ):
        await writer.does("room.create", name=slug, kind="public", slug=slug)
        await reader.does("room.join", room=slug)
        before = reader.welcome["inbox"]["unread"]
        await until_shown(watcher, {"ids": [alice.id]}, {alice.id: "online"})
        watcher.events.clear()
        await asyncio.to_thread(cluster.redis.kill)
        try:
            for body in (f"@{bob.name}", f"@{bob.name} again"):
                await writer.posts(body, room=slug)
            await reader.sees("room.activity", room=slug, number=2)  # the poll finds it
            reply = await writer.does("status.set", text="in the dark")
            await is_shown(watcher, status=reply["status"])  # likewise
            await writer.does("presence.idle", idle=True)
            await asyncio.to_thread(eventually, lambda: cluster.jobs("tell") == 0)
        finally:
            await asyncio.to_thread(cluster.redis.start)
        await reader.sees("inbox.changed", unread=before + 2)
        assert (await reader.does("inbox"))["unread"] == before + 2
        await is_shown(watcher, presence="idle")


async def test_a_random_mix_of_faults_loses_and_duplicates_nothing(
    cluster: Cluster, dice: random.Random, fault_seconds: float
) -> None:
    """In rooms with a few faults each, so that a long run finds its first mistake early."""
    faults = nemesis.OF_THE_LAYER + nemesis.OF_THE_REST
    end = time.monotonic() + fault_seconds
    while time.monotonic() < end:
        async with conversation(cluster, dice, faults=3) as talk:
            await talk.meddle()
            for fault in dice.sample(faults, k=3):
                await fault(talk)
                await talk.grows_by(10)
