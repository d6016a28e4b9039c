"""Holes too large to be told event by event are announced, and clients ask for the rest."""

import pytest
from asgiref.sync import sync_to_async
from django.db import transaction

from rooms.actions.site import polling
from rooms.broadcast import room_group
from rooms.fanout.envelopes import Position
from rooms.models import Message, Room, User
from rooms.protocol import limits
from rooms.text import markup
from tests.factories import post_many
from tests.integration.conftest import Connect

pytestmark = [pytest.mark.usefixtures("no_limits"), pytest.mark.thorough]
MANY = limits.MAX_REPLAY + 1


@transaction.atomic
def write_behind(room: Room, author: User, count: int, *, html: str = "<p>x</p>") -> None:
    """Post as another server would whose events are lost."""
    row = Room.objects.get(pk=room.pk)
    Message.objects.bulk_create(
        Message(
            room=row,
            author=author,
            number=row.last_number + index,
            revision=row.revision + index,
            nonce=f"behind-{row.last_number + index}",
            body="x",
            html=html,
            renderer=markup.RENDERER_VERSION,
        )
        for index in range(1, count + 1)
    )
    row.last_number += count
    row.revision += count
    row.save()


@pytest.mark.parametrize(
    ("count", "html"), [(MANY, "<p>x</p>"), (20, "x" * 60_000)], ids=["many", "large"]
)
async def test_too_large_a_hole_is_told_once_and_must_be_asked_for(
    connect: Connect, alice: User, bob: User, room: Room, count: int, html: str
) -> None:
    reader, watcher = await connect(bob, room=room), await connect(bob)
    since = (await reader.opens())["revision"]
    await sync_to_async(write_behind)(room, alice, count, html=html)
    for client in (reader, watcher):
        await client.sees("room.stale", room=room.slug)
    assert not await reader.has_seen("message.posted")
    assert not await watcher.has_seen("room.activity")
    page = await reader.opens(since=since)
    assert page["reset"]
    assert page["revision"] == since + count
    assert page["messages"][-1]["number"] == count
    known = watcher.welcome["rooms"][0]
    fields = {"number": known["read_number"], "read_revision": known["read_revision"]}
    assert (await watcher.does("room.read", room=room.slug, **fields))["unread"] == count
    # From here on every event arrives.
    author = await connect(alice, room=room)
    await author.posts("And on it goes.")
    assert (await reader.sees("message.posted"))["revision"] == since + count + 1
    await watcher.sees("room.activity", number=count + 1)
    assert not await reader.has_seen("room.stale")


async def test_a_smaller_hole_is_filled_event_by_event(
    connect: Connect, alice: User, bob: User, room: Room
) -> None:
    reader = await connect(bob, room=room)
    await sync_to_async(write_behind)(room, alice, 300)
    for number in (1, 150, 300):
        await reader.sees("message.posted", number=number)
    assert not await reader.has_seen("room.stale")


@pytest.mark.django_db
def test_a_hole_told_event_by_event_fits_a_socket_s_backlog(room: Room, alice: User) -> None:
    group, start = room_group(room.pk), Position(0, 0)
    post_many(room, alice, ["x"] * 3)
    assert [one.revision for one in polling.missed(group, start)] == [1, 2, 3]
    write_behind(room, alice, 12, html="x" * 60_000)
    (only,) = polling.missed(group, start)
    assert (only.jump, only.revision, only.number) == (True, 15, 15)
    assert len(polling.missed(group, Position(10, 10))) == 5


async def test_a_message_may_be_newer_than_the_page_s_revision_and_is_told_again(
    connect: Connect, alice: User, bob: User, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The room's row is read first: anything committed before its messages are read is in both."""
    from rooms.actions.messages import changes, history

    await sync_to_async(post_many)(room, alice, ["one", "two"])
    replay = history._replay

    def slow(found: Room, since: int) -> history.Page | None:
        changes.edit_message(actor=alice, slug=room.slug, number=1, body="edited")
        return replay(found, since)

    reader = await connect(bob)
    monkeypatch.setattr(history, "_replay", slow)
    page = await reader.opens(room.slug, since=1)
    assert page["revision"] == 2
    assert max(message["revision"] for message in page["messages"]) == 3
    event = await reader.sees("message.edited")
    assert (event["revision"], event["message"]["body"]) == (3, "edited")
