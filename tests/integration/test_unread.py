"""Unread counts are a cursor: exact after anything, the same in every tab."""

import pytest

from rooms.models import Membership, Room, User
from tests.chat_client import ChatClient
from tests.factories import post_many
from tests.integration.conftest import Connect


def unread(client: ChatClient, room: Room) -> int:
    (found,) = [one for one in client.welcome["rooms"] if one["slug"] == room.slug]
    return int(found["unread"])


@pytest.fixture
def read_room(room: Room, alice: User, transactional_db: None) -> Room:
    post_many(room, alice, ["one", "two", "three"])
    return room


async def test_the_welcome_tells_what_is_unread(
    connect: Connect, alice: User, bob: User, read_room: Room
) -> None:
    assert unread(await connect(bob), read_room) == 3
    assert unread(await connect(alice), read_room) == 0, "a person's own messages count as read"


async def test_reading_is_told_to_every_tab(connect: Connect, bob: User, read_room: Room) -> None:
    one, two = await connect(bob), await connect(bob)
    reply = await one.does("room.read", room=read_room.slug, number=2)
    assert (reply["unread"], reply["mentions"]) == (1, 0)
    for tab in (one, two):
        event = await tab.sees("read.changed", room=read_room.slug)
        assert (event["number"], event["unread"], event["mentions"]) == (2, 1, 0)


async def test_the_cursor_goes_neither_back_nor_past_the_end(
    connect: Connect, bob: User, read_room: Room
) -> None:
    client = await connect(bob)
    assert (await client.does("room.read", room=read_room.slug, number=3))["unread"] == 0
    assert (await client.does("room.read", room=read_room.slug, number=1))["unread"] == 0
    assert (await client.does("room.read", room=read_room.slug, number=10**6))["unread"] == 0
    membership = await Membership.objects.aget(room=read_room, user=bob)
    assert membership.read_number == 3


async def test_a_new_member_starts_with_nothing_unread(
    connect: Connect, charlie: User, read_room: Room
) -> None:
    client = await connect(charlie)
    joined = (await client.does("room.join", room=read_room.slug))["room"]
    assert (joined["unread"], joined["last_number"]) == (0, 3)


async def test_a_closed_room_reports_its_activity(
    connect: Connect, alice: User, bob: User, read_room: Room
) -> None:
    writer, elsewhere = await connect(alice, room=read_room), await connect(bob)
    await writer.posts("four")
    event = await elsewhere.sees("room.activity", room=read_room.slug)
    assert (event["number"], event["author"]) == (4, alice.pk)
    assert not await elsewhere.has_seen("message.posted"), (
        "only sockets with the room open get the message"
    )
    assert not await writer.has_seen("room.activity")
    await elsewhere.opens(read_room.slug)
    await writer.posts("five")
    await elsewhere.sees("message.posted", number=5)
    assert not await elsewhere.has_seen("room.activity")
    await elsewhere.does("room.close", room=read_room.slug)
    await writer.posts("six")
    assert (await elsewhere.sees("room.activity"))["number"] == 6


async def test_outsiders_hear_no_activity(
    connect: Connect, bob: User, charlie: User, alice: User, private_room: Room
) -> None:
    writer, member, outsider = (
        await connect(alice, room=private_room),
        await connect(bob),
        await connect(charlie),
    )
    await writer.posts("secret")
    await member.sees("room.activity")
    assert not await outsider.has_seen("room.activity")


async def test_only_members_have_a_cursor(connect: Connect, charlie: User, read_room: Room) -> None:
    client = await connect(charlie)
    assert await client.is_refused("room.read", room=read_room.slug, number=1) == "not_member"
