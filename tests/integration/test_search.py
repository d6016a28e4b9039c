"""Search: what the command finds, in which order, and how its pages go on. What somebody may not
read is in test_search_rights.py."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from rooms.actions.messages import changes
from rooms.errors import Invalid
from rooms.models import Message, Room, User
from rooms.queries.search import finding, ranking
from rooms.queries.search.places import Place
from tests.chat_client import ChatClient
from tests.factories import (
    add_member,
    make_direct,
    make_picture,
    make_room,
    make_upload,
    post,
    post_many,
)
from tests.integration.conftest import Connect

pytestmark = pytest.mark.usefixtures("no_limits")

posting = sync_to_async(post)
posting_many = sync_to_async(post_many)


async def found(client: ChatClient, query: str, **fields: Any) -> list[tuple[str, int]]:
    """What a query finds: the room and the number of each hit."""
    reply = await client.does("search", query=query, **fields)
    return [(hit["room"], hit["message"]["number"]) for hit in reply["hits"]]


async def numbers(client: ChatClient, query: str, **fields: Any) -> list[int]:
    return [number for _room, number in await found(client, query, **fields)]


async def test_all_words_must_occur_and_what_is_excluded_must_not(
    connect: Connect, alice: User, bob: User, room: Room
) -> None:
    await posting_many(
        room,
        alice,
        [
            "The config of the printer",
            "printer: no paper",
            "The PRINTER needs a new config, urgently",
            "Straße 7",
            "上海是一个大城市",
        ],
    )
    reader = await connect(bob)
    assert await numbers(reader, "fig printer") == [3, 1]
    assert await numbers(reader, "printer -urgent") == [2, 1]
    assert await numbers(reader, '"new config"') == [3]
    assert await numbers(reader, '"needs a') == [3]
    assert await numbers(reader, "STRASSE") == [4]
    assert await numbers(reader, "大城") == [5]
    assert await numbers(reader, "absent") == []
    assert await reader.is_refused("search", query="-printer") == "invalid"
    assert await reader.is_refused("search", query="") == "invalid"
    assert await reader.is_refused("search", query="x" * 301) == "invalid"


async def test_a_hit_is_the_message_as_pages_show_it_with_the_words_in_utf_16(
    connect: Connect, alice: User, bob: User, room: Room
) -> None:
    await posting(room, alice, "😀 Straße, @bob: STRASSE")
    reader = await connect(bob)
    await reader.does("reaction.add", room=room.slug, number=1, emoji="👍")
    reply = await reader.does("search", query="strasse")
    (hit,) = reply["hits"]
    assert {*hit} == {"room", "message", "ranges"}
    assert hit["room"] == room.slug
    (shown,) = (await reader.does("history", room=room.slug, around=1))["messages"]
    assert hit["message"] == shown
    body = shown["body"].encode("utf-16-le")
    words = [body[2 * start : 2 * end].decode("utf-16-le") for start, end in hit["ranges"]]
    assert words == ["Straße", "STRASSE"]
    assert (reply["next"], reply["searched_to"], reply["unknown"]) == (None, None, [])
    assert reply["rooms"] == [{"slug": room.slug, "name": "Lounge", "kind": "public"}]
    assert [person["username"] for person in reply["people"]] == ["bob"]


async def test_a_direct_room_is_named_after_the_others_in_it(
    connect: Connect, alice: User, bob: User
) -> None:
    direct = await sync_to_async(make_direct)(alice, bob)
    await posting(direct, alice, "between us")
    reply = await (await connect(bob)).does("search", query="between")
    assert reply["rooms"] == [{"slug": direct.slug, "name": "Alice Adams", "kind": "direct"}]


async def test_what_looks_like_a_filter_and_is_none_is_a_word_and_says_so(
    connect: Connect, alice: User, bob: User, room: Room
) -> None:
    await posting_many(room, alice, ["topic:tea is on", "the topic is tea"])
    reply = await (await connect(bob)).does("search", query="topic:tea")
    assert [hit["message"]["number"] for hit in reply["hits"]] == [1]
    assert reply["unknown"] == ["topic:tea"]


# -- filters ---------------------------------------------------------------------------------


async def test_filters_by_author_room_and_company(
    connect: Connect, alice: User, bob: User, charlie: User, room: Room
) -> None:
    other = await sync_to_async(make_room)("Other", owner=alice, members=[bob])
    pair = await sync_to_async(make_direct)(bob, alice)
    three = await sync_to_async(make_direct)(bob, alice, charlie)
    for place in (room, other, pair, three):
        await posting(place, alice, "tea from alice")
        await posting(place, bob, "tea from bob")
    reader = await connect(bob)
    everything = await found(reader, "tea")
    assert len(everything) == 8
    by_bob = [hit for hit in everything if hit[1] == 2]
    assert await found(reader, "tea from:bob") == await found(reader, "tea from:@BOB") == by_bob
    assert await found(reader, "tea -from:alice") == by_bob
    assert await found(reader, "tea from:bob from:alice") == everything
    assert await found(reader, "tea from:nobody") == []
    assert await found(reader, f"tea in:{other.slug}") == [(other.slug, 2), (other.slug, 1)]
    assert await found(reader, f"in:{other.slug} in:{room.slug} from:bob") == [
        (other.slug, 2),
        (room.slug, 2),
    ]
    assert {slug for slug, _number in await found(reader, f"tea -in:{other.slug}")} == {
        *(room.slug, pair.slug, three.slug)
    }
    assert {slug for slug, _ in await found(reader, "with:alice")} == {pair.slug, three.slug}
    assert {slug for slug, _ in await found(reader, "with:alice with:charlie")} == {three.slug}
    assert {slug for slug, _ in await found(reader, "tea -with:charlie")} == {
        *(room.slug, other.slug, pair.slug)
    }
    assert await found(reader, "with:nobody") == []


async def test_dates_are_days_of_the_readers_zone(
    connect: Connect, alice: User, bob: User, room: Room
) -> None:
    posted = await posting_many(room, alice, [f"message {index}" for index in range(5)])
    moments = [
        "2026-03-01T22:59:59",
        "2026-03-01T23:00:00",
        "2026-03-02T22:59:59",
        "2026-03-02T23:00:00",
        "2026-03-03T00:30:00",
    ]
    for one, moment in zip(posted, moments, strict=True):
        at = datetime.fromisoformat(moment).replace(tzinfo=UTC)
        await Message.objects.filter(pk=one.pk).aupdate(created_at=at)
    reader = await connect(bob)
    berlin = {"zone": "Europe/Berlin"}
    assert await numbers(reader, "on:2026-03-02", **berlin) == [3, 2]
    assert await numbers(reader, "message before:2026-03-02", **berlin) == [1]
    assert await numbers(reader, "after:2026-03-02", **berlin) == [5, 4]
    assert await numbers(reader, "message -on:2026-03-02", **berlin) == [5, 4, 1]
    assert await numbers(reader, "on:2026-03-02") == [4, 3]
    assert await numbers(reader, "after:2026-03-01 before:2026-03-03") == [4, 3]
    assert await numbers(reader, "before:2026-03-01") == []
    assert await reader.is_refused("search", query="x", zone="Mars/Olympus") == "invalid"


async def test_filters_by_what_a_message_has(
    connect: Connect, alice: User, bob: User, room: Room
) -> None:
    make = sync_to_async(make_upload)
    picture = await sync_to_async(make_picture)(room, alice, "diagram.png", alt="two boxes")
    await posting(room, alice, "", files=[picture])
    await posting(room, alice, "the plan", files=[await make(room, alice, "plan.pdf")])
    await posting(room, alice, "see https://example.com/")
    await posting(room, alice, "run `make`")
    await posting(room, alice, "<a href=&quot; and <code, as text")
    await posting(room, alice, "liked")
    reader = await connect(bob)
    await reader.does("reaction.add", room=room.slug, number=6, emoji="👍")
    assert await numbers(reader, "has:image") == [1]
    assert await numbers(reader, "has:file") == [2, 1]
    assert await numbers(reader, "has:link") == [3]
    assert await numbers(reader, "has:code") == [4]
    assert await numbers(reader, "has:reaction") == [6]
    assert await numbers(reader, "plan has:file") == [2]
    assert await numbers(reader, "plan -has:file") == []
    assert await numbers(reader, "has:poll") == await numbers(reader, "is:pinned") == []
    assert await numbers(reader, "is:bookmarked") == await numbers(reader, "is:thread") == []
    assert await numbers(reader, f"thread:1 in:{room.slug}") == []
    assert await numbers(reader, "liked -is:pinned") == [6]


async def test_names_and_descriptions_of_files_are_found_without_a_range(
    connect: Connect, alice: User, bob: User, room: Room
) -> None:
    picture = await sync_to_async(make_picture)(room, alice, "IMG_17.jpg", alt="Two boxes")
    await posting(room, alice, "the design", files=[picture])
    reader = await connect(bob)
    for query, words in (("boxes", []), ("img_17", []), ("design two", [[4, 10]])):
        (hit,) = (await reader.does("search", query=query))["hits"]
        assert hit["ranges"] == words
        assert hit["message"]["attachments"][0]["alt"] == "Two boxes"
    assert await numbers(reader, '"design img"') == [], "a phrase doesn't go on in a file's name"


async def test_unread_is_what_others_have_written_after_the_cursor(
    connect: Connect, alice: User, bob: User, charlie: User, room: Room
) -> None:
    await sync_to_async(add_member)(room, charlie)
    await posting_many(room, alice, ["tea 1", "tea 2", "tea 3", "tea 4"])
    await posting(room, charlie, "tea 5")
    reader = await connect(bob)
    await reader.does("room.read", room=room.slug, number=2)
    await reader.does("person.ignore", user="charlie", kind="mute")
    await (await connect(alice)).does("message.delete", room=room.slug, number=4)
    assert await numbers(reader, "is:unread") == [3]
    assert await numbers(reader, "tea -is:unread") == [5, 2, 1]
    assert await numbers(reader, "is:mine") == []
    assert await numbers(await connect(charlie), "is:mine") == [5]


# -- order and pages --------------------------------------------------------------------------


async def pages(client: ChatClient, query: str, **fields: Any) -> list[list[tuple[str, int]]]:
    """What the pages of a query show, one after the other."""
    shown: list[list[tuple[str, int]]] = []
    before = None
    while True:
        reply = await client.does("search", query=query, before=before, **fields)
        shown.append([(hit["room"], hit["message"]["number"]) for hit in reply["hits"]])
        before = reply["next"]
        if before is None:
            return shown


@pytest.mark.parametrize("order", ["newest", "best"])
async def test_pages_show_each_hit_once_whatever_is_posted_meanwhile(
    connect: Connect, alice: User, bob: User, room: Room, order: str
) -> None:
    other = await sync_to_async(make_room)("Other", owner=alice, members=[bob])
    for index in range(6):
        await posting_many(room, alice, [f"tea {index}", f"coffee {index}", f"steam {index}"])
        await posting(other, alice, f"tea {index}")
    reader = await connect(bob)
    (whole,) = await pages(reader, "tea", order=order)
    assert len(whole) == 18
    first = await reader.does("search", query="tea", order=order, limit=4)
    await posting(room, alice, "tea, fresh")
    rest = await reader.does("search", query="tea", order=order, limit=50, before=first["next"])
    shown = [(hit["room"], hit["message"]["number"]) for hit in [*first["hits"], *rest["hits"]]]
    assert shown == whole
    assert rest["next"] is None
    assert [*map(len, await pages(reader, "tea", order=order, limit=5))] == [5, 5, 5, 4]
    dated = await pages(reader, "tea after:2020-01-01", order=order)
    assert [*map(len, dated)] == [19]
    assert await reader.is_refused("search", query="tea", before="17") == "invalid"
    assert await reader.is_refused("search", query="tea", limit=51) == "invalid"


async def test_the_best_hits_have_whole_words_side_by_side_and_are_newer(
    connect: Connect, alice: User, bob: User, room: Room
) -> None:
    bodies = [
        "green tea",  # whole words, side by side
        "green leaves for tea",
        "evergreen steam",
        "greenish teapot",
        "green tea, long ago",
    ]
    posted = await posting_many(room, alice, bodies)
    long_ago = timezone.now() - timedelta(days=200)
    await Message.objects.filter(pk=posted[4].pk).aupdate(created_at=long_ago)
    reader = await connect(bob)
    assert await numbers(reader, "green tea", order="best") == [1, 2, 4, 5, 3]
    assert await numbers(reader, "green tea") == [5, 4, 3, 2, 1]


async def test_what_is_older_than_the_hits_that_are_ranked_follows_them(
    connect: Connect, alice: User, bob: User, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    await posting_many(room, alice, ["steam 1", "tea 2", "tea 3", "steam 4", "tea 5", "steam 6"])
    monkeypatch.setattr(ranking, "MOST", 3)
    shown = await pages(await connect(bob), "tea", order="best", limit=2)
    assert [number for page in shown for _room, number in page] == [5, 6, 4, 3, 2, 1]


async def test_a_place_tells_nothing_of_how_much_is_written_elsewhere(
    connect: Connect, alice: User, bob: User, room: Room
) -> None:
    await posting_many(room, alice, ["tea"] * 3)
    reply = await (await connect(bob)).does("search", query="tea", limit=1)
    newest = await Message.objects.alatest("pk")
    assert str(newest.pk) not in reply["next"]
    assert Place.opened(reply["next"]).below == newest.pk
    with pytest.raises(Invalid):
        Place.opened(reply["next"][:-2] + "AA")


# -- what changes -----------------------------------------------------------------------------


async def test_a_message_is_found_at_once_by_what_it_says_now(
    connect: Connect, alice: User, bob: User, room: Room
) -> None:
    reader, writer = await connect(bob), await connect(alice, room=room)
    await writer.posts("the first draught")
    assert await numbers(reader, "draught") == [1]
    await writer.does("message.edit", room=room.slug, number=1, body="the final version")
    assert await numbers(reader, "draught") == []
    assert await numbers(reader, "final") == [1]
    await writer.does("message.delete", room=room.slug, number=1)
    assert await numbers(reader, "final") == []
    assert await numbers(writer, "final") == []
    gone = await Message.objects.aget(room=room, number=1)
    await sync_to_async(changes.restore_messages)(actor=alice, messages=[gone])
    assert await numbers(reader, "final") == [1]


async def test_a_search_that_takes_too_long_says_how_far_it_came_and_goes_on(
    connect: Connect, alice: User, bob: User, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    await posting_many(room, alice, ["needle", *["straw"] * 300])
    monkeypatch.setattr(finding, "SECONDS", 0.0)
    reader = await connect(bob)
    first = await reader.does("search", query="needle")
    assert first["hits"] == []
    searched_to = datetime.fromisoformat(first["searched_to"])
    assert abs(searched_to - timezone.now()) < timedelta(minutes=2)
    shown = await pages(reader, "needle")
    assert [hit for page in shown for hit in page] == [(room.slug, 1)]
    assert 2 <= len(shown) < 20
