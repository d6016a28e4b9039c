"""Reactions by many people with many emoji: counts stay exact, names are bounded, and cost doesn't
grow."""

from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.apps import apps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from rooms.actions.messages import history
from rooms.actions.messages.reactions import clear_reactions
from rooms.models import Message, Reaction, Room, User
from rooms.protocol import codec, limits
from rooms.queries import tallies
from tests.chat_client import Json
from tests.factories import make_user, post, post_many
from tests.integration.conftest import Connect

pytestmark = [pytest.mark.usefixtures("no_limits"), pytest.mark.thorough]
EMOJI = [chr(0x1F600 + index) for index in range(20)]


def make_crowd(count: int) -> list[User]:
    return User.objects.bulk_create(
        User(username=f"crowd{index:05}", display_name=f"Somebody of the crowd {index:05}")
        for index in range(count)
    )


def react_all(messages: list[Message], crowd: list[User], emoji: list[str]) -> None:
    Reaction.objects.bulk_create(
        (
            Reaction(message=message, user=user, emoji=one)
            for message in messages
            for one in emoji
            for user in crowd
        ),
        batch_size=500,
    )


def names(reaction: Json) -> list[str]:
    return [user["name"] for user in reaction["users"]]


@pytest.fixture
def crowded(room: Room, bob: User, transactional_db: None) -> Room:
    """Three messages, each with 330 people and 20 emoji."""
    react_all(post_many(room, bob, ["one", "two", "three"]), make_crowd(330), EMOJI)
    return room


async def test_a_page_has_the_counts_and_twenty_names(
    connect: Connect, bob: User, crowded: Room
) -> None:
    client = await connect(bob)
    page = await client.opens(crowded.slug)
    assert [message["number"] for message in page["messages"]] == [1, 2, 3]
    for message in page["messages"]:
        reactions = message["reactions"]
        assert [one["emoji"] for one in reactions] == EMOJI
        assert {one["count"] for one in reactions} == {330}
        assert {len(one["users"]) for one in reactions} == {limits.MAX_NAMED}
        assert names(reactions[0])[0] == "Somebody of the crowd 00000"


async def test_each_reader_s_own_reactions_come_first(
    connect: Connect, bob: User, crowded: Room
) -> None:
    """Even for the last to react, and on the page that everyone else has just been sent."""
    late = await sync_to_async(make_user)("zoe")
    message = await Message.objects.aget(room=crowded, number=2)
    await Reaction.objects.acreate(message=message, user=late, emoji=EMOJI[3])
    other, mine = await connect(bob), await connect(late)
    shown: dict[str, list[Json]] = {}
    for who, client in (("bob", other), ("zoe", mine)):
        page = await client.opens(crowded.slug)
        whole = await client.does("history", room=crowded.slug, after=0)
        assert whole["messages"] == page["messages"]
        shown[who] = page["messages"][1]["reactions"]
    assert "zoe" not in names(shown["bob"][3])
    assert names(shown["zoe"][3])[0] == "zoe"
    assert len(shown["zoe"][3]["users"]) == limits.MAX_NAMED
    assert shown["zoe"][2] == shown["bob"][2]


async def test_replies_have_the_asker_first_and_events_say_who_did_what(
    connect: Connect, alice: User, bob: User, crowded: Room
) -> None:
    one, two = await connect(alice, room=crowded), await connect(bob, room=crowded)
    reply = await one.does("reaction.add", room=crowded.slug, number=1, emoji=EMOJI[0])
    first = reply["message"]["reactions"][0]
    assert (first["count"], names(first)[0]) == (331, "Alice Adams")
    event = await two.sees("message.reacted")
    assert (event["actor"]["username"], event["emoji"], event["added"]) == ("alice", EMOJI[0], True)
    told = event["message"]["reactions"][0]
    assert told["count"] == 331
    assert len(told["users"]) == limits.MAX_NAMED
    reply = await one.does("reaction.remove", room=crowded.slug, number=1, emoji=EMOJI[0])
    assert reply["message"]["reactions"][0]["count"] == 330
    event = await two.sees("message.reacted")
    assert (event["actor"]["id"], event["added"]) == (alice.pk, False)


