"""The inbox: what concerns somebody, and what of it they have read."""

from collections.abc import Callable

import pytest
from asgiref.sync import sync_to_async
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from rooms.models import InboxItem, Membership, Room, User
from rooms.queries import inbox
from rooms.queries.inbox import Item
from rooms.storage.sql import straight
from tests.factories import make_room, post, post_many
from tests.integration.conftest import Connect

pytestmark = pytest.mark.usefixtures("no_limits")

Concern = Callable[..., list[str]]


@pytest.fixture
def concern(transactional_db: None) -> Concern:
    """`concern(room, alice, bob, ["hi", "ho"])`: messages by Alice in which Bob is named. Returns
    the ids of the items."""

    def concern(
        room: Room, author: User, reader: User, bodies: list[str], reason: str = "mention"
    ) -> list[str]:
        first = room.last_number + 1
        post_many(room, author, bodies)
        room.refresh_from_db()
        numbers = range(first, first + len(bodies))
        with straight() as cursor:
            now = timezone.now()
            inbox.record(cursor, [Item(reader.pk, room.pk, n, reason, now) for n in numbers])
        mine = InboxItem.objects.filter(user=reader, room=room, number__in=numbers)
        return [str(pk) for pk in mine.order_by("pk").values_list("pk", flat=True)]

    return concern


async def test_the_inbox_shows_what_messages_say_now_newest_first(
    connect: Connect, alice: User, bob: User, room: Room, concern: Concern
) -> None:
    ids = await sync_to_async(concern)(room, alice, bob, ["*one*", "two", "three"])
    reader, writer = await connect(bob), await connect(alice)
    await writer.does("message.edit", room=room.slug, number=1, body="**won**")
    page = await reader.does("inbox", limit=2)
    assert [item["id"] for item in page["items"]] == [ids[2], ids[1]]
    assert (page["has_before"], page["unread"]) == (True, 3)
    rest = await reader.does("inbox", limit=2, before=ids[1])
    assert (rest["has_before"], rest["unread"]) == (False, 3)
    (item,) = rest["items"]
    created_at = item.pop("created_at")
    assert created_at.endswith("Z")
    assert item == {
        "id": ids[0],
        "room": room.slug,
        "number": 1,
        "reason": "mention",
        "author": {"id": alice.pk, "username": "alice", "name": "Alice Adams", "avatar": None},
        "excerpt": "won",
        "read": False,
    }
    assert reader.welcome["inbox"] == {"unread": 3}


def test_the_unread_rooms_call_people_what_they_are_called_now(
    as_bob: Client, alice: User, bob: User, room: Room
) -> None:
    post(room, alice, "@bob and `@bob`")
    page = as_bob.get(reverse("unread")).content.decode()
    assert f'data-person="{bob.pk}">@Bob</a> and <code>@bob</code>' in page


async def test_items_are_marked_as_read_without_moving_a_cursor(
    connect: Connect, alice: User, bob: User, room: Room, concern: Concern
) -> None:
    ids = await sync_to_async(concern)(room, alice, bob, ["one", "two", "three"])
    here, there = await connect(bob), await connect(bob)
    assert (await here.does("inbox.read", ids=[ids[0], "999999"]))["unread"] == 2
    assert (await there.sees("notification.withdrawn"))["id"] == ids[0]
    assert (await there.sees("inbox.changed"))["unread"] == 2
    page = await there.does("inbox", unread=True)
    assert [item["id"] for item in page["items"]] == [ids[2], ids[1]]
    assert [item["read"] for item in (await there.does("inbox"))["items"]] == [False, False, True]
    assert (await here.does("inbox.read", all=True))["unread"] == 0
    assert (await there.sees("inbox.changed", unread=0))["unread"] == 0
    assert (await here.does("room.read", room=room.slug, number=0))["unread"] == 3
    assert await here.is_refused("inbox.read") == "invalid"
    assert await here.is_refused("inbox.read", ids=["x"]) == "invalid"
    other = await connect(alice)
    await other.does("inbox.read", ids=ids)
    assert (await other.does("inbox"))["items"] == []


async def test_reading_a_room_reads_its_items_in_every_tab_and_unread_revives_none(
    connect: Connect, alice: User, bob: User, room: Room, concern: Concern
) -> None:
    ids = await sync_to_async(concern)(room, alice, bob, ["one", "two", "three"])
    here, there = await connect(bob), await connect(bob)
    await here.does("room.read", room=room.slug, number=2)
    withdrawn = {(await there.sees("notification.withdrawn"))["id"] for _ in range(2)}
    assert withdrawn == {*ids[:2]}
    assert (await there.sees("inbox.changed"))["unread"] == 1
    await here.does("room.unread", room=room.slug, number=1)
    page = await here.does("inbox")
    assert [item["read"] for item in page["items"]] == [False, True, True]
    assert page["unread"] == 1
    await here.does("rooms.read")
    assert (await there.sees("notification.withdrawn", id=ids[2]))["number"] == 3
    assert (await there.sees("inbox.changed", unread=0))["unread"] == 0
    assert (await connect(bob)).welcome["inbox"] == {"unread": 0}


