"""Log-in attempts are counted together through Redis, and by each process without it; and a site
that starts before its Redis works."""

import asyncio
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatsite.cache import TIMEOUT_SECONDS
from tests.integration.storage_watch import answer_to, log_in_answer, logs_in_at
from tests.processes import eventually, quickest
from tests.services import RedisServer
from tests.site import Site, serving

pytestmark = pytest.mark.redis

LIMIT = 5  # wrong passwords for one name in five minutes


@pytest.fixture
def sites(tmp_path: Path, redis_server: RedisServer) -> Iterator[tuple[Site, Site]]:
    settings = {"REDIS_URL": redis_server.url, "RATE_LIMITS": "on"}
    with serving(tmp_path, env=settings) as one, serving(tmp_path, env=settings) as two:
        one.visitor().signs_up("alice")
        yield one, two


def fails(site: Site) -> None:
    answer = log_in_answer(site, "alice", "wrong")
    assert b"belong together" in answer.body


def is_limited(site: Site) -> bool:
    """Whether even the right password gets nobody in."""
    answer = log_in_answer(site, "alice")
    return answer.status != 302 and b"Too many wrong passwords" in answer.body


def test_two_processes_count_together(sites: tuple[Site, Site]) -> None:
    one, two = sites
    for index in range(LIMIT):
        fails(sites[index % 2])
    assert is_limited(one)
    assert is_limited(two)


def test_without_redis_each_counts_for_itself_and_logging_in_works(
    sites: tuple[Site, Site], redis_server: RedisServer
) -> None:
    one, two = sites
    fails(one)
    redis_server.kill()
    assert logs_in_at(one, "alice") == 302
    for _ in range(LIMIT):
        fails(one)
    assert is_limited(one)
    assert logs_in_at(two, "alice") == 302
    for site in sites:
        assert site.server.output.count("Redis is away") == 1
        assert "Traceback" not in site.server.output


def test_a_redis_that_is_frozen_delays_one_page_and_no_other(
    sites: tuple[Site, Site], redis_server: RedisServer
) -> None:
    site, _ = sites
    usual = quickest(lambda: logs_in_at(site, "alice"))
    redis_server.process.send_signal(signal.SIGSTOP)
    try:
        begin = time.monotonic()
        assert logs_in_at(site, "alice") == 302
        assert time.monotonic() - begin < 6
        assert quickest(lambda: logs_in_at(site, "alice")) < usual + TIMEOUT_SECONDS * 0.8
        eventually(lambda: answer_to(site, "/readyz").status == 503)
        assert b"(Redis) does not answer" in answer_to(site, "/readyz").body
    finally:
        redis_server.process.send_signal(signal.SIGCONT)
    eventually(lambda: answer_to(site, "/readyz").status == 200)


async def test_two_servers_that_start_before_redis_work_and_find_it(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    redis_server.kill()
    settings = {"REDIS_URL": redis_server.url}
    with serving(tmp_path, env=settings) as one, serving(tmp_path, env=settings) as two:
        alice = await asyncio.to_thread(one.visitor().signs_up, "alice")
        here, there = await alice.connects(), await alice.connects(to=two.address)
        await here.does("room.create", name="Lounge", kind="public")
        for tab in (here, there):
            await tab.opens("lounge")
        await here.posts("without Redis")
        await there.sees("message.posted", body="without Redis")
        refused = await asyncio.to_thread(answer_to, two, "/readyz")
        assert refused.body == b"The channel layer (Redis) does not answer.\n"
        for site in (one, two):
            assert site.server.output.count("The channel layer") <= 2, "no storm in the log"
        await asyncio.to_thread(redis_server.start)
        bob = await (await asyncio.to_thread(two.visitor().signs_up, "bob")).connects()
        await bob.does("room.join", room="lounge")
        await bob.opens("lounge")
        await here.sees("presence.changed", online=2)  # which only Redis carries
        await asyncio.to_thread(eventually, lambda: answer_to(two, "/readyz").status == 200)
        for tab in (here, there, bob):
            await tab.leaves()
        for site in (one, two):
            assert "Traceback" not in site.server.output
