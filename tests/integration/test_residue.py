"""A closed socket leaves nothing behind: no task, no subscription, no presence."""

import asyncio
import gc
import itertools
import sys

import pytest

from rooms.actions.messages import indexing
from rooms.actions.notifications import orders
from rooms.fanout.hub import EVERYONE, EVERYWHERE
from rooms.models import Room, User
from rooms.queries import jobs
from rooms.realtime import attendance, presence
from rooms.realtime.worker import Worker
from rooms.storage.threads import in_change_thread
from tests.chat_client import ChatClient
from tests.integration.conftest import Connect

pytestmark = pytest.mark.thorough

MESSAGES = 300
CYCLES = 30
AT_ONCE = 5


@pytest.mark.usefixtures("no_limits")
async def test_sockets_that_come_and_go_in_a_busy_room_leave_nothing_behind(
    connect: Connect, alice: User, bob: User, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "LEAVE_SECONDS", 0.05)
    busy = await connect(alice, room=room)
    worker = Worker.here()

    async def comes_and_goes() -> None:
        client: ChatClient = await connect(bob, room=room)
        await client.sends({"type": "typing.start", "room": room.slug})
        await client.leaves()

    async def talks() -> None:
        while True:
            await busy.posts("hello")

    await comes_and_goes()
    talking = asyncio.ensure_future(talks())
    tasks = len(asyncio.all_tasks())
    for _ in range(CYCLES // AT_ONCE):
        await asyncio.gather(*(comes_and_goes() for _ in range(AT_ONCE)))
    talking.cancel()
    await asyncio.wait([talking])

    here = worker.presence
    async with asyncio.timeout(5):
        while len(here.online(room.pk)) > 1:  # noqa: ASYNC110  who left is gone a moment later
            await asyncio.sleep(0.01)
        topics = {f"room.{room.pk}", f"user.{alice.pk}", EVERYONE, jobs.GROUP, orders.GROUP}
        wanted = {*topics, attendance.GROUP, presence.GROUP, EVERYWHERE}
        while worker.hub.relay.subscribed != wanted:  # noqa: ASYNC110  the layer tells nobody
            await asyncio.sleep(0.01)
        while len(asyncio.all_tasks()) > tasks:  # noqa: ASYNC110  a task's end tells nobody
            await asyncio.sleep(0.01)
    assert len(worker.sockets) == 1
    assert worker.hub.topics.keys() == topics
    topic = worker.hub.topics[f"room.{room.pk}"]
    assert (len(topic.followers), len(topic.watchers), len(topic.opening)) == (1, 0, 0)
    assert not topic.ahead
    assert here._sockets[room.pk].keys() == {alice.pk}
    assert worker.attendance._tabs.keys() == {alice.pk}


@pytest.mark.usefixtures("no_limits")
async def test_a_message_leaves_nothing_behind(
    connect: Connect, alice: User, bob: User, room: Room
) -> None:
    """A process that kept one object per message wouldn't last a day."""
    here, there = await connect(alice, room=room), await connect(bob, room=room)

    async def blocks_after_messages() -> int:
        """Return the number of live memory blocks."""
        for number in range(MESSAGES):
            await here.posts(f"{number}")
        await there.sees("message.posted", body=f"{MESSAGES - 1}")
        for client in (here, there):
            await client.does("ping")
            client.events.clear()
        # Also what the search keeps of words, which is bounded.
        await in_change_thread(lambda: [*indexing.catch_up()])()
        gc.collect()
        return sys.getallocatedblocks()

    await blocks_after_messages()
    counts = [await blocks_after_messages() for _ in range(3)]
    grown = min(after - before for before, after in itertools.pairwise(counts))
    assert grown < MESSAGES / 2, counts
