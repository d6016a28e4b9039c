"""Workers that die while they index, Redis that is away, and an index that is built anew: every
message is found once, at any moment."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing

from tests.chat_client import ChatClient
from tests.faults.cluster import Cluster
from tests.processes import ROOT, eventually

MESSAGES = 120
PAGE = 50


@asynccontextmanager
async def two_tabs(cluster: Cluster, slug: str) -> AsyncIterator[tuple[ChatClient, ChatClient]]:
    """Two members of a new room, each on another worker."""
    one, other = cluster.accounts[:2]
    first, last = cluster.workers
    async with one.tab(first.address) as tab, other.tab(last.address) as another:
        await tab.does("room.create", name=slug, kind="public", slug=slug)
        await another.does("room.join", room=slug)
        yield tab, another


async def post(tab: ChatClient, slug: str, count: int = MESSAGES) -> None:
    """Post at once, so that much is to be indexed together."""
    await asyncio.gather(*(tab.posts(f"sardine {n}", room=slug) for n in range(count)))


async def found(tab: ChatClient, slug: str) -> list[int]:
    """The numbers of all messages of a room, as its pages of hits have them."""
    numbers: list[int] = []
    place: dict[str, str] = {}
    while True:
        page = await tab.does("search", query=f"sardine in:{slug}", limit=PAGE, **place)
        numbers += [hit["message"]["number"] for hit in page["hits"]]
        if page["next"] is None:
            return numbers
        place = {"before": page["next"]}


def all_down_from(count: int) -> list[int]:
    return [*range(count, 0, -1)]


def indexed(cluster: Cluster) -> tuple[int, int]:
    """How many messages are said to be indexed, and how many entries the index has."""
    # FTS5 counts its rows in its record number 1, first of all: inserted, less deleted.
    entries = (
        "SELECT COUNT(*) FROM rooms_search"
        if cluster.database
        else "SELECT block FROM rooms_search_data WHERE id = 1"
    )
    with closing(cluster.connect()) as connection:
        said = connection.execute("SELECT SUM(indexed_number) FROM rooms_searchedroom").fetchone()
        (counted,) = connection.execute(entries).fetchone()
    return said[0] or 0, counted if cluster.database else varint(counted)


def varint(block: bytes) -> int:
    """The first number in a record of SQLite's."""
    number = 0
    for byte in block:
        number = (number << 7) | (byte & 0x7F)
        if byte < 0x80:
            break
    return number


def is_indexed(cluster: Cluster, slug: str) -> bool:
    with closing(cluster.connect()) as connection:
        (left,) = connection.execute(
            "SELECT r.last_number - COALESCE(s.indexed_number, 0) FROM rooms_room r"  # noqa: S608
            f" LEFT JOIN rooms_searchedroom s ON s.room_id = r.id WHERE r.slug = '{slug}'"
        ).fetchone()
    return bool(left == 0)


async def until_indexed(cluster: Cluster, slug: str) -> None:
    await asyncio.to_thread(eventually, lambda: is_indexed(cluster, slug))


async def test_a_worker_that_dies_while_it_indexes_leaves_nothing_out_and_nothing_twice(
    cluster: Cluster,
) -> None:
    """Another goes on where it was, once its lease is over."""
    dying = cluster.workers[0]
    async with two_tabs(cluster, "dying") as (tab, another):
        dying.control.die_before_indexing = 1
        await post(tab, "dying")
        await asyncio.to_thread(dying.process.wait)
        assert await found(another, "dying") == all_down_from(MESSAGES)
        await until_indexed(cluster, "dying")
        assert await found(another, "dying") == all_down_from(MESSAGES)
    await asyncio.to_thread(dying.start)
    said, entries = indexed(cluster)
    assert said == entries


async def test_two_workers_index_each_message_once(cluster: Cluster) -> None:
    async with two_tabs(cluster, "twice") as tabs:
        await asyncio.gather(*(post(tab, "twice") for tab in tabs))
        await until_indexed(cluster, "twice")
        for tab in tabs:
            assert await found(tab, "twice") == all_down_from(2 * MESSAGES)
    said, entries = indexed(cluster)
    assert said == entries


async def test_without_redis_a_message_is_found_at_once_on_every_worker(cluster: Cluster) -> None:
    async with two_tabs(cluster, "alone") as tabs:
        cluster.redis.pause()
        try:
            for count, tab in enumerate(tabs, 1):
                await post(tab, "alone", 1)
                for one in tabs:
                    assert await found(one, "alone") == all_down_from(count)
        finally:
            cluster.redis.resume()


async def test_everything_is_found_while_the_index_is_built_anew(cluster: Cluster) -> None:
    async with two_tabs(cluster, "anew") as (tab, another):
        await post(tab, "anew")
        await until_indexed(cluster, "anew")
        building = await asyncio.create_subprocess_exec(
            *(sys.executable, "manage.py", "search_index"),
            cwd=ROOT,
            env={**os.environ, **cluster.environment},
            stdout=asyncio.subprocess.DEVNULL,
        )
        count = MESSAGES
        while building.returncode is None:
            count += 1
            await post(tab, "anew", 1)
            assert await found(another, "anew") == all_down_from(count)
        assert building.returncode == 0
        await until_indexed(cluster, "anew")
        assert await found(another, "anew") == all_down_from(count)
    said, entries = indexed(cluster)
    assert said == entries
