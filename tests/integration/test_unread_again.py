"""Marking as unread from a message on: the cursor goes back in every tab, whatever arrives late."""

import asyncio

import pytest

from rooms.models import Membership, Room, User
from tests.chat_client import ChatClient, Json
from tests.factories import post_many
from tests.integration.conftest import Connect

READING = ("number", "read_revision", "unread", "mentions")


@pytest.fixture
def read_room(room: Room, alice: User, bob: User, transactional_db: None) -> Room:
    """A room with ten messages by alice that bob has read."""
    post_many(room, alice, [f"message {n}" for n in range(1, 11)])
    Membership.objects.filter(user=bob).update(read_number=10)
    return room


def reading(fields: Json) -> tuple[int, ...]:
    return tuple(int(fields[name]) for name in READING)


async def cursor(client: ChatClient, room: Room) -> tuple[int, int, int]:
    """Return what a freshly loaded page would show."""
    opened = (await client.opens(room.slug))["room"]
    return opened["read_number"], opened["read_revision"], opened["unread"]


async def test_marking_unread_from_a_message_reaches_every_tab_and_nobody_else(
    connect: Connect, alice: User, bob: User, read_room: Room
) -> None:
    here, elsewhere, other = await connect(bob), await connect(bob), await connect(alice)
    reply = await here.does("room.unread", room=read_room.slug, number=7)
    assert reading(reply) == (6, 1, 4, 0)
    for tab in (here, elsewhere):
        event = await tab.sees("read.changed", room=read_room.slug)
        assert reading(event) == (6, 1, 4, 0)
        assert not await tab.has_seen("notification")
        assert not await tab.has_seen("room.activity")
    assert not await other.has_seen("read.changed")
    (summary,) = (await connect(bob)).welcome["rooms"]
    assert (summary["read_number"], summary["read_revision"], summary["unread"]) == (6, 1, 4)


async def test_a_slow_tab_s_earlier_reading_is_ignored(
    connect: Connect, bob: User, read_room: Room
) -> None:
    here, slow = await connect(bob), await connect(bob)
    await here.does("room.unread", room=read_room.slug, number=5)
    late = await slow.does("room.read", room=read_room.slug, number=10, read_revision=0)
    assert reading(late) == (4, 1, 6, 0), "it is told the current state"
    on = await slow.does("room.read", room=read_room.slug, number=8, read_revision=1)
    assert reading(on) == (8, 1, 2, 0)
    # Again from the same message: what was seen since then is ignored, too.
    await here.does("room.unread", room=read_room.slug, number=9)
    late = await slow.does("room.read", room=read_room.slug, number=10, read_revision=1)
    assert reading(late) == (8, 2, 2, 0)
    assert await cursor(here, read_room) == (8, 2, 2)


async def test_posting_still_marks_the_room_as_read(
    connect: Connect, alice: User, bob: User, read_room: Room
) -> None:
    client, writer = await connect(bob, room=read_room), await connect(alice, room=read_room)
    await client.does("room.unread", room=read_room.slug, number=5)
    await client.posts("mine")
    assert await cursor(client, read_room) == (11, 1, 0)
    await client.does("room.unread", room=read_room.slug, number=11)
    await writer.posts("hers")
    assert await cursor(client, read_room) == (10, 2, 2)


@pytest.mark.parametrize("number", [11, 10**9])
async def test_a_missing_message_cannot_be_marked_unread(
    connect: Connect, bob: User, read_room: Room, number: int
) -> None:
    client = await connect(bob)
    command = {"room": read_room.slug, "number": number}
    assert await client.is_refused("room.unread", **command) == "not_found"
    assert await client.is_refused("room.unread", room=read_room.slug, number=0) == "invalid"
    assert await cursor(client, read_room) == (10, 0, 0)


async def test_only_members_can_mark_unread(
    connect: Connect, charlie: User, read_room: Room
) -> None:
    client = await connect(charlie)
    assert await client.is_refused("room.unread", room=read_room.slug, number=1) == "not_member"
    assert await client.is_refused("room.unread", room="nowhere", number=1) == "not_found"


async def test_marking_unread_is_limited(connect: Connect, bob: User, read_room: Room) -> None:
    client = await connect(bob)
    command = {"room": read_room.slug, "number": 3}
    answers = [await client.asks("room.unread", **command) for _ in range(25)]
    assert answers[0]["type"] == "ok"
    assert answers[-1]["code"] == "rate_limited"


@pytest.mark.usefixtures("no_limits")
async def test_after_simultaneous_readings_the_latest_is_stored(
    connect: Connect, bob: User, alice: User, read_room: Room
) -> None:
    """Of all events, the one with the highest revision and number is right."""
    tabs = [await connect(bob, room=read_room) for _ in range(3)]
    writer = await connect(alice, room=read_room)
    for turn in range(10):
        await asyncio.gather(
            tabs[0].does("room.unread", room=read_room.slug, number=turn + 1),
            tabs[1].does("room.read", room=read_room.slug, number=10, read_revision=turn),
            tabs[2].does("room.read", room=read_room.slug, number=turn + 2),
            writer.posts(f"more {turn}"),
        )
    stored = await Membership.objects.select_related("room").aget(room=read_room, user=bob)
    for tab in tabs:
        told = [reading(event) for event in await tab.has_seen("read.changed")]
        number, revision, *_ = max(told, key=lambda one: (one[1], one[0]))
        assert (number, revision) == (stored.read_number, stored.read_revision) == (number, 10)
