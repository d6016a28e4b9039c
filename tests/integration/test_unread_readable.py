"""Unread counts include only readable messages: no tombstones, and nothing by muted or blocked
people."""

from typing import Any

import pytest
from asgiref.sync import sync_to_async

from rooms.actions.accounts import erasure
from rooms.actions.messages import changes
from rooms.actions.moderation import removals
from rooms.models import Membership, Message, Room, User
from rooms.queries import unread
from tests.chat_client import ChatClient, Json
from tests.factories import add_member, make_user, post, post_many, unlimited
from tests.integration.conftest import Connect

pytestmark = pytest.mark.usefixtures("no_limits")


@pytest.fixture
def carol(room: Room, transactional_db: None) -> User:
    carol = make_user("carol")
    add_member(room, carol)
    return carol


@pytest.fixture
def read_room(room: Room, alice: User, bob: User, carol: User) -> Room:
    """A room with messages 1 to 4 by Alice, 5 and 6 by Carol; Bob has read the first."""
    post_many(room, alice, ["one", "two", "three", "four"])
    post_many(room, carol, ["five", "six"])
    Membership.objects.filter(user=bob).update(read_number=1)
    return room


async def counts(connect: Connect, client: ChatClient, room: Room) -> int:
    """Return what this client's person hasn't read: the same from every source, none of which moves
    the cursor."""
    fresh = await connect(client.user)  # type: ignore[attr-defined]
    (summary,) = (one for one in fresh.welcome["rooms"] if one["slug"] == room.slug)
    opened = (await fresh.opens(room.slug))["room"]
    reading = await fresh.does("room.read", room=room.slug, number=0)
    await fresh.leaves()
    found = {one["unread"] for one in (summary, opened, reading)}
    assert len(found) == 1, (summary, opened, reading)
    shown = {(one["revision"], one["last_number"]) for one in (summary, opened, reading)}
    assert len(shown) == 1, shown
    return int(found.pop())


async def tab(connect: Connect, user: User, **how: Any) -> ChatClient:
    client = await connect(user, **how)
    client.user = user  # type: ignore[attr-defined]
    return client


async def test_a_tombstone_is_not_unread_until_it_is_restored(
    connect: Connect, alice: User, bob: User, staff: User, read_room: Room
) -> None:
    reader, writer = await tab(connect, bob), await tab(connect, alice, room=read_room)
    assert await counts(connect, reader, read_room) == 5
    for number in (1, 2, 3):
        await writer.does("message.delete", room=read_room.slug, number=number)
    assert await counts(connect, reader, read_room) == 3
    row = await Message.objects.select_related("room").aget(room=read_room, number=2)
    await sync_to_async(changes.restore_messages)(actor=staff, messages=[row])
    assert await counts(connect, reader, read_room) == 4


@pytest.mark.parametrize("kind", ["mute", "block"])
async def test_messages_by_ignored_people_are_not_unread(
    connect: Connect, carol: User, bob: User, read_room: Room, kind: str
) -> None:
    here, elsewhere = await tab(connect, bob), await tab(connect, bob)
    await here.does("person.ignore", user="carol", kind=kind)
    for one in (here, elsewhere):
        await one.sees("ignored.changed")
        (reading,) = (await one.sees("reads.changed"))["rooms"]
        assert (reading["number"], reading["last_number"], reading["unread"]) == (1, 6, 3)
    assert await counts(connect, here, read_room) == 3
    writer = await tab(connect, carol, room=read_room)
    await writer.posts("seven")
    await writer.does("message.delete", room=read_room.slug, number=6)
    assert await counts(connect, here, read_room) == 3
    assert await counts(connect, writer, read_room) == 0
    await here.does("person.unignore", user="carol")
    assert (await elsewhere.sees("reads.changed"))["rooms"][0]["unread"] == 5
    assert await counts(connect, here, read_room) == 5


