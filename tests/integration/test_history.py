"""History pages in both directions, around a message, and since a revision."""

import asyncio
import uuid
from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from rooms.models import Message, Room, User
from tests.chat_client import Json
from tests.factories import post_many
from tests.integration.conftest import Connect

pytestmark = pytest.mark.usefixtures("no_limits")


@pytest.fixture
def long_room(room: Room, bob: User, transactional_db: None) -> Room:
    post_many(room, bob, [f"m{number}" for number in range(1, 131)])
    return room


def numbers(page: Json) -> list[int]:
    return [message["number"] for message in page["messages"]]


async def test_a_room_opens_at_its_newest_page(
    connect: Connect, bob: User, long_room: Room
) -> None:
    page = await (await connect(bob)).opens(long_room.slug)
    assert numbers(page) == list(range(81, 131))
    assert (page["has_before"], page["has_after"], page["reset"]) == (True, False, False)
    assert page["revision"] == page["room"]["revision"] == 130


async def test_history_pages_in_both_directions(
    connect: Connect, bob: User, long_room: Room
) -> None:
    client = await connect(bob)
    before = await client.does("history", room=long_room.slug, before=81, limit=100)
    assert numbers(before) == list(range(1, 81))
    assert (before["has_before"], before["has_after"]) == (False, True)
    after = await client.does("history", room=long_room.slug, after=100, limit=10)
    assert numbers(after) == list(range(101, 111))
    assert (after["has_before"], after["has_after"]) == (True, True)
    end = await client.does("history", room=long_room.slug, after=129)
    assert (numbers(end), end["has_after"]) == ([130], False)
    around = await client.does("history", room=long_room.slug, around=60, limit=20)
    assert 60 in numbers(around)
    assert len(numbers(around)) == 20


async def test_a_room_opens_around_a_message(connect: Connect, bob: User, long_room: Room) -> None:
    page = await (await connect(bob)).opens(long_room.slug, around=30, limit=10)
    assert numbers(page) == list(range(25, 35))
    assert (page["has_before"], page["has_after"]) == (True, True)


async def test_history_needs_exactly_one_side(connect: Connect, bob: User, long_room: Room) -> None:
    client = await connect(bob)
    assert await client.is_refused("history", room=long_room.slug) == "invalid"
    assert await client.is_refused("history", room=long_room.slug, before=3, after=1) == "invalid"
    assert await client.is_refused("history", room=long_room.slug, before=3, limit=101) == "invalid"


async def test_a_moment_leads_to_its_place_in_the_history(
    connect: Connect, bob: User, long_room: Room
) -> None:
    """A room with a message a minute, and now and then three in the same minute."""
    begin = datetime(2026, 3, 1, 12, tzinfo=UTC)
    when = {n: begin + timedelta(minutes=n - n % 3) for n in range(1, 131)}
    for number, moment in when.items():
        await Message.objects.filter(room=long_room, number=number).aupdate(created_at=moment)
    client = await connect(bob)

    async def first_at(moment: datetime) -> int:
        page = await client.does("history", room=long_room.slug, at=moment.isoformat(), limit=1)
        (number,) = numbers(page)
        return number

    for number in (1, 2, 3, 50, 51, 52, 128, 129):
        expected = next(n for n in when if when[n] >= when[number])
        assert await first_at(when[number]) == expected
        assert await first_at(when[number] - timedelta(seconds=1)) == expected
    assert await first_at(begin - timedelta(days=999)) == 1
    east = timezone(timedelta(hours=9))
    assert await first_at(when[60].astimezone(east)) == 60
    assert await first_at(begin + timedelta(days=1)) == 130, "the end, for a time in the future"
    around = await client.does("history", room=long_room.slug, at=when[60].isoformat(), limit=10)
    assert numbers(around) == list(range(55, 65))
    assert around["has_before"] is around["has_after"] is True


async def test_a_moment_needs_a_time_zone(connect: Connect, bob: User, long_room: Room) -> None:
    client = await connect(bob)
    for at in ("2026-03-01T12:00:00", "2026-03-01", "yesterday", 1770000000):
        assert await client.is_refused("history", room=long_room.slug, at=at) == "invalid"
    both = {"at": "2026-03-01T12:00:00Z", "around": 5}
    assert await client.is_refused("history", room=long_room.slug, **both) == "invalid"


