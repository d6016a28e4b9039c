"""Old state + events == fresh state: a listener and a newcomer see the same room."""

import asyncio
import random
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from rooms.actions.messages import updates
from rooms.models import Room, Upload, User
from rooms.queries import uploads
from tests.chat_client import ChatClient, Json
from tests.factories import make_picture
from tests.integration.conftest import Connect
from tests.integration.test_telling import settled

EVENTS = {
    *("message.posted", "message.edited", "message.updated"),
    *("message.deleted", "message.reacted"),
}


async def meddle(client: ChatClient, dice: random.Random, room: str, files: list[Upload]) -> None:
    """Make one random change; some are refused because the other person was faster. `files` are
    this person's that aren't posted yet."""
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
    kind = dice.random()
    if kind < 0.2:
        await client.posts(f"post {dice.random()}")
    elif kind < 0.4 and files:
        some = [files.pop().pk for _ in range(min(len(files), dice.randint(1, 3)))]
        await client.posts(dice.choice(["", "look"]), attachments=some)
    elif kind < 0.6:
        await becomes_ready(dice)
    else:
        await client.asks(room=room, **change)


async def becomes_ready(dice: random.Random) -> None:
    """Finish a file that was posted, as the job does that looks at it."""
    waiting = Upload.objects.filter(message__isnull=False, state=Upload.State.RECEIVED)
    ids = [pk async for pk in waiting.order_by("name").values_list("pk", flat=True)]
    if ids:
        chosen = dice.choice(ids)
        await Upload.objects.filter(pk=chosen).aupdate(state=Upload.State.READY)
        await sync_to_async(lambda: updates.announce(uploads.shown_by(chosen)))()


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
    make = sync_to_async(make_picture)
    files = {
        user: [await make(room, user, f"{n}.jpg", state=Upload.State.RECEIVED) for n in range(9)]
        for user in (alice, bob)
    }
    for _ in range(25):
        await asyncio.gather(
            *(
                meddle(client, dice, room.slug, files[user])
                for client, user in ((one, alice), (two, bob), (one, alice))
            )
        )
    assert await Upload.objects.filter(message__isnull=False, state=Upload.State.READY).aexists()

    fresh = await one.does("history", room=room.slug, after=0, limit=100)
    expected = {message["number"]: message for message in fresh["messages"]}
    await listener.does("ping")
    heard = [event for event in listener.events if event["type"] in EVENTS]
    revisions = [event["revision"] for event in heard]
    assert revisions == list(range(1, len(heard) + 1)), "gapless"
    assert _state(event["message"] for event in heard) == expected
    caught_up = await away.opens(room.slug, since=since)
    assert _state(caught_up["messages"]) == expected


async def addresses(writer: ChatClient, dice: random.Random, room: str) -> None:
    """Say something that may concern bob, or change it."""
    number = dice.randint(2, 12)
    words = f"{dice.choice(['@bob', '@bob', '@room', '@here', 'tea', 'hello'])} {dice.random()}"
    chosen = dice.random()
    if chosen < 0.6:
        reply_to = 1 if dice.random() < 0.3 else None
        await writer.posts(words, room=room, reply_to=reply_to)
    elif chosen < 0.85:
        await writer.asks("message.edit", room=room, number=number, body=words)
    else:
        await writer.asks("message.delete", room=room, number=number)


async def reads(reader: ChatClient, dice: random.Random, room: str) -> None:
    """Read the room a bit further, an item of the inbox, or nothing."""
    chosen = dice.random()
    if chosen < 0.1:
        await reader.asks("room.read", room=room, number=dice.randint(2, 8))
    elif chosen < 0.4:
        items = (await reader.does("inbox", unread=True))["items"]
        await reader.asks("inbox.read", ids=[one["id"] for one in items[-1:]])


@pytest.mark.usefixtures("no_limits")
@pytest.mark.parametrize("seed", range(2))
async def test_the_inbox_of_a_tab_that_only_listens_is_that_of_a_newcomer(
    connect: Connect, alice: User, bob: User, room: Room, seed: int
) -> None:
    """The number is the same, and what was told and not withdrawn is what is unread."""
    writer, reader, listener = await connect(alice), await connect(bob), await connect(bob)
    await reader.posts("a question", room=room.slug)
    await reader.does("keywords.set", keywords=["tea"])
    dice = random.Random(seed)
    for step in range(30):
        await asyncio.gather(addresses(writer, dice, room.slug), reads(reader, dice, room.slug))
        if step % 5 == 4:
            await settled()
    fresh = await connect(bob)
    unread = {one["id"] for one in (await fresh.does("inbox", unread=True, limit=100))["items"]}
    assert unread
    for tab in (reader, listener):
        told = {event["id"] for event in await tab.has_seen("notification")}
        withdrawn = {event["id"] for event in await tab.has_seen("notification.withdrawn")}
        assert told & withdrawn
        assert told - withdrawn == unread
        *_, last = await tab.has_seen("inbox.changed")
        assert last["unread"] == fresh.welcome["inbox"]["unread"] == len(unread)


def _state(messages: Any) -> dict[int, Json]:
    return {message["number"]: message for message in messages}