async def test_a_closed_room_tells_of_deletions_and_restorations(
    connect: Connect, alice: User, carol: User, bob: User, staff: User, read_room: Room
) -> None:
    watcher, follower = await tab(connect, bob), await tab(connect, carol, room=read_room)
    rows = await sync_to_async(
        lambda: [*Message.objects.filter(room=read_room).select_related("room").order_by("number")]
    )()
    await sync_to_async(changes.delete_messages)(actor=staff, messages=rows[1:5])
    event = await watcher.sees("activity.changed", room=read_room.slug)
    assert event == {
        "type": "activity.changed",
        "room": read_room.slug,
        "revision": 10,
        "gone": [[2, alice.pk], [3, alice.pk], [4, alice.pk], [5, carol.pk]],
        "back": [],
    }
    await sync_to_async(changes.restore_messages)(actor=staff, messages=rows[2:3])
    event = await watcher.sees("activity.changed", room=read_room.slug)
    assert (event["revision"], event["gone"], event["back"]) == (11, [], [[3, alice.pk]])
    assert not await watcher.has_seen("message.deleted")
    assert len(await follower.has_seen("message.deleted")) == 4
    assert not await follower.has_seen("activity.changed"), (
        "sockets with the room open hear of the messages themselves"
    )
    assert (await follower.sees("message.edited", number=3))["message"]["restored"] == 11
    await sync_to_async(changes.delete_messages)(actor=staff, messages=rows[1:2])
    assert not await watcher.has_seen("activity.changed"), "deleting twice changes nothing more"


async def test_a_bulk_removal_and_its_undo_are_told(
    connect: Connect, carol: User, bob: User, staff: User, read_room: Room
) -> None:
    watcher = await tab(connect, bob)
    with unlimited():
        removal = await sync_to_async(removals.remove_posts)(
            actor=staff, user=carol, scope="room", room=read_room
        )
    gone = (await watcher.sees("activity.changed"))["gone"]
    assert gone == [[5, carol.pk], [6, carol.pk]]
    assert await counts(connect, watcher, read_room) == 3
    await sync_to_async(removals.undo_removal)(actor=staff, removal=removal)
    assert (await watcher.sees("activity.changed"))["back"] == gone
    assert await counts(connect, watcher, read_room) == 5


async def test_a_reading_says_what_was_seen(
    connect: Connect, alice: User, bob: User, read_room: Room
) -> None:
    here, elsewhere = await tab(connect, bob), await tab(connect, bob)
    writer = await tab(connect, alice)
    await writer.does("message.delete", room=read_room.slug, number=3)
    shown = ("number", "last_number", "revision", "unread")

    def of(one: Json) -> tuple[int, ...]:
        return tuple(one[name] for name in shown)

    reply = await here.does("room.read", room=read_room.slug, number=2)
    assert of(reply) == of(await elsewhere.sees("read.changed")) == (2, 6, 7, 3)
    reply = await here.does("room.unread", room=read_room.slug, number=1)
    assert of(reply) == of(await elsewhere.sees("read.changed")) == (0, 6, 7, 5)
    steps = (await here.does("rooms.read"))["rooms"]
    assert of((await elsewhere.sees("reads.changed"))["rooms"][0]) == (6, 6, 7, 0)
    (back,) = (await here.does("rooms.unread", rooms=steps))["rooms"]
    assert of(back) == of((await elsewhere.sees("reads.changed"))["rooms"][0]) == (0, 6, 7, 5)


async def test_messages_deleted_before_joining_or_by_ignored_people_count_once(
    connect: Connect, alice: User, bob: User, carol: User, charlie: User, read_room: Room
) -> None:
    writer = await tab(connect, carol)
    await writer.does("message.delete", room=read_room.slug, number=5)
    reader = await tab(connect, bob)
    await reader.does("person.ignore", user="carol", kind="mute")
    assert await counts(connect, reader, read_room) == 3, "5 is gone, and hers; 6 is hers"
    joins = await tab(connect, charlie)
    room = (await joins.does("room.join", room=read_room.slug))["room"]
    assert (room["unread"], room["read_number"]) == (0, 6)
    added = await joins.sees("room.added")
    assert added["room"]["unread"] == 0


async def test_an_ignored_person_stays_ignored_when_their_account_is_deleted(
    connect: Connect, bob: User, carol: User, read_room: Room
) -> None:
    reader = await tab(connect, bob)
    await reader.does("person.ignore", user="carol", kind="mute")
    await sync_to_async(erasure.erase)(actor=carol, username="carol")
    assert await counts(connect, reader, read_room) == 3
    assert (await connect(bob)).welcome["ignored"]["muted"] == [carol.pk]


def test_a_person_s_own_messages_count_as_others_do(room: Room, alice: User, bob: User) -> None:
    post(room, bob, "mine")
    post(room, alice, "hers")
    Membership.objects.filter(user=bob, room=room).update(read_number=0)
    found = unread.reading(bob.pk, room.pk)
    assert found is not None
    assert found.unread == 2