async def test_the_reply_to_an_edit_has_the_author_s_own_reactions(
    connect: Connect, bob: User, crowded: Room
) -> None:
    message = await Message.objects.aget(room=crowded, number=1)
    await Reaction.objects.acreate(message=message, user=bob, emoji=EMOJI[5])
    client = await connect(bob)
    reply = await client.does("message.edit", room=crowded.slug, number=1, body="better")
    assert names(reply["message"]["reactions"][5])[0] == "Bob"
    again = await client.does(
        "message.post", room=crowded.slug, nonce=message.nonce, body="whatever it was"
    )
    assert names(again["message"]["reactions"][5])[0] == "Bob"


async def test_a_reaction_removed_by_a_moderator_is_not_reported_as_theirs(
    connect: Connect, alice: User, bob: User, crowded: Room
) -> None:
    client = await connect(bob, room=crowded)
    reaction = (
        await Reaction.objects.select_related("message__room", "user")
        .filter(message__number=1)
        .afirst()
    )
    assert reaction is not None
    await sync_to_async(clear_reactions)(actor=alice, reactions=[reaction])
    event = await client.sees("message.reacted")
    assert (event["actor"]["id"], event["added"]) == (reaction.user_id, False)


async def test_everyone_who_reacted_can_be_listed(
    connect: Connect, bob: User, crowded: Room
) -> None:
    client = await connect(bob)
    asked: Json = {"room": crowded.slug, "number": 1, "emoji": EMOJI[7]}
    everybody: list[str] = []
    after: str | None = None
    pages_read = 0
    while pages_read == 0 or after is not None:
        page = await client.does("reactions", **asked, after=after)
        everybody += [user["username"] for user in page["users"]]
        after = page["next"]
        pages_read += 1
    assert everybody == [f"crowd{index:05}" for index in range(330)]
    assert pages_read == 4
    nobody = await client.does("reactions", room=crowded.slug, number=1, emoji="🎉")
    assert (nobody["users"], nobody["next"]) == ([], None)
    for wrong in ("x", "-1", "1e3", "9" * 64):
        assert await client.is_refused("reactions", **asked, after=wrong) == "invalid"
    assert await client.is_refused("reactions", **{**asked, "number": 99}) == "not_found"


async def test_nobody_is_named_for_a_deleted_message(
    connect: Connect, bob: User, crowded: Room
) -> None:
    client = await connect(bob)
    await client.does("message.delete", room=crowded.slug, number=1)
    page = await client.does("reactions", room=crowded.slug, number=1, emoji=EMOJI[0])
    assert (page["users"], page["next"]) == ([], None)


@pytest.mark.django_db
def test_one_more_reaction_costs_the_same_however_many_there_are(
    alice: User, bob: User, room: Room
) -> None:
    """The rows read and the size of events are the same with 3,000 people as with 300."""
    message = post(room, bob)
    crowd = make_crowd(3000)
    read = []
    for part in (crowd[:300], crowd[300:]):
        react_all([message], part, EMOJI[:2])
        fresh = Message.objects.whole().get(pk=message.pk)
        with CaptureQueriesContext(connection) as queries:
            found = tallies.of(fresh)
        assert [len(one.people) for one in found] == [limits.MAX_NAMED] * 2
        named = [query["sql"] for query in queries if "display_name" in query["sql"]]
        assert all("LIMIT" in sql for sql in named)
        read.append(len(queries))
    assert read[0] == read[1]


@pytest.mark.django_db
def test_a_page_without_reactions_takes_one_query(bob: User, room: Room) -> None:
    rows = post_many(room, bob, [f"m{number}" for number in range(50)])
    with CaptureQueriesContext(connection) as queries:
        tallies.load(rows)
    assert len(queries) == 1


@pytest.mark.parametrize("place", [{}, {"around": 2}, {"since": 2}])
@pytest.mark.django_db
def test_a_page_is_never_empty_because_of_one_message(
    bob: User, room: Room, place: dict[str, Any]
) -> None:
    post_many(room, bob, ["one", "two", "three"])
    Message.objects.filter(room=room, number__gte=2).update(html="x" * 600_000)
    opened = history.open_room(actor=bob, slug=room.slug, **place)
    sizes = [len(bytes(message)) for message in opened.page.messages]
    assert sizes
    assert sum(sizes) < 1024 * 1024
    page = history.history(actor=bob, slug=room.slug, side="after", place=1, limit=50)
    assert len(page.messages) == 1
    assert page.has_after


