"""Workers are killed while they work through a queue: every job is done, and none stays."""

import asyncio
import random
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial

import pytest

from tests.chat_client import Closed
from tests.conftest import Measure
from tests.faults.cluster import Cluster, deployed
from tests.faults.sink import DELIVERY, LEASE_SECONDS, listening
from tests.processes import eventually
from tests.services import RedisServer


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
)
def cluster(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Cluster]:
    postgres = request.getfixturevalue("postgres_server") if request.param == "postgres" else None
    redis = RedisServer()
    try:
        folder = tmp_path_factory.mktemp("jobs")
        with deployed(folder, workers=2, redis=redis, postgres=postgres) as cluster:
            yield cluster
    finally:
        redis.kill()


@pytest.mark.thorough
def test_every_job_is_done_whoever_dies_meanwhile(
    cluster: Cluster, dice: random.Random, fault_jobs: int, fault_kills: int, measure: Measure
) -> None:
    """A kill may double what was under way, no more."""
    names = [f"job{n}" for n in range(fault_jobs)]
    with listening() as sink:
        sink.queue(cluster, names)
        for kill in range(fault_kills):
            enough = (kill + 1) * fault_jobs // (fault_kills + 2)
            eventually(partial(sink.has, enough))
            victim = dice.choice(cluster.workers)
            killed = time.monotonic()
            victim.kill()
            victim.start()
        eventually(partial(sink.has, fault_jobs))
        eventually(lambda: sink.left(cluster) == 0)
        ended = time.monotonic() - killed
    assert set(sink.arrived) == set(names)
    doubles = sum(sink.arrived.values()) - fault_jobs
    assert doubles <= fault_kills * DELIVERY.places
    measure(
        f"{fault_jobs} jobs, {fault_kills} kills: {doubles} done twice, "
        f"none left {ended:.1f} s after the last kill with a lease of {LEASE_SECONDS:.0f} s"
    )


async def test_a_post_whose_worker_dies_at_its_commit_is_told_all_the_same(
    cluster: Cluster,
) -> None:
    author, reader = cluster.accounts[:2]
    dying, other = cluster.workers[0], cluster.workers[-1]
    slug = f"told-{len(cluster.workers)}"
    async with author.tab(dying.address) as writer:
        await writer.does("room.create", name=slug, kind="public", slug=slug)
        async with reader.tab(other.address) as tab:
            await tab.does("room.join", room=slug)
            dying.control.die_after_commit = 1
            with suppress(Closed, AssertionError):
                await writer.posts(f"@{reader.name}", room=slug)
            await asyncio.to_thread(dying.process.wait)
            await asyncio.to_thread(dying.start)
            if other is not dying:
                assert (await tab.sees("notification", room=slug))["reason"] == "mention"
    async with reader.tab(other.address) as tab:
        page = await tab.does("inbox")
        assert [item["room"] for item in page["items"]] == [slug], "once"
    await asyncio.to_thread(eventually, lambda: cluster.jobs("tell") == 0)
