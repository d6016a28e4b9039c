"""Letters between processes over a real Redis: many at once, in order, and again after a fault."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import pytest
import pytest_asyncio

from rooms.fanout.pubsub import Callbacks, LayerMessage
from rooms.fanout.redis_pubsub import FAILURES, RedisPubSub
from rooms.fanout.redis_wire import Refused, connect
from tests.services import RedisServer

pytestmark = pytest.mark.redis

GROUP = "room.1"


class Process:
    """One end of the transport, recording what it receives."""

    def __init__(self, url: str) -> None:
        self.messages: list[LayerMessage] = []
        self.reads: list[int] = []
        self.failures: list[Exception] = []
        self.returns = 0
        self.changed = asyncio.Event()
        self.pubsub = RedisPubSub(
            url, "chatsite", Callbacks(self._received, self._failed, self._returned)
        )

    def _received(self, messages: Sequence[LayerMessage]) -> None:
        self.messages += messages
        self.reads.append(len(messages))
        self.changed.set()

    def _failed(self, error: Exception) -> None:
        self.failures.append(error)
        self.changed.set()

    def _returned(self) -> None:
        self.returns += 1
        self.changed.set()

    async def has(self, *texts: bytes) -> None:
        async with asyncio.timeout(5):
            while [one.data for one in self.messages] != [*texts]:
                self.changed.clear()
                await self.changed.wait()

    async def listens(self, *groups: str) -> None:
        async with asyncio.timeout(10):
            while self.pubsub.subscribed != {*groups}:  # noqa: ASYNC110  Redis confirms to nobody else
                await asyncio.sleep(0.005)

    async def says(self, *texts: bytes, group: str = GROUP) -> None:
        await self.pubsub.publish([(group, LayerMessage("x", text)) for text in texts])


@pytest_asyncio.fixture
async def pair(redis_server: RedisServer) -> AsyncIterator[tuple[Process, Process]]:
    """A publisher, and a subscriber to the group."""
    processes = Process(redis_server.url), Process(redis_server.url)
    for one in processes:
        one.pubsub.start()
    processes[1].pubsub.want(GROUP)
    await processes[1].listens(GROUP)
    yield processes
    for one in processes:
        await one.pubsub.stop()


async def test_many_letters_travel_together_and_stay_in_order(
    pair: tuple[Process, Process],
) -> None:
    here, there = pair
    texts = [b"%d" % number for number in range(256)]
    await here.says(*texts)
    await there.has(*texts)
    assert max(there.reads) > 10, "letters of one read are handed over together"


async def test_only_letters_to_subscribed_groups_arrive(pair: tuple[Process, Process]) -> None:
    here, there = pair
    there.pubsub.want("room.2")
    there.pubsub.leave(GROUP)
    await there.listens("room.2")
    await here.says(b"to nobody")
    await here.says(b"heard", group="room.2")
    await there.has(b"heard")


async def test_a_dropped_listener_resubscribes_and_reports_that_it_is_back(
    pair: tuple[Process, Process], redis_server: RedisServer
) -> None:
    here, there = pair
    redis_server.drop_subscribers()
    async with asyncio.timeout(5):
        while not there.returns:
            there.changed.clear()
            await there.changed.wait()
    await there.listens(GROUP)
    await here.says(b"heard again")
    await there.has(b"heard again")
    assert there.failures


async def test_a_publication_to_a_frozen_redis_fails_in_time_and_works_afterwards(
    pair: tuple[Process, Process], redis_server: RedisServer
) -> None:
    here, there = pair
    await here.says(b"before")
    redis_server.pause()
    try:
        with pytest.raises(FAILURES):
            async with asyncio.timeout(3):
                await here.says(b"into the void")
    finally:
        redis_server.resume()
    await here.says(b"after")
    async with asyncio.timeout(5):
        while not there.messages or there.messages[-1].data != b"after":
            there.changed.clear()
            await there.changed.wait()


async def test_a_refusal_by_redis_is_a_failure(pair: tuple[Process, Process]) -> None:
    here, _ = pair
    await here.says(b"x")
    wire = here.pubsub._publisher
    assert wire is not None
    with pytest.raises(Refused, match="unknown command"):
        await wire.ask(("NONSENSE",))


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[RedisServer]:
    """A Redis with a password that also listens on a Unix socket."""
    server = RedisServer("--requirepass", "se/cret", "--unixsocket", str(tmp_path / "redis.sock"))
    yield server
    server.kill()


async def test_addresses_with_a_password_and_unix_sockets_work(
    guarded: RedisServer, tmp_path: Path
) -> None:
    for url in (
        f"redis://:se%2Fcret@127.0.0.1:{guarded.port}/3",
        f"redis://default:se%2Fcret@127.0.0.1:{guarded.port}",
        f"unix://:se%2Fcret@{tmp_path}/redis.sock",
    ):
        wire = await connect(url, lambda replies: None)
        assert await wire.ask(("PUBLISH", "x", b"y")) == [0]
        wire.close()
    with pytest.raises(Refused):
        await connect(f"redis://:wrong@127.0.0.1:{guarded.port}", lambda replies: None)
