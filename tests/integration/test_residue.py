"""A socket leaves nothing behind: no task, no subscription, nobody who is still shown as here."""

import asyncio

import pytest

from rooms import presence
from rooms.models import Room, User
from rooms.worker import Worker
from tests.chat_client import ChatClient
from tests.integration.conftest import Connect

CYCLES = 30
AT_ONCE = 5


@pytest.mark.usefixtures("no_limits")
async def test_sockets_that_come_and_go_in_a_busy_room_leave_nothing(
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
        wanted = {f"room.{room.pk}", f"user.{alice.pk}", presence.GROUP}
        while worker.hub.relay.subscribed != wanted:  # noqa: ASYNC110  the layer tells nobody
            await asyncio.sleep(0.01)
        while len(asyncio.all_tasks()) > tasks:  # noqa: ASYNC110  a task's end tells nobody
            await asyncio.sleep(0.01)
    assert len(worker.sockets) == 1
    assert worker.hub.topics.keys() == wanted - {presence.GROUP}
    topic = worker.hub.topics[f"room.{room.pk}"]
    assert (len(topic.followers), len(topic.watchers), len(topic.joining)) == (1, 0, 0)
    assert not topic.ahead
    assert here._sockets[room.pk].keys() == {alice.pk}