@pytest.mark.django_db
def test_no_frame_of_a_message_is_larger_than_a_megabyte(bob: User, room: Room) -> None:
    """The longest text in the longest markup, with twenty emoji by twenty people with long
    names."""
    from rooms import serializers
    from rooms.text import markup

    crowd = make_crowd(25)
    User.objects.filter(pk__in=[user.pk for user in crowd]).update(display_name="𒀀" * 50)
    message = post(room, bob, "\u001f" * 10 + '"' * 7900)
    Message.objects.filter(pk=message.pk).update(html="𒀀" * markup.MAX_HTML)
    react_all([message], crowd, EMOJI)
    fresh = Message.objects.whole().get(pk=message.pk)
    event = serializers.reacted(room.slug, fresh, crowd[0], EMOJI[0], added=True)
    assert 300_000 < len(codec.encode(event)) < 1024 * 1024


@pytest.mark.django_db
def test_the_admin_names_a_few_as_well(as_maud: Client, bob: User, room: Room) -> None:
    message = post(room, bob)
    react_all([message], make_crowd(50), ["🎉"])
    page = as_maud.get(f"/admin/rooms/message/{message.pk}/change/").text
    assert "🎉 50:" in page
    assert "crowd 00019, …" in page


async def test_all_forms_of_an_emoji_are_one_reaction(
    connect: Connect, alice: User, bob: User, room: Room
) -> None:
    one, two = await connect(alice, room=room), await connect(bob, room=room)
    await two.posts("Look!")
    for client, emoji in ((one, "👍"), (two, "👍\ufe0f"), (one, "❤"), (two, "❤\ufe0f")):
        reply = await client.does("reaction.add", room=room.slug, number=1, emoji=emoji)
    found = [(reaction["emoji"], reaction["count"]) for reaction in reply["message"]["reactions"]]
    assert found == [("👍", 2), ("❤\ufe0f", 2)]
    reply = await two.does("reaction.remove", room=room.slug, number=1, emoji="👍\ufe0f\ufe0f")
    assert reply["message"]["reactions"][0]["count"] == 2, (
        "it is not an emoji, and nobody has reacted with it there"
    )
    reply = await two.does("reaction.remove", room=room.slug, number=1, emoji="👍\ufe0f")
    assert reply["message"]["reactions"][0]["count"] == 1


async def test_a_stored_emoji_that_is_no_longer_valid_can_be_removed(
    connect: Connect, bob: User, room: Room
) -> None:
    client = await connect(bob, room=room)
    await client.posts("Look!")
    message = await Message.objects.aget(room=room, number=1)
    await Reaction.objects.acreate(message=message, user=bob, emoji="^_^")
    reply = await client.does("reaction.remove", room=room.slug, number=1, emoji="^_^")
    assert reply["message"]["reactions"] == []
    assert await client.is_refused("reaction.add", room=room.slug, number=1, emoji="^_^") == (
        "invalid"
    )


@pytest.mark.django_db
def test_reactions_stored_in_several_forms_are_merged(alice: User, bob: User, room: Room) -> None:
    message = post(room, bob)
    for user, emoji in [
        (alice, "👍"), (alice, "👍\ufe0f"), (bob, "👍\ufe0f"),
        (alice, "❤"), (bob, "❤\ufe0e"), (bob, "❤"), (alice, "^_^"),
    ]:  # fmt: skip
        Reaction.objects.create(message=message, user=user, emoji=emoji)
    migration = import_module("rooms.migrations.0016_one_emoji")
    migration.merge_forms(apps, SimpleNamespace(connection=connection))
    kept = Reaction.objects.filter(message=message).values_list("user__username", "emoji")
    assert sorted(kept) == [
        ("alice", "^_^"), ("alice", "❤\ufe0f"), ("alice", "👍"), ("bob", "❤\ufe0f"), ("bob", "👍"),
    ]  # fmt: skip
