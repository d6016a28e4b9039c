"""Acknowledged messages survive `kill -9`; a client that comes back misses nothing."""

import asyncio
import signal
import sqlite3
import uuid
from contextlib import closing
from pathlib import Path

from tests.chat_client import Closed
from tests.processes import free_port
from tests.site import Visitor, serving


async def test_acknowledged_messages_survive_a_kill(tmp_path: Path) -> None:
    port = free_port()
    acknowledged: list[int] = []
    with serving(tmp_path, port=port) as site:
        alice = await asyncio.to_thread(site.visitor().signs_up, "alice")
        client = await alice.connects()
        await client.does("room.create", name="Lounge", kind="public")
        since = (await client.opens("lounge"))["revision"]

        async def talk() -> None:
            while True:
                acknowledged.append((await client.posts(f"{len(acknowledged)}"))["number"])

        talking = asyncio.ensure_future(talk())
        while len(acknowledged) < 50:  # noqa: ASYNC110  polls a count of replies
            await asyncio.sleep(0.01)
        site.server.signal(signal.SIGKILL)
        await asyncio.wait([talking])
        assert isinstance(talking.exception(), Closed)
    with serving(tmp_path, port=port):
        back = await alice.connects()
        page = await back.opens("lounge", since=since)
        numbers = [message["number"] for message in page["messages"]]
        assert numbers == list(range(1, len(numbers) + 1)), "gapless"
        assert set(acknowledged) <= set(numbers), "nothing acknowledged is lost"
        assert len(numbers) - len(acknowledged) <= 1, "at most the one in flight"
        await back.leaves()


async def test_a_restart_tells_everyone_and_loses_nothing(tmp_path: Path) -> None:
    port = free_port()
    with serving(tmp_path, port=port) as site:
        visitor: Visitor = await asyncio.to_thread(site.visitor().signs_up, "alice")
        client = await visitor.connects()
        await client.does("room.create", name="Lounge", kind="public")
        await client.opens("lounge")
        nonce = uuid.uuid4().hex
        post = asyncio.ensure_future(client.posts("last words", nonce=nonce))
        await asyncio.sleep(0)  # let it be sent
        site.server.signal(signal.SIGTERM)
        assert (await client.sees("server.restarting"))["retry_in"] > 0
        assert await client.is_closed() == 1012
        assert (await post)["number"] == 1
        assert await asyncio.to_thread(site.server.wait) == 0
    with serving(tmp_path, port=port):
        back = await visitor.connects(room="lounge")
        assert (await back.posts("last words", nonce=nonce))["number"] == 1
        await back.leaves()


async def test_a_stopping_server_stores_everyone_s_last_room(tmp_path: Path) -> None:
    with serving(tmp_path) as site:
        visitor = await asyncio.to_thread(site.visitor().signs_up, "alice")
        client = await visitor.connects()
        for name in ("Lounge", "Library"):
            await client.does("room.create", name=name, kind="public")
            await client.opens(name.lower())
        site.server.signal(signal.SIGTERM)  # within the second before it is stored
        assert await client.is_closed() == 1012
        assert await asyncio.to_thread(site.server.wait) == 0
    query = "SELECT slug FROM rooms_room r JOIN rooms_user u ON r.id = u.last_room_id"
    with closing(sqlite3.connect(tmp_path / "chatsite.sqlite3")) as database:
        assert database.execute(query).fetchall() == [("library",)]
