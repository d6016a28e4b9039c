"""From a post to a browser, through a real server and its jobs."""

import asyncio
import json
import os
import secrets
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.request import Request

import pytest
import pytest_asyncio
from django.utils import timezone

from tests.chat_client import ChatClient
from tests.conftest import Measure
from tests.processes import PATIENCE, eventually
from tests.push_service import PushService, push_service
from tests.site import Site, Visitor, fresh, serving

HERE = {"OUTGOING_ALLOW": "127.0.0.1"}
MODULE = b"rooms.jobs.process_main"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("push") / "site"


@pytest.fixture(scope="module")
def site(data: Path) -> Iterator[Site]:
    with serving(data, env=HERE) as site:
        yield site


@pytest_asyncio.fixture
async def service() -> AsyncIterator[PushService]:
    async with push_service() as service:
        yield service


def subscribes(visitor: Visitor, browser: dict[str, Any]) -> None:
    known = json.loads(visitor.get("/push/key"))
    headers = {"Content-Type": "application/json", "X-CSRFToken": known["token"]}
    request = Request(  # noqa: S310
        f"{visitor.address}/push/",
        json.dumps(browser).encode(),
        {**headers, "Referer": visitor.address},
    )
    assert visitor._browser.open(request, timeout=20).status == 201


async def arrives(service: PushService, name: str, count: int = 1) -> None:
    async with asyncio.timeout(PATIENCE):
        while len(service.at(name)) < count:  # noqa: ASYNC110  the service tells nobody
            await asyncio.sleep(0.005)


async def direct(ann: ChatClient, other: str) -> str:
    reply = await ann.does("room.direct", people=[other])
    slug = str(reply["room"]["slug"])
    await ann.opens(slug)
    return slug


async def test_a_message_reaches_a_browser_without_a_page(
    site: Site, service: PushService, measure: Measure
) -> None:
    ann = await site.visitor().signs_up("ann").connects()
    bob = await asyncio.to_thread(site.visitor().signs_up, "bob")
    await asyncio.to_thread(subscribes, bob, service.browser("phone"))
    slug = await direct(ann, "bob")
    took = []
    for number in range(1, 11):
        message = await ann.posts(f"Number {number}")
        committed = time.monotonic()
        await arrives(service, "phone", number)
        push = service.at("phone")[-1]
        took.append(push.at - committed)
        assert push.notification["body"] == f"Number {number}"
        assert push.notification["tag"] == f"{slug}/{message['number']}"
        assert push.said["app_badge"] == number
    await ann.leaves()
    assert len({push.headers["topic"] for push in service.at("phone")}) == 10
    assert {len(push.body) for push in service.at("phone")} == {4096}
    p95 = statistics.quantiles(took, n=20)[-1]
    measure(f"post → push: p50 {statistics.median(took) * 1000:.0f} ms, p95 {p95 * 1000:.0f} ms")


async def test_somebody_whose_page_is_in_use_has_three_seconds_to_read(
    site: Site, service: PushService
) -> None:
    cleo = await site.visitor().signs_up("cleo").connects()
    dan = await asyncio.to_thread(site.visitor().signs_up, "dan")
    await asyncio.to_thread(subscribes, dan, service.browser("desk"))
    await direct(cleo, "dan")
    reader = await dan.connects()
    begun = time.monotonic()
    await cleo.posts("Unread")
    await arrives(service, "desk")
    assert service.at("desk")[0].at - begun > 2.9
    await reader.leaves()
    await cleo.leaves()


