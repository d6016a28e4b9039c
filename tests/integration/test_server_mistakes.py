"""A bug, or a database that takes its time, costs who met it and nobody else."""

import asyncio
import threading
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from rooms import commands, db, protocol
from rooms.actions import pages
from rooms.models import Room, User
from tests import factories
from tests.integration.conftest import Connect


async def test_a_bug_costs_its_sender_an_answer_and_one_line_of_log(
    connect: Connect,
    alice: User,
    bob: User,
    room: Room,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def fails(*_: Any) -> None:
        raise KeyError("on purpose")

    here, there = await connect(alice, room=room), await connect(bob, room=room)
    handlers: dict[Any, Any] = commands.HANDLERS
    with monkeypatch.context() as bug:
        bug.setitem(handlers, protocol.History, fails)
        asked = {"room": room.slug, "before": 1}
        assert await there.is_refused("history", **asked) == "unavailable"
    assert [record.getMessage() for record in caplog.records] == ["History failed."]
    await here.posts("unharmed")
    await there.sees("message.posted", body="unharmed")


async def test_posts_wait_for_no_slow_read(
    connect: Connect, alice: User, bob: User, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even when every thread that reads is in the middle of one."""
    elsewhere = await sync_to_async(factories.make_room)("Elsewhere", owner=bob)
    here, there = await connect(alice, room=room), await connect(bob, room=room)
    slow = [await connect(bob) for _ in range(db.THREADS)]
    reached, gate = threading.Barrier(db.THREADS + 1), threading.Event()
    read = pages.open_room

    def held(**details: Any) -> Any:
        reached.wait(10)
        assert gate.wait(10)
        return read(**details)

    monkeypatch.setattr(pages, "open_room", held)
    opening = [asyncio.create_task(tab.opens(elsewhere.slug)) for tab in slow]
    await asyncio.to_thread(reached.wait, 10)
    async with asyncio.timeout(1):
        await there.does("ping")
        await here.posts("right away")
        await there.sees("message.posted", body="right away")
    assert not any(task.done() for task in opening)
    gate.set()
    await asyncio.gather(*opening)
