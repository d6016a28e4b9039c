"""Messages reach everyone in the room once and in order, and are stored before they are
delivered."""

import asyncio
import uuid
from typing import Any

import pytest

from rooms.actions.messages.posts import Draft, post_messages
from rooms.actions.rooms.memberships import leave_room
from rooms.actions.rooms.rooms import archive_room
from rooms.errors import RateLimited
from rooms.models import Message, Room, User
from rooms.storage.threads import in_db_thread
from tests.integration.conftest import Connect


async def test_a_message_reaches_everyone_with_the_room_open(
    connect: Connect, alice: User, bob: User, room: Room
) -> None:
    here, there = await connect(alice, room=room), await connect(bob, room=room)
    message = await there.posts("hello **you**")
    assert (message["number"], message["revision"]) == (1, 1)
    seen = await here.sees("message.posted", number=1)
    assert seen["message"] == message, "the author's reply and the others' event are one state"
    assert message["html"] == "<p>hello <strong>you</strong></p>"
    assert message["author"]["name"] == "Bob"
    assert (await there.sees("message.posted", number=1))["message"] == message


async def test_the_reply_comes_after_the_commit(connect: Connect, bob: User, room: Room) -> None:
    client = await connect(bob, room=room)
    message = await client.posts("kept")
    row = await Message.objects.aget(room=room, number=message["number"])
    assert row.body == "kept"


async def test_three_tabs_of_one_person_see_the_same(
    connect: Connect, bob: User, room: Room
) -> None:
    tabs = [await connect(bob, room=room) for _ in range(3)]
    await tabs[0].posts("once")
    for tab in tabs:
        await tab.sees("message.posted", body="once")
        assert not await tab.has_seen("message.posted"), "never twice"


@pytest.mark.usefixtures("no_limits")
async def test_messages_from_many_people_arrive_in_one_gapless_order(
    connect: Connect, alice: User, bob: User, room: Room
) -> None:
    here, there = await connect(alice, room=room), await connect(bob, room=room)
    await asyncio.gather(
        *(here.posts(f"a{i}") for i in range(40)), *(there.posts(f"b{i}") for i in range(40))
    )
    for client in (here, there):
        events = await client.has_seen("message.posted")
        assert [event["revision"] for event in events] == list(range(1, 81))
        assert [event["message"]["number"] for event in events] == list(range(1, 81))
    bodies = [e["message"]["body"] for e in events if e["message"]["body"].startswith("a")]
    assert bodies == [f"a{i}" for i in range(40)], "one socket's messages keep their order"


async def test_the_same_nonce_is_the_same_message(
    connect: Connect, alice: User, bob: User, room: Room
) -> None:
    one, two = await connect(bob, room=room), await connect(bob, room=room)
    nonce = uuid.uuid4().hex
    replies = await asyncio.gather(
        *(client.posts("again", nonce=nonce) for client in (one, two) * 5)
    )
    assert {message["number"] for message in replies} == {1}
    changed = await one.posts("other words", nonce=nonce)
    assert changed["body"] == "again", "the first one counts"
    other = await (await connect(alice, room=room)).posts("mine", nonce=nonce)
    assert other["number"] == 2, "another author's nonce is another message"


async def test_a_reply_names_the_message_it_answers(
    connect: Connect, bob: User, room: Room
) -> None:
    client = await connect(bob, room=room)
    await client.posts("question")
    assert (await client.posts("answer", reply_to=1))["reply_to"] == 1
    assert (
        await client.is_refused(
            "message.post", room=room.slug, nonce=uuid.uuid4().hex, body="x", reply_to=99
        )
        == "not_found"
    )


