"""Log-in attempts are counted across processes through Redis, and per process without it; a site
that starts before its Redis works."""

import asyncio
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatsite.cache import TIMEOUT_SECONDS
from tests.integration.storage_watch import answer_to, log_in_answer, logs_in_at
from tests.processes import eventually
from tests.services import RedisServer
from tests.site import Site, serving

pytestmark = pytest.mark.redis

LIMIT = 5  # wrong passwords for one name in five minutes
TOO_MANY = b"Too many failed attempts"


@pytest.fixture
def sites(tmp_path: Path, redis_server: RedisServer) -> Iterator[tuple[Site, Site]]:
    settings = {"REDIS_URL": redis_server.url, "RATE_LIMITS": "on"}
    with serving(tmp_path, env=settings) as one, serving(tmp_path, env=settings) as two:
        one.visitor().signs_up("alice")
        yield one, two


def fails(site: Site) -> None:
    answer = log_in_answer(site, "alice", "wrong")
    assert answer.status == 200
    assert TOO_MANY not in answer.body


def is_limited(site: Site) -> bool:
    """Return whether even the right password is refused."""
    answer = log_in_answer(site, "alice")
    return answer.status != 302 and TOO_MANY in answer.body


def test_two_processes_count_together(sites: tuple[Site, Site]) -> None:
    one, two = sites
    for index in range(LIMIT):
        fails(sites[index % 2])
    assert is_limited(one)
    assert is_limited(two)


def test_without_redis_each_process_counts_for_itself_and_logging_in_works(
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
        assert site.server.output.count("WARNING chatsite.cache: ") == 1
        assert "Traceback" not in site.server.output


def test_a_frozen_redis_delays_one_page_and_no_other(
    sites: tuple[Site, Site], redis_server: RedisServer, tmp_path: Path
) -> None:
    """The others take as long as on a site that has no Redis, asked at the same moment."""
    site, _ = sites
    redis_server.process.send_signal(signal.SIGSTOP)
    try:
        begin = time.monotonic()
        assert logs_in_at(site, "alice") == 302
        assert time.monotonic() - begin < 6
        with serving(tmp_path) as without:
            delays = sorted(delay(site, without) for _ in range(5))
        assert delays[2] < TIMEOUT_SECONDS * 0.8
        eventually(lambda: answer_to(site, "/readyz").status == 503)
        assert b"(Redis) does not answer" in answer_to(site, "/readyz").body
    finally:
        redis_server.process.send_signal(signal.SIGCONT)
    eventually(lambda: answer_to(site, "/readyz").status == 200)


def delay(site: Site, without: Site) -> float:
    """How much longer a log-in takes than on another site."""
    begin = time.monotonic()
    logs_in_at(site, "alice")
    between = time.monotonic()
    logs_in_at(without, "alice")
    return (between - begin) - (time.monotonic() - between)


async def test_two_servers_that_start_before_redis_work_and_connect_later(
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
            assert site.server.output.count("The channel layer") <= 2, "the log isn't flooded"
        await asyncio.to_thread(redis_server.start)
        bob = await (await asyncio.to_thread(two.visitor().signs_up, "bob")).connects()
        await bob.does("room.join", room="lounge")
        await bob.opens("lounge")
        await here.sees("presence.changed", online=2)  # which only Redis delivers
        await asyncio.to_thread(eventually, lambda: answer_to(two, "/readyz").status == 200)
        for tab in (here, there, bob):
            await tab.leaves()
        for site in (one, two):
            assert "Traceback" not in site.server.output
