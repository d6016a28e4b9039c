"""One process on SQLite: acknowledged messages survive whatever ends it, and readers who were away
come back to all of them."""

import asyncio
import random
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import AsyncExitStack, closing

import pytest
import websockets

from tests.chat_client import ChatClient
from tests.conftest import Measure
from tests.faults import nemesis
from tests.faults.accounts import Account
from tests.faults.cluster import Cluster, deployed
from tests.faults.conversation import PROMPT_SECONDS, conversation
from tests.faults.history import Page
from tests.processes import raw_socket

FAULTS = [nemesis.kill_worker, nemesis.end_worker, nemesis.vanish]
MAX_REPLAY = 1000  # the most changes that one reply carries


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with deployed(tmp_path_factory.mktemp("sqlite"), workers=1) as cluster:
        yield cluster


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_loses_and_duplicates_nothing(
    cluster: Cluster, dice: random.Random, fault: nemesis.Fault
) -> None:
    await nemesis.outlast(fault, cluster, dice)


@pytest.mark.parametrize("moment", ["die_before_commit", "die_after_commit"])
async def test_a_server_that_dies_at_a_commit_loses_and_duplicates_nothing(
    cluster: Cluster, dice: random.Random, moment: str
) -> None:
    (worker,) = cluster.workers
    async with conversation(cluster, dice) as talk:
        await talk.grows_by(10)
        await nemesis.die_at_commit(worker, moment)
        await talk.grows_by(10)


async def test_clock_jumps_close_no_socket_and_delay_nobody(
    cluster: Cluster, dice: random.Random
) -> None:
    async with conversation(cluster, dice) as talk:
        await nemesis.step_clocks(talk)
    assert talk.losses == []
    assert talk.history.latest() < PROMPT_SECONDS


async def test_a_locked_database_makes_posts_wait_and_loses_nothing(
    cluster: Cluster, dice: random.Random
) -> None:
    async with conversation(cluster, dice) as talk:
        await talk.grows_by(20)
        database = sqlite3.connect(cluster.folder / "chatsite.sqlite3", isolation_level=None)
        with closing(database):
            database.execute("BEGIN IMMEDIATE")
            reader = await cluster.accounts[0].connects(cluster.addresses[0])
            await reader.opens(talk.room)  # reading takes no lock
            await reader.leaves()
            await asyncio.sleep(dice.uniform(1, 2))  # the fault continues
            database.execute("ROLLBACK")
        await talk.grows_by(20)
    assert talk.losses == []


async def test_nobody_waits_for_a_client_that_never_reads(
    cluster: Cluster, dice: random.Random
) -> None:
    (worker,) = cluster.workers
    async with conversation(cluster, dice) as talk, AsyncExitStack() as stack:
        author = talk.tabs[0]

        async def fill() -> None:
            for _ in range(5):
                for count in range(20):
                    author.posts(long(count))
                await talk.grows_by(20)

        await fill()
        before = worker.process.memory
        for account in cluster.accounts[:4]:
            headers = f"Cookie: {account.cookie}\r\nOrigin: http://localhost\r\n"
            mallory = raw_socket(worker.process, "/ws/", headers, receive_buffer=4096)
            socket = stack.enter_context(mallory)
            assert "101" in socket.handshake()
            socket.send(f'{{"type":"room.open","room":"{talk.room}"}}'.encode())
        for _ in range(3):
            await fill()
        grown = worker.process.memory - before
        assert grown < 24, f"{grown:.0f} MiB, for four people who read nothing of 5 MiB"
    assert talk.losses == []
    assert talk.history.latest() < PROMPT_SECONDS


async def test_long_messages_at_once_close_no_socket_whose_client_reads(
    cluster: Cluster, dice: random.Random
) -> None:
    """Eight people paste ten long messages each, which all limits allow."""
    async with conversation(cluster, dice) as talk:
        for count in range(10):
            for tab in talk.tabs:
                tab.posts(long(count))
        await talk.grows_by(80)
    assert talk.losses == []


async def test_a_busy_room_leaves_nothing_behind_in_the_process(
    cluster: Cluster, dice: random.Random, measure: Measure
) -> None:
    """While people vanish and come back. The first rounds fill the caches that stay."""
    (worker,) = cluster.workers

    async def rounds(count: int) -> None:
        for _ in range(count):
            for tab in talk.tabs:
                for _ in range(25):
                    tab.posts(uuid.uuid4().hex)
                if dice.random() < 0.5:
                    tab.vanishes(at_once=True)
            await talk.grows_by(25 * len(talk.tabs))

    async with conversation(cluster, dice, talkers=0, faults=2) as talk:
        await rounds(4)
        memory, descriptors = worker.process.memory, worker.process.descriptors
        await rounds(8)
        grown = worker.process.memory - memory
        measure(f"memory after another {8 * 25 * len(talk.tabs)} messages: {grown:+.1f} MiB")
        assert grown < 24, "each thread's cache of the database may grow to 16"
        assert worker.process.descriptors <= descriptors + len(talk.tabs)


CROWD = 25  # tabs per person


async def test_a_crowd_arriving_at_once_gets_in_and_delays_nobody(
    cluster: Cluster, dice: random.Random, measure: Measure
) -> None:
    """As after a restart: more clients than may shake hands at a time, in a room where others
    talk."""
    refusals: list[int] = []

    async def comes(account: Account) -> ChatClient:
        for attempt in range(20):
            try:
                client = await account.connects(cluster.addresses[0])
            except websockets.InvalidStatus as refusal:
                refusals.append(refusal.response.status_code)
                await asyncio.sleep(dice.uniform(0, 0.1 * 2 ** min(attempt, 5)))
                continue
            await client.opens(talk.room)
            return client
        raise AssertionError("turned away twenty times")

    async with conversation(cluster, dice, talkers=2) as talk:
        crowd = await asyncio.gather(*(comes(one) for one in cluster.accounts * CROWD))
        talk.tabs[0].posts("Hello, everybody")
        for client in crowd:
            await client.sees("message.posted", body="Hello, everybody")
        await asyncio.gather(*(client.leaves() for client in crowd))
    assert {*refusals} <= {503}
    measure(f"a crowd of {len(crowd)}: turned away {len(refusals)} times until all were in")
    assert talk.losses == []
    assert talk.history.slowest() < PROMPT_SECONDS


def long(count: int) -> str:
    return f"{count} " + "x" * 7900


@pytest.mark.parametrize(("missed", "is_reset"), [(MAX_REPLAY, False), (MAX_REPLAY + 1, True)])
async def test_a_reader_who_missed_a_thousand_messages_gets_them_or_a_fresh_page(
    cluster: Cluster, dice: random.Random, missed: int, is_reset: bool
) -> None:
    async with conversation(cluster, dice, people=2) as talk:
        await talk.grows_by(1)
        await talk.hush()
        away, here = talk.tabs
        stored = await talk.settles()
        await away.leaves()
        for _ in range(missed):
            here.posts(uuid.uuid4().hex)
        await talk.grows_by(missed)
        away.starts()
        await talk.settles()
        page = next(one for one in reversed(away.reading.entries) if isinstance(one, Page))
        assert (page.since, page.reset) == (stored.revision, is_reset)
        assert page.revision == stored.revision + missed
