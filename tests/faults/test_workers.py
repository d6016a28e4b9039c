"""Two workers, Redis and PostgreSQL: whatever fails, everyone has the same complete history
afterwards, and faults outside the database are hardly noticed."""

import asyncio
import random
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack

import pytest

from rooms.realtime import presence
from tests.chat_client import ChatClient
from tests.faults import nemesis
from tests.faults.accounts import Account
from tests.faults.cluster import Cluster, Worker, deployed
from tests.faults.conversation import PROMPT_SECONDS, conversation, new_room
from tests.services import PostgresServer, RedisServer

pytestmark = [pytest.mark.redis, pytest.mark.postgres]


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
    """In a tenth of the production time; see tests/faults/apps.py."""
    assert presence.FORGET_SECONDS + presence.SNAPSHOT_SECONDS <= 45
    seconds = (presence.FORGET_SECONDS + presence.SNAPSHOT_SECONDS) / 10
    alice, bob, carol = accounts = cluster.accounts[:3]
    await asyncio.to_thread(cluster.heal)
    killed, other = cluster.workers
    room = await new_room(cluster, accounts, dice)
    async with AsyncExitStack() as tabs:

        async def opens(account: Account, worker: Worker) -> ChatClient:
            client = await account.connects(worker.address)
            tabs.push_async_callback(client.leaves)
            await client.opens(room)
            return client

        watcher = await opens(carol, other)
        for account in (alice, bob):
            await opens(account, killed)
        await watcher.sees("presence.changed", online=3)
        watcher.events.clear()  # of the two who came one by one
        begin = time.monotonic()
        await asyncio.to_thread(killed.kill)
        await opens(bob, other)
        left = await watcher.sees("presence.changed", online=2)
        assert [person["id"] for person in left["left"]] == [alice.id]
        assert time.monotonic() - begin < seconds + 3  # the machine may be busy
        await asyncio.to_thread(killed.start)
        for event in await watcher.has_seen("presence.changed"):
            assert bob.id not in {person["id"] for person in event["left"]}


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
