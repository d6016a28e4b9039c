"""A bug or a slow database affects only the person who runs into it."""

import asyncio
import threading
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from rooms.actions.messages import history
from rooms.models import Room, User
from rooms.protocol import commands
from rooms.realtime.handlers import HANDLERS
from rooms.storage import threads
from tests import factories
from tests.integration.conftest import Connect


async def test_a_bug_costs_its_sender_a_reply_and_one_line_of_log(
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
    handlers: dict[Any, Any] = HANDLERS
    with monkeypatch.context() as bug:
        bug.setitem(handlers, commands.history.History, fails)
        asked = {"room": room.slug, "before": 1}
        assert await there.is_refused("history", **asked) == "unavailable"
    assert [record.getMessage() for record in caplog.records] == ["History failed."]
    await here.posts("unharmed")
    await there.sees("message.posted", body="unharmed")


async def test_posts_do_not_wait_for_slow_reads(
    connect: Connect, alice: User, bob: User, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even when every reader thread is busy with one."""
    elsewhere = await sync_to_async(factories.make_room)("Elsewhere", owner=bob)
    here, there = await connect(alice, room=room), await connect(bob, room=room)
    slow = [await connect(bob) for _ in range(threads.THREADS)]
    reached, gate = threading.Barrier(threads.THREADS + 1), threading.Event()
    read = history.open_room

    def held(**details: Any) -> Any:
        reached.wait(10)
        assert gate.wait(10)
        return read(**details)

    monkeypatch.setattr(history, "open_room", held)
    opening = [asyncio.create_task(tab.opens(elsewhere.slug)) for tab in slow]
    await asyncio.to_thread(reached.wait, 10)
    async with asyncio.timeout(1):
        await there.does("ping")
        await here.posts("right away")
        await there.sees("message.posted", body="right away")
    assert not any(task.done() for task in opening)
    gate.set()
    await asyncio.gather(*opening)