@pytest.mark.parametrize(
    ("body", "code"),
    [("", "invalid"), (" \n\t ", "invalid"), ("x" * 8001, "too_large"), ("a\0b", "invalid")],
)
async def test_an_invalid_body_is_refused(
    connect: Connect, bob: User, room: Room, body: str, code: str
) -> None:
    client = await connect(bob, room=room)
    nonce = uuid.uuid4().hex
    assert await client.is_refused("message.post", room=room.slug, nonce=nonce, body=body) == code
    assert not await Message.objects.filter(room=room).aexists()
    assert (await client.posts("x" * 8000))["number"] == 1, "the longest one is accepted"


async def test_charlie_cannot_post_without_joining(
    connect: Connect, charlie: User, room: Room
) -> None:
    client = await connect(charlie, room=room)
    nonce = uuid.uuid4().hex
    refusal = await client.is_refused("message.post", room=room.slug, nonce=nonce, body="hi")
    assert refusal == "not_member"
    await client.does("room.join", room=room.slug)
    assert (await client.posts("hi", nonce=nonce))["number"] == 1


async def test_a_member_who_has_left_cannot_post(connect: Connect, bob: User, room: Room) -> None:
    client = await connect(bob, room=room)
    await in_db_thread(leave_room)(actor=bob, slug=room.slug)
    nonce = uuid.uuid4().hex
    refusal = await client.is_refused("message.post", room=room.slug, nonce=nonce, body="hi")
    assert refusal == "not_member"


async def test_an_archived_room_takes_no_messages_but_stays_readable(
    connect: Connect, alice: User, bob: User, room: Room
) -> None:
    client = await connect(bob, room=room)
    await client.posts("before")
    await in_db_thread(archive_room)(actor=alice, room=room)
    assert (await client.sees("room.updated"))["archived"] is True
    nonce = uuid.uuid4().hex
    refusal = await client.is_refused("message.post", room=room.slug, nonce=nonce, body="after")
    assert refusal == "forbidden"
    assert len((await client.opens())["messages"]) == 1


async def test_one_bad_draft_never_fails_its_batch(connect: Connect, bob: User, room: Room) -> None:
    client = await connect(bob, room=room)
    posts = [
        client.asks("message.post", room=slug, nonce=uuid.uuid4().hex, body=body)
        for slug, body in [
            (room.slug, "one"),
            ("nowhere", "two"),
            (room.slug, ""),
            (room.slug, "3"),
        ]
    ]
    replies = await asyncio.gather(*posts)
    assert [reply["type"] for reply in replies] == ["ok", "error", "error", "ok"]
    assert replies[1]["code"] == "not_found"


async def test_posting_too_fast_is_refused_with_the_time_to_wait(
    connect: Connect, bob: User, room: Room
) -> None:
    client = await connect(bob, room=room)
    replies = await asyncio.gather(
        *(
            client.asks("message.post", room=room.slug, nonce=uuid.uuid4().hex, body="x")
            for _ in range(25)
        )
    )
    refused = [reply for reply in replies if reply["type"] == "error"]
    assert len(refused) == 5
    assert {reply["code"] for reply in refused} == {"rate_limited"}
    assert all(0 < reply["retry_after"] <= 10 for reply in refused)
    assert await Message.objects.filter(room=room).acount() == 20


@pytest.mark.django_db
def test_asking_about_an_earlier_post_counts_against_no_limit(
    bob: User, room: Room, settings: Any
) -> None:
    settings.LIMITS = {**settings.LIMITS, "message.post": "1/60s"}
    draft = Draft(bob, room.slug, "nonce", "Hello")
    (posted,) = post_messages([draft])
    assert post_messages([draft], again=True) == [posted]
    assert isinstance(post_messages([draft])[0], RateLimited)


@pytest.mark.django_db
def test_times_and_numbers_give_the_same_order(bob: User, room: Room) -> None:
    """Even within a batch, where the clock stands still."""
    post_messages([Draft(bob, room.slug, f"nonce {number}", "Hello") for number in range(9)])
    times = Message.objects.order_by("number").values_list("created_at", flat=True)
    assert len({*times}) == 9
    assert [*times] == sorted(times)
