"""Marking everything as read, and undoing it for a moment."""

from collections.abc import Sequence

import pytest
from asgiref.sync import sync_to_async
from django.db import connection
from django.test.utils import CaptureQueriesContext

from rooms.actions.rooms import reading
from rooms.models import Membership, Room, User
from tests.chat_client import ChatClient, Json
from tests.factories import make_room, post_many
from tests.integration.conftest import Connect

Rooms = Sequence[Room]


@pytest.fixture
def three(alice: User, bob: User, transactional_db: None) -> Rooms:
    """Three rooms with five messages each. Bob has read two of the first, none of the second, all
    of the last."""
    rooms = [make_room(f"Room {n}", owner=alice, members=[bob]) for n in range(3)]
    for room, read in zip(rooms, (2, 0, 5), strict=True):
        post_many(room, alice, ["a", "b", "c", "d", "e"])
        Membership.objects.filter(user=bob, room=room).update(read_number=read)
    return rooms


@sync_to_async
def cursors_of(user: User) -> list[int]:
    rows = Membership.objects.filter(user=user).order_by("room")
    return list(rows.values_list("read_number", flat=True))


async def event_of(client: ChatClient) -> list[tuple[str, int, int]]:
    rooms = (await client.sees("reads.changed"))["rooms"]
    return [(one["room"], one["number"], one["unread"]) for one in rooms]


async def test_everything_is_marked_read_everywhere_and_can_be_undone(
    connect: Connect, alice: User, bob: User, three: Rooms
) -> None:
    here, elsewhere, other = await connect(bob), await connect(bob), await connect(alice)
    steps = (await here.does("rooms.read"))["rooms"]
    assert [(one["room"], one["before"], one["number"]) for one in steps] == [
        (three[0].slug, 2, 5),
        (three[1].slug, 0, 5),
    ], "what was read already took no step"
    for tab in (here, elsewhere):
        assert await event_of(tab) == [(three[0].slug, 5, 0), (three[1].slug, 5, 0)]
    assert not await other.has_seen("reads.changed")
    assert await cursors_of(bob) == [5, 5, 5]
    assert await cursors_of(alice) == [5, 5, 5]

    back = (await here.does("rooms.unread", rooms=steps))["rooms"]
    assert [(one["number"], one["unread"], one["read_revision"]) for one in back] == [
        (2, 3, 1),
        (0, 5, 1),
    ]
    for tab in (here, elsewhere):
        assert await event_of(tab) == [(three[0].slug, 2, 3), (three[1].slug, 0, 5)]
    assert await cursors_of(bob) == [2, 0, 5]
    again = (await here.does("rooms.unread", rooms=steps))["rooms"]
    assert again == [], "once is all"


async def test_the_undo_keeps_what_was_read_or_marked_meanwhile(
    connect: Connect, alice: User, bob: User, three: Rooms
) -> None:
    first, second, _ = three
    client, writer = await connect(bob), await connect(alice, room=first)
    steps = (await client.does("rooms.read"))["rooms"]
    await writer.posts("one more")
    await client.does("room.read", room=first.slug, number=6)
    await client.does("room.unread", room=second.slug, number=4)
    assert (await client.does("rooms.unread", rooms=steps))["rooms"] == []
    assert await cursors_of(bob) == [6, 3, 5]


async def test_after_the_undo_newer_messages_are_unread_too(
    connect: Connect, alice: User, bob: User, three: Rooms
) -> None:
    client, writer = await connect(bob), await connect(alice, room=three[1])
    steps = (await client.does("rooms.read"))["rooms"]
    await writer.posts("one more")
    back = (await client.does("rooms.unread", rooms=steps))["rooms"]
    assert [one["unread"] for one in back] == [3, 6]


async def test_the_undo_moves_no_cursor_forward_and_nobody_else_s(
    connect: Connect, charlie: User, bob: User, three: Rooms
) -> None:
    step: Json = {"room": three[1].slug, "before": 4, "number": 0, "read_revision": 0}
    assert (await (await connect(bob)).does("rooms.unread", rooms=[step]))["rooms"] == []
    back = {**step, "room": three[2].slug, "before": -1, "number": 5}
    assert (await (await connect(bob)).does("rooms.unread", rooms=[back]))["rooms"] == []
    mine = {**back, "before": 0}
    assert (await (await connect(charlie)).does("rooms.unread", rooms=[mine]))["rooms"] == []
    assert await cursors_of(bob) == [2, 0, 5]


async def test_invalid_steps_are_refused(connect: Connect, bob: User, three: Rooms) -> None:
    client = await connect(bob)
    step = {"room": three[0].slug, "before": 0, "number": 5, "read_revision": 0}
    for rooms in ([], [step] * 301, [{"room": three[0].slug}], "all"):
        assert await client.is_refused("rooms.unread", rooms=rooms) == "invalid"
    codes = [(await client.asks("rooms.read")).get("code") for _ in range(15)]
    assert codes[-1] == "rate_limited"


def test_however_many_rooms_there_are_one_statement_changes_them(alice: User, bob: User) -> None:
    for n in range(12):
        post_many(make_room(f"Room {n}", owner=alice, members=[bob]), alice, ["one"])
    with CaptureQueriesContext(connection) as queries:
        steps = reading.mark_all_read(actor=bob)
        reading.take_back(actor=bob, steps=steps)
    assert len(steps) == 12
    changing = [one["sql"] for one in queries if "UPDATE" in one["sql"]]
    assert len(changing) == 2, changing
