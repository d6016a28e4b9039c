"""People are told of messages that concern them, and of no others."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connection
from django.utils import timezone

from rooms.actions.messages import changes
from rooms.actions.messages.posts import Draft, post_message
from rooms.actions.notifications import telling
from rooms.actions.notifications.orders import Tell
from rooms.models import InboxItem, Job, Membership, Message, Room, User
from rooms.realtime.worker import Worker
from rooms.storage.sql import Straight
from tests.chat_client import ChatClient
from tests.factories import add_member, make_direct, make_room, make_user, post
from tests.integration.conftest import Connect

pytestmark = pytest.mark.usefixtures("no_limits")

SOON = (timezone.now() + timedelta(days=1)).isoformat()


async def settled() -> None:
    """Wait until every job is done and every order answered."""
    teller = Worker.here().teller
    while await _has_jobs() or teller._orders or teller._is_running:  # noqa: ASYNC110  a poll
        await asyncio.sleep(0.02)


async def _has_jobs() -> bool:
    return await Job.objects.filter(kind="tell").aexists()


async def told(client: ChatClient, type: str = "notification") -> list[dict[str, Any]]:
    """Return what a client has been sent of a type, once everything is settled; it is taken out."""
    await settled()
    found = await client.has_seen(type)
    client.events = [event for event in client.events if event["type"] != type]
    return found


async def reasons(client: ChatClient) -> list[tuple[int, str]]:
    return sorted((event["number"], event["reason"]) for event in await told(client))


async def says(client: ChatClient, room: Room, body: str, **fields: Any) -> int:
    reply = await client.posts(body, room=room.slug, **fields)
    return int(reply["number"])


@pytest.fixture
def carol(room: Room, transactional_db: None) -> User:
    carol = make_user("carol")
    add_member(room, carol)
    return carol


# A post


async def test_whoever_is_named_is_told_in_all_tabs_and_nobody_else(
    connect: Connect, alice: User, bob: User, charlie: User, carol: User, room: Room
) -> None:
    here, there = await connect(bob), await connect(bob, room=room)
    writer, third, outsider = await connect(alice), await connect(carol), await connect(charlie)
    await says(writer, room, "Look, **@bob** @charlie @alice")
    for tab in (here, there):
        event = await tab.sees("notification")
        item = await InboxItem.objects.aget(user=bob)
        assert event == {
            "type": "notification",
            "id": str(item.pk),
            "room": room.slug,
            "number": 1,
            "reason": "mention",
            "author": {"id": alice.pk, "username": "alice", "name": "Alice Adams", "avatar": None},
            "excerpt": "Look, @Bob @charlie @Alice Adams",
        }
        assert (await tab.sees("inbox.changed"))["unread"] == 1
    for other in (writer, third, outsider):
        assert await told(other) == []
        assert await told(other, "inbox.changed") == []


async def test_replies_and_direct_messages_are_told(
    connect: Connect, alice: User, bob: User, room: Room
) -> None:
    direct = await sync_to_async(make_direct)(alice, bob)
    await sync_to_async(post)(room, bob, "A question")
    reader, writer = await connect(bob), await connect(alice)
    await says(writer, room, "An answer", reply_to=1)
    await says(writer, direct, "A word in private")
    assert await reasons(reader) == [(1, "direct"), (2, "reply")]
    page = await reader.does("inbox")
    assert [(item["room"], item["reason"]) for item in page["items"]] == [
        (direct.slug, "direct"),
        (room.slug, "reply"),
    ]


async def test_everyone_who_is_addressed_has_an_item(
    connect: Connect, alice: User, bob: User, carol: User, room: Room
) -> None:
    reader, writer = await connect(bob), await connect(alice)
    await says(writer, room, "@here: now")  # carol isn't
    await says(writer, room, "@room: soon")
    assert await reasons(reader) == [(1, "room"), (2, "room")]
    assert (await told(reader, "inbox.changed"))[-1]["unread"] == 2
    # By `room.activity` a page can count the second, and not the first.
    assert (await told(reader, "read.changed"))[0]["mentions"] >= 1
    items = InboxItem.objects.order_by("number", "user").values_list("user", "number")
    assert [row async for row in items] == [(bob.pk, 1), (bob.pk, 2), (carol.pk, 2)]


async def test_a_keyword_is_told_wherever_its_person_can_read_it(
    connect: Connect, alice: User, bob: User, carol: User, room: Room
) -> None:
    secret = await sync_to_async(make_room)("Secret", owner=alice, kind=Room.Kind.PRIVATE)
    reader, writer, third = await connect(bob), await connect(alice), await connect(carol)
    await reader.does("keywords.set", keywords=["launch"])
    await third.does("keywords.set", keywords=["lunch"])
    await writer.does("keywords.set", keywords=["launch"])
    await says(writer, room, "The Launch!")
    await says(writer, secret, "The launch!")
    assert await reasons(reader) == [(1, "keyword")]
    (changed,) = await told(reader, "read.changed")
    assert (changed["room"], changed["mentions"]) == (room.slug, 1)
    assert await told(third) == await told(writer) == []
    await reader.does("keywords.set", keywords=[])
    await says(writer, room, "Another launch")
    assert await told(reader) == []
    assert (await reader.does("inbox"))["unread"] == 1, "as the keywords were when it was posted"


async def test_levels_decide_who_is_told_and_never_who_has_an_item(
    connect: Connect, alice: User, bob: User, room: Room
) -> None:
    direct = await sync_to_async(make_direct)(alice, bob)
    reader, writer = await connect(bob), await connect(alice)
    for level, plain, named, private in [
        ("all", ["message"], ["mention"], ["direct"]),
        ("mentions", [], ["mention"], ["direct"]),
        ("nothing", [], [], []),
        ("default", [], ["mention"], ["direct"]),
    ]:
        for each in (room, direct):
            await reader.does("room.notify", room=each.slug, level=level)
        for where, body, expected in [
            (room, "Plain", plain),
            (room, "Hi @bob", named),
            (direct, "Psst", private),
        ]:
            await says(writer, where, body)
            found = await told(reader)
            assert [event["reason"] for event in found] == expected, (level, body)
            assert all((event["id"] is None) == (event["reason"] == "message") for event in found)
    assert (await reader.does("inbox"))["unread"] == 8


async def test_nobody_is_told_while_they_are_quiet_or_by_people_whom_they_ignore(
    connect: Connect, alice: User, bob: User, carol: User, room: Room
) -> None:
    reader, writer, third = await connect(bob), await connect(alice), await connect(carol)
    await reader.does("quiet.set", until=SOON)
    await says(writer, room, "@bob")
    assert await told(reader) == []
    assert (await told(reader, "inbox.changed"))[-1]["unread"] == 1, "the inbox isn't quiet"
    await reader.does("quiet.set", until=None)
    assert await told(reader) == [], "nothing is sent afterwards"
    await reader.does("person.ignore", user="alice", kind="mute")
    await says(writer, room, "@bob")
    assert await told(reader) == []
    assert (await reader.does("inbox"))["items"] == []
    await says(third, room, "@bob")
    assert await reasons(reader) == [(3, "mention")]
    await told(reader, "inbox.changed")
    await reader.does("person.unignore", user="alice")
    assert [event["unread"] for event in await told(reader, "inbox.changed")] == [3]
    assert (await reader.does("inbox"))["unread"] == 3


async def test_a_held_message_is_told_when_it_is_approved(
    connect: Connect, alice: User, bob: User, carol: User, room: Room
) -> None:
    reader = await connect(bob)
    draft = Draft(carol, room.slug, "12345678", "@bob", approved=True)
    await sync_to_async(post_message)(draft)
    assert await reasons(reader) == [(1, "mention")]


async def test_what_was_read_before_the_job_ran_is_not_told(
    connect: Connect, alice: User, bob: User, room: Room
) -> None:
    reader, writer = await connect(bob), await connect(alice)
    await says(writer, room, "@bob")
    await told(reader)
    await reader.does("room.read", room=room.slug, number=1)
    await sync_to_async(telling.carry_out)(Tell(room=room.pk, number=1))
    assert await told(reader) == []


# What takes it back


async def test_a_deletion_withdraws_and_a_restoration_counts_again(
    connect: Connect, alice: User, bob: User, staff: User, room: Room
) -> None:
    reader, writer = await connect(bob), await connect(alice)
    await says(writer, room, "@bob")
    await says(writer, room, "@room")
    ids = {event["number"]: event["id"] for event in await told(reader)}
    await told(reader, "inbox.changed")
    for number, left in ((1, 1), (2, 0)):
        await writer.does("message.delete", room=room.slug, number=number)
        (event,) = await told(reader, "notification.withdrawn")
        assert (event["id"], event["room"], event["number"]) == (ids[number], room.slug, number)
        assert [one["unread"] for one in await told(reader, "inbox.changed")] == [left]
        assert [one["mentions"] for one in await told(reader, "read.changed")] == [left]
    row = await Message.objects.select_related("room").aget(room=room, number=1)
    await sync_to_async(changes.restore_messages)(actor=staff, messages=[row])
    assert [one["unread"] for one in await told(reader, "inbox.changed")] == [1]
    assert [one["mentions"] for one in await told(reader, "read.changed")] == [1]
    assert await told(reader) == [], "nobody is told twice"


async def test_an_edit_tells_whom_it_adds_once_and_withdraws_from_whom_it_removes(
    connect: Connect, alice: User, bob: User, carol: User, room: Room
) -> None:
    one, two, writer = await connect(bob), await connect(carol), await connect(alice)
    await says(writer, room, "Hello @bob")
    (first,) = await told(one)

    async def edit(body: str) -> None:
        await writer.does("message.edit", room=room.slug, number=1, body=body)

    await edit("Hello, @bob and @carol")
    assert await told(one) == []
    assert await reasons(two) == [(1, "mention")]
    assert (await told(two, "read.changed"))[-1]["mentions"] == 1
    await told(one, "inbox.changed")
    await edit("Hello @carol")
    assert [event["id"] for event in await told(one, "notification.withdrawn")] == [first["id"]]
    assert (await told(one, "inbox.changed"))[-1]["unread"] == 0
    assert (await told(one, "read.changed"))[-1]["mentions"] == 0
    assert await told(two) == []
    await edit("Hello @room and @carol")
    assert await reasons(one) == [(1, "room")]
    assert await told(two) == [], "carol was told of it"
    await edit("Hello all")
    assert (await told(one, "inbox.changed"))[-1]["unread"] == 0
    assert (await told(two, "read.changed"))[-1]["mentions"] == 0
    assert not await InboxItem.objects.aexists()


async def test_an_edit_adds_and_removes_keywords(
    connect: Connect, alice: User, bob: User, room: Room
) -> None:
    reader, writer = await connect(bob), await connect(alice)
    await reader.does("keywords.set", keywords=["launch"])
    await says(writer, room, "The lunch")
    await writer.does("message.edit", room=room.slug, number=1, body="The launch")
    assert await reasons(reader) == [(1, "keyword")]
    await writer.does("message.edit", room=room.slug, number=1, body="The launch, @bob")
    assert await reasons(reader) == [(1, "mention")]
    await writer.does("message.edit", room=room.slug, number=1, body="The launch, Bob")
    (item,) = (await reader.does("inbox"))["items"]
    assert item["reason"] == "keyword"
    await writer.does("message.edit", room=room.slug, number=1, body="The lunch")
    assert (await told(reader, "inbox.changed"))[-1]["unread"] == 0
    assert (await reader.does("inbox"))["items"] == []


async def test_leaving_and_being_removed_withdraw(
    connect: Connect, alice: User, bob: User, room: Room
) -> None:
    reader, writer = await connect(bob), await connect(alice)
    await says(writer, room, "@bob")
    (first,) = await told(reader)
    await told(reader, "inbox.changed")
    await writer.does("member.ban", room=room.slug, user="bob")
    assert [event["id"] for event in await told(reader, "notification.withdrawn")] == [first["id"]]
    assert [event["unread"] for event in await told(reader, "inbox.changed")] == [0]


async def test_posting_in_a_room_reads_its_items(
    connect: Connect, alice: User, bob: User, room: Room
) -> None:
    here, there, writer = await connect(bob), await connect(bob), await connect(alice)
    await says(writer, room, "@bob")
    (first,) = await told(there)
    await told(there, "inbox.changed")
    await says(here, room, "Yes?")
    assert [event["id"] for event in await told(there, "notification.withdrawn")] == [first["id"]]
    assert [event["unread"] for event in await told(there, "inbox.changed")] == [0]


# What it costs


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Every statement, including those of the driver's own cursor."""
    said: list[str] = []
    for name in ("execute", "executemany"):
        run = getattr(Straight, name)

        def noting(self: Straight, sql: str, *values: Any, run: Any = run) -> None:
            said.append(sql)
            run(self, sql, *values)

        monkeypatch.setattr(Straight, name, noting)

    def note(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        said.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(note):
        yield said


def test_a_plain_message_costs_no_statement(
    alice: User, bob: User, room: Room, statements: list[str]
) -> None:
    def cost(body: str) -> list[str]:
        statements.clear()
        post(room, alice, body)
        return [sql for sql in statements if "SAVEPOINT" not in sql]

    cost("warm")
    plain = cost("hello")
    assert len(plain) <= 7, plain
    assert not any("inboxitem" in sql and "INSERT" in sql for sql in plain)
    assert not Job.objects.filter(kind="tell").exists()
    named = cost("hello @bob")
    assert len(named) == len(plain) + 3  # who that is, their item, and one job
    assert Job.objects.filter(kind="tell").count() == 1


def test_a_room_that_nobody_wants_any_more_is_noted(alice: User, bob: User, room: Room) -> None:
    Membership.objects.filter(user=bob).update(
        level="all", level_until=timezone.now(), level_before="mentions"
    )
    Room.objects.filter(pk=room.pk).update(wanted=True)
    post(room, alice, "hello")
    telling.carry_out(Tell(room=room.pk, number=1))
    assert not Room.objects.get(pk=room.pk).wanted