async def test_only_what_can_be_read_is_shown_or_counted(
    connect: Connect, alice: User, bob: User, charlie: User, room: Room, concern: Concern
) -> None:
    other = await sync_to_async(make_room)("Other", owner=alice, members=[bob, charlie])
    here = await sync_to_async(concern)(room, alice, bob, ["one", "two"])
    there = await sync_to_async(concern)(other, charlie, bob, ["three"])
    reader, writer = await connect(bob), await connect(alice)

    async def shown() -> list[str]:
        page = await reader.does("inbox")
        unread = await reader.does("inbox", unread=True)
        assert page["unread"] == len(unread["items"]) == len(page["items"])
        return [item["id"] for item in page["items"]]

    assert await shown() == [*there, *reversed(here)]
    await writer.does("message.delete", room=room.slug, number=2)
    assert await shown() == [*there, here[0]]
    await reader.does("person.ignore", user="charlie", kind="mute")
    assert await shown() == [here[0]]
    await reader.does("person.unignore", user="charlie")
    await reader.does("room.leave", room=room.slug)
    assert await shown() == there
    await reader.does("room.join", room=room.slug)
    page = await reader.does("inbox")
    assert [item["read"] for item in page["items"]] == [False, True], "joining reads what is there"


async def test_the_level_of_a_room_is_told_to_all_tabs_and_ends_by_itself(
    connect: Connect, alice: User, bob: User, room: Room
) -> None:
    here, there = await connect(bob), await connect(bob)
    (summary,) = here.welcome["rooms"]
    assert summary["notify"] == {"level": "default", "until": None}
    reply = await here.does("room.notify", room=room.slug, level="all")
    assert reply["notify"] == {"level": "all", "until": None}
    told = await there.sees("notify.changed")
    assert (told["room"], told["notify"]) == (room.slug, reply["notify"])
    until = "2050-01-01T12:00:00+02:00"
    reply = await here.does("room.notify", room=room.slug, level="nothing", until=until)
    assert reply["notify"] == {"level": "nothing", "until": "2050-01-01T10:00:00Z"}
    opened = await there.opens(room.slug)
    assert opened["room"]["notify"] == reply["notify"]
    past = timezone.now()
    await Membership.objects.filter(user=bob).aupdate(level_until=past)
    assert (await connect(bob)).welcome["rooms"][0]["notify"] == {"level": "all", "until": None}
    refused = {"room": room.slug, "level": "nothing", "until": "2020-01-01T00:00:00Z"}
    assert await here.is_refused("room.notify", **refused) == "invalid"
    assert await here.is_refused("room.notify", room=room.slug, level="loud") == "invalid"
    assert await here.is_refused("room.notify", room="nowhere", level="all") == "not_found"


async def test_a_room_knows_whether_somebody_wants_every_message(
    connect: Connect, alice: User, bob: User, room: Room
) -> None:
    async def wanted() -> bool:
        return (await Room.objects.aget(pk=room.pk)).wanted

    reader, owner = await connect(bob), await connect(alice)
    assert not await wanted()
    await reader.does("room.notify", room=room.slug, level="all")
    assert await wanted()
    later = "2050-01-01T00:00:00Z"
    await reader.does("room.notify", room=room.slug, level="nothing", until=later)
    assert await wanted(), "it will be `all` again"
    await reader.does("room.notify", room=room.slug, level="mentions")
    assert not await wanted()
    await reader.does("room.notify", room=room.slug, level="all")
    await owner.does("room.notify", room=room.slug, level="all")
    await reader.does("room.leave", room=room.slug)
    assert await wanted()
    await owner.does("room.notify", room=room.slug, level="default")
    assert not await wanted()


async def test_keywords_are_kept_once_each_and_told_to_all_tabs(
    connect: Connect, bob: User, room: Room
) -> None:
    here, there = await connect(bob), await connect(bob)
    words = ["  Launch  day ", "launch DAY", "部署", "C++"]
    reply = await here.does("keywords.set", keywords=words)
    assert reply["keywords"] == ["Launch day", "部署", "C++"]
    assert (await there.sees("keywords.changed"))["keywords"] == reply["keywords"]
    for bad in ([" "], ["..."], ["x" * 51], ["x"] * 51):
        assert await here.is_refused("keywords.set", keywords=bad) == "invalid"
    assert (await here.does("keywords.set", keywords=[]))["keywords"] == []