def test_a_moment_in_a_long_history_takes_few_statements(room: Room, alice: User) -> None:
    begin = datetime(2026, 3, 1, tzinfo=UTC)
    last = 5000
    rows = [
        Message(
            room=room,
            author=alice,
            number=n,
            revision=n,
            nonce=f"nonce-{n:04}",
            renderer=1,
            created_at=begin + timedelta(minutes=n),
        )
        for n in range(1, last + 1)
    ]
    Message.objects.bulk_create(rows, batch_size=500)
    with CaptureQueriesContext(connection) as queries:
        for number in (1, 2, 1234, last):
            moment = begin + timedelta(minutes=number)
            assert Message.objects.first_since(room.pk, last, moment) == number
        assert Message.objects.first_since(room.pk, last, begin + timedelta(days=99)) == last + 1
        assert Message.objects.first_since(room.pk, 0, begin) == 1
    assert len(queries) <= 5 * 4


async def test_a_page_of_long_messages_has_fewer_and_says_so(
    connect: Connect, bob: User, room: Room
) -> None:
    client = await connect(bob, room=room)
    for _ in range(60):
        await client.posts("<" * 8000)
    page = await client.does("history", room=room.slug, before=61, limit=100)
    assert 1 < len(numbers(page)) < 60
    assert page["has_before"] is True
    assert numbers(page)[-1] == 60, "the messages nearest to the reader are kept"
    after = await client.does("history", room=room.slug, after=0, limit=100)
    assert numbers(after)[0] == 1
    assert after["has_after"] is True


async def test_since_brings_what_was_posted_edited_deleted_and_reacted(
    connect: Connect, alice: User, bob: User, long_room: Room
) -> None:
    away, here = await connect(alice), await connect(bob, room=long_room)
    since = (await away.opens(long_room.slug))["revision"]
    await away.does("room.close", room=long_room.slug)
    await here.does("message.edit", room=long_room.slug, number=5, body="edited")
    await here.does("message.delete", room=long_room.slug, number=6)
    await here.does("reaction.add", room=long_room.slug, number=7, emoji="🎉")
    await here.posts("new")
    page = await away.opens(long_room.slug, since=since)
    assert [(m["number"], m["revision"]) for m in page["messages"]] == [
        (5, 131),
        (6, 132),
        (7, 133),
        (131, 134),
    ]
    assert page["reset"] is False
    assert (await away.opens(long_room.slug, since=134))["messages"] == []


async def test_a_since_that_cannot_be_replayed_gets_a_fresh_page(
    connect: Connect, bob: User, long_room: Room
) -> None:
    client = await connect(bob)
    ahead = await client.opens(long_room.slug, since=9999)
    assert ahead["reset"] is True
    assert numbers(ahead)[-1] == 130


async def test_nothing_falls_between_the_page_and_the_events(
    connect: Connect, alice: User, bob: User, room: Room
) -> None:
    """Open the room over and over while another person posts: page and events together are
    gapless."""
    reader, writer = await connect(alice), await connect(bob, room=room)
    for round_ in range(20):
        posted = [writer.posts(f"{round_}.{index}") for index in range(5)]
        page, *_ = await asyncio.gather(reader.opens(room.slug, limit=100), *posted)
        events = await reader.has_seen("message.posted")
        seen = numbers(page) + [event["message"]["number"] for event in events]
        assert seen == list(range(1, len(seen) + 1))
        assert len(seen) == (round_ + 1) * 5
        assert [event["revision"] for event in events] == list(
            range(page["revision"] + 1, (round_ + 1) * 5 + 1)
        )
        reader.events.clear()
        await reader.does("room.close", room=room.slug)


async def test_an_unknown_room_and_a_private_one_are_the_same_refusal(
    connect: Connect, charlie: User, bob: User, private_room: Room
) -> None:
    outsider, member = await connect(charlie), await connect(bob)
    await member.opens(private_room.slug)
    for slug in (private_room.slug, "never-heard-of"):
        replies: list[Json] = [
            await outsider.asks("room.open", room=slug),
            await outsider.asks("history", room=slug, before=5),
            await outsider.asks("room.join", room=slug),
            await outsider.asks("room.read", room=slug, number=1),
            await outsider.asks("message.post", room=slug, body="x", nonce=uuid.uuid4().hex),
            await outsider.asks("message.delete", room=slug, number=1),
        ]
        assert {reply["code"] for reply in replies} == {"not_found"}
        assert {reply["detail"] for reply in replies} == {"There is no such room."}