async def test_a_killed_server_pushes_again_at_most_once_and_with_the_same_topic(
    tmp_path: Path, service: PushService
) -> None:
    """It dies after the service has the push, and before it knows that."""
    data = tmp_path / "site"
    answered = []

    def first_never(push: object) -> object:
        answered.append(push)
        return "never" if len(answered) == 1 else 201

    service.answers["phone"] = first_never
    with serving(data, env=HERE) as site:
        eve = await site.visitor().signs_up("eve").connects()
        fay = await asyncio.to_thread(site.visitor().signs_up, "fay")
        await asyncio.to_thread(subscribes, fay, service.browser("phone"))
        await direct(eve, "fay")
        await eve.posts("Only once")
        await arrives(service, "phone")
        site.server.signal(signal.SIGKILL)
        await asyncio.to_thread(site.server.wait)
    with closing(sqlite3.connect(data / "chatsite.sqlite3")) as database, database:
        ended = database.execute("UPDATE rooms_job SET due = created_at WHERE kind = 'push'")
        assert ended.rowcount == 1, "its lease is over"
    with serving(data, env=HERE) as site:
        await arrives(service, "phone", 2)
        with closing(sqlite3.connect(data / "chatsite.sqlite3")) as database:
            left = "SELECT COUNT(*) FROM rooms_job WHERE kind = 'push'"
            async with asyncio.timeout(PATIENCE):
                while database.execute(left).fetchone() != (0,):  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
    first, second = service.at("phone")
    assert first.headers["topic"] == second.headers["topic"]
    assert first.notification["tag"] == second.notification["tag"]


def senders(site: Site) -> list[int]:
    """The processes of this site that send pushes."""
    folder = Path(f"/proc/{site.server.process.pid}/task/{site.server.process.pid}/children")
    children = map(int, folder.read_text().split())
    return [pid for pid in children if MODULE in Path(f"/proc/{pid}/cmdline").read_bytes()]


async def sender_of(site: Site, data: Path, *others: int) -> int:
    """Give the site more to push than it does by itself, and return the process that it starts."""
    nobody = [{"room": 0, "number": 0, "service": "https://push.example", "to": []}]
    now = timezone.now().replace(tzinfo=None)
    rows = [("push", secrets.token_hex(8), json.dumps(nobody), now, now) for _ in range(9)]
    insert = "INSERT INTO rooms_job (kind, key, arguments, due, created_at) VALUES (?, ?, ?, ?, ?)"
    with closing(sqlite3.connect(data / "chatsite.sqlite3")) as database, database:
        database.executemany(insert, [[*map(str, row)] for row in rows])
    async with asyncio.timeout(PATIENCE):
        while not (found := {*senders(site)} - {*others}):  # noqa: ASYNC110  it tells nobody
            await asyncio.sleep(0.02)
    (pid,) = found
    return pid


async def test_many_pushes_are_sent_by_a_process_that_another_one_follows_if_it_dies(
    site: Site, data: Path, service: PushService
) -> None:
    gus = await site.visitor().signs_up("gus").connects()
    hal = await asyncio.to_thread(site.visitor().signs_up, "hal")
    await asyncio.to_thread(subscribes, hal, service.browser("tablet"))
    await direct(gus, "hal")
    first = await sender_of(site, data)
    await gus.posts("One")
    await arrives(service, "tablet")
    os.kill(first, signal.SIGKILL)
    await gus.posts("Two")
    await arrives(service, "tablet", 2)
    assert first != await sender_of(site, data, first)
    await gus.posts("Three")
    await arrives(service, "tablet", 3)
    await gus.leaves()


async def test_the_process_that_sends_pushes_ends_with_the_site(tmp_path: Path) -> None:
    data = tmp_path / "site"
    with serving(data, env=HERE) as site:
        sender = Path(f"/proc/{await sender_of(site, data)}")
        site.server.signal(signal.SIGKILL)
        await asyncio.to_thread(eventually, lambda: not sender.exists())


def test_the_process_that_sends_pushes_ends_when_there_are_none(tmp_path: Path) -> None:
    data = tmp_path / "site"
    shutil.copytree(fresh(), data)
    program = "import rooms.jobs.process_main as it; it.IDLE_SECONDS = 0.1; it.run()"
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,  # which stays open
        env={**os.environ, **HERE, "CHATSITE_DATA": str(data)},
    ) as process:
        assert process.wait(PATIENCE) == 0
