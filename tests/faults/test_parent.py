"""`serve --workers 2` as an operator runs it, limits included: one port, and a parent that replaces
dead workers and stops everything together."""

import asyncio
import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.faults.cluster import Cluster, deployed
from tests.faults.conversation import conversation
from tests.faults.history import Refusal
from tests.services import RedisServer

pytestmark = pytest.mark.redis


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    redis = RedisServer()
    try:
        folder = tmp_path_factory.mktemp("parent")
        with deployed(folder, workers=1, processes=2, redis=redis, limits="on") as cluster:
            yield cluster
    finally:
        redis.kill()


async def test_a_killed_worker_is_replaced_and_loses_nothing(
    cluster: Cluster, dice: random.Random
) -> None:
    (parent,) = cluster.workers
    async with conversation(cluster, dice) as talk:
        await talk.grows_by(20)
        killed = max(parent.children, key=sockets)  # the kernel may give one worker all sockets
        os.kill(killed, signal.SIGKILL)
        await asyncio.to_thread(
            parent.process.wait_for_line, f"Worker {killed} ended with status -9 and is replaced"
        )
        await talk.grows_by(40)
        assert len(parent.children) == 2
        assert killed not in parent.children
    assert talk.losses, "someone must have been on it for this test to mean anything"


async def test_a_shutdown_is_told_to_everyone_and_takes_at_most_ten_seconds(
    cluster: Cluster, dice: random.Random
) -> None:
    (parent,) = cluster.workers
    async with conversation(cluster, dice) as talk:
        await talk.grows_by(20)
        begin = time.monotonic()
        assert await asyncio.to_thread(parent.end) == 0
        assert time.monotonic() - begin < 10
        await asyncio.to_thread(parent.start)
        await talk.grows_by(20)
    for tab in talk.tabs:
        assert "1012" in tab.reading.losses[0], tab.reading.losses


async def test_a_rate_limited_post_that_is_retried_is_stored_once(
    cluster: Cluster, dice: random.Random
) -> None:
    async with conversation(cluster, dice, talkers=0) as talk:
        for count in range(25):  # bursts of twenty are allowed
            talk.tabs[0].posts(f"hasty, {count}")
        await talk.grows_by(25)
        posts = talk.history.posts
    refused = [post for post in posts if Refusal("rate_limited") in post.answers]
    assert any(post.acknowledgements for post in refused)


def sockets(pid: int) -> int:
    """Return how many sockets a process has open; its threads keep database files open, too."""
    found = 0
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed in the meantime
            found += str(descriptor.readlink()).startswith("socket:")
    return found
