"""Another process, such as a backup or an operator's shell, holds SQLite's write lock."""

import asyncio
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.integration.storage_watch import alice_in, answer_to, logs_in_at, ready, stored
from tests.processes import eventually
from tests.site import Site, serving

WAIT = 2.0  # seconds for which this site's settings wait for the lock


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("locked")


@pytest.fixture(scope="module")
def site(data: Path) -> Iterator[Site]:
    settings = {"DJANGO_SETTINGS_MODULE": "tests.integration.storage_settings"}
    with serving(data, env=settings) as site:
        site.visitor().signs_up("alice")
        yield site
        assert "Traceback" not in site.server.output


@contextmanager
def write_lock(data: Path) -> Iterator[None]:
    holder = sqlite3.connect(data / "chatsite.sqlite3", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        holder.execute("ROLLBACK")
        holder.close()


async def test_readers_do_not_notice_and_a_post_is_stored_afterwards(
    site: Site, data: Path
) -> None:
    visitor, alice = await alice_in(site, "Reading")
    await alice.posts("before")
    with write_lock(data):
        post = asyncio.ensure_future(alice.posts("meanwhile"))
        begin = time.monotonic()
        while time.monotonic() - begin < 1.0:
            page = await alice.does("history", room="reading", before=2)
            assert [message["number"] for message in page["messages"]] == [1]
            assert "before" in await asyncio.to_thread(visitor.get, "/rooms/reading/")
        assert not post.done()
    assert (await post)["number"] == 2
    await alice.leaves()


async def test_a_lock_held_for_too_long_refuses_posts_until_it_is_gone(
    site: Site, data: Path
) -> None:
    _, alice = await alice_in(site, "Writing")
    with write_lock(data):
        begin = time.monotonic()
        post = alice.is_refused("message.post", room="writing", body="refused", nonce="r" * 20)
        log_in = asyncio.to_thread(logs_in_at, site, "alice")
        code, status = await asyncio.gather(post, log_in)
        assert (code, status) == ("unavailable", 503)
        assert WAIT * 0.9 < time.monotonic() - begin < WAIT + 6
        begin = time.monotonic()
        refused = await asyncio.to_thread(answer_to, site, "/readyz")
        assert (refused.status, refused.body) == (503, b"The database is locked.\n")
        assert time.monotonic() - begin < 6
    assert (await alice.posts("accepted"))["number"] == 1
    await asyncio.to_thread(eventually, lambda: ready(site))
    assert "accepted" in stored(data)
    assert "refused" not in stored(data)
    await alice.leaves()
