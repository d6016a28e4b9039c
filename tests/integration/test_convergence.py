"""Old state + events == fresh state: a listener and a newcomer see the same room."""

import asyncio
import random
from typing import Any

import pytest

from rooms.models import Room, User
from tests.chat_client import ChatClient, Json
from tests.integration.conftest import Connect

EVENTS = {"message.posted", "message.edited", "message.deleted", "message.reacted"}


async def meddle(client: ChatClient, dice: random.Random, room: str) -> None:
    """Make one random change; some are refused because the other person was faster."""
    number = dice.randint(1, 8)
    emoji = dice.choice("🎉👍🚀")
    change: dict[str, Any] = dice.choice(
        [
            {"type": "message.edit", "number": number, "body": f"edit {dice.random()}"},
            {"type": "message.delete", "number": number},
            {"type": "reaction.add", "number": number, "emoji": emoji},
            {"type": "reaction.remove", "number": number, "emoji": emoji},
        ]
    )
    if dice.random() < 0.4:
        await client.posts(f"post {dice.random()}")
    else:
        await client.asks(room=room, **change)


@pytest.mark.usefixtures("no_limits")
@pytest.mark.parametrize("seed", range(3))
async def test_the_listener_and_the_newcomer_agree(
    connect: Connect, alice: User, bob: User, room: Room, seed: int
) -> None:
    one, two = await connect(alice, room=room), await connect(bob, room=room)
    listener = await connect(bob, room=room)
    away = await connect(alice)
    since = (await away.opens(room.slug))["revision"]
    await away.does("room.close", room=room.slug)
    dice = random.Random(seed)
    for _ in range(20):
        await asyncio.gather(*(meddle(client, dice, room.slug) for client in (one, two, one)))

    fresh = await one.does("history", room=room.slug, after=0, limit=100)
    expected = {message["number"]: message for message in fresh["messages"]}
    await listener.does("ping")
    heard = [event for event in listener.events if event["type"] in EVENTS]
    revisions = [event["revision"] for event in heard]
    assert revisions == list(range(1, len(heard) + 1)), "gapless"
    assert _state(event["message"] for event in heard) == expected
    caught_up = await away.opens(room.slug, since=since)
    assert _state(caught_up["messages"]) == expected


def _state(messages: Any) -> dict[int, Json]:
    return {message["number"]: message for message in messages}
