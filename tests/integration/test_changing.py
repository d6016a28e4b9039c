"""Edits, deletions, restorations and reactions: the whole new state reaches everyone, in revision
order."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from rooms.actions.messages.changes import delete_messages, restore_messages
from rooms.models import AuditEntry, Message, Room, User
from rooms.storage.threads import in_db_thread
from tests.factories import make_room, post
from tests.integration.conftest import Connect


async def test_an_edit_reaches_everybody(
    connect: Connect, alice: User, bob: User, room: Room
) -> None:
    author, reader = await connect(bob, room=room), await connect(alice, room=room)
    await author.posts("frist")
    edited = (await author.does("message.edit", room=room.slug, number=1, body="first"))["message"]
    event = await reader.sees("message.edited", number=1)
    assert event["message"] == edited
    assert (edited["body"], edited["revision"]) == ("first", 2)
    assert edited["edited_at"] is not None
    assert event["revision"] == 2


async def test_an_edit_that_changes_nothing_takes_no_revision(
    connect: Connect, bob: User, room: Room
) -> None:
    author = await connect(bob, room=room)
    await author.posts("same")
    reply = await author.does("message.edit", room=room.slug, number=1, body="same")
    assert reply["message"]["revision"] == 1


async def test_nobody_can_edit_another_person_s_message(
    connect: Connect, alice: User, bob: User, room: Room
) -> None:
    author, owner = await connect(bob, room=room), await connect(alice, room=room)
    await author.posts("my words")
    refusal = await owner.is_refused("message.edit", room=room.slug, number=1, body="yours")
    assert refusal == "forbidden"
    assert (await Message.objects.aget(room=room)).body == "my words"


async def test_a_deletion_leaves_a_tombstone_without_content(
    connect: Connect, alice: User, bob: User, room: Room
) -> None:
    author, reader = await connect(bob, room=room), await connect(alice, room=room)
    await author.posts("regretted")
    tombstone = (await author.does("message.delete", room=room.slug, number=1))["message"]
    assert tombstone["deleted"] is True
    assert not {"body", "html", "attachments"} & tombstone.keys()
    assert (await reader.sees("message.deleted", number=1))["message"] == tombstone
    again = (await author.does("message.delete", room=room.slug, number=1))["message"]
    assert again["revision"] == tombstone["revision"], "deleting twice changes nothing more"
    for command in ("message.edit", "reaction.add"):
        fields = {"body": "back"} if command == "message.edit" else {"emoji": "👍"}
        refusal = await author.is_refused(command, room=room.slug, number=1, **fields)
        assert refusal == "forbidden"


async def test_a_member_cannot_delete_another_s_message_but_the_owner_can(
    connect: Connect, alice: User, bob: User, room: Room
) -> None:
    member, owner = await connect(bob, room=room), await connect(alice, room=room)
    await owner.posts("the owner's")
    await member.posts("the member's")
    assert await member.is_refused("message.delete", room=room.slug, number=1) == "forbidden"
    wrong = {"room": room.slug, "number": 2, "reason": "x" * 251}
    assert await owner.is_refused("message.delete", **wrong) == "invalid"
    await owner.does("message.delete", room=room.slug, number=2, reason="Off topic.")
    await member.sees("message.deleted", number=2)
    entry = await AuditEntry.objects.aget(action="message.deleted")
    assert (entry.actor_id, entry.user_id, entry.detail) == (alice.pk, bob.pk, "Off topic.")


async def test_a_moderator_s_deletion_and_restoration_reach_open_rooms(
    connect: Connect, bob: User, staff: User, room: Room
) -> None:
    author = await connect(bob, room=room)
    await author.posts("borderline")
    rows = [await Message.objects.select_related("room").aget(room=room)]
    assert await in_db_thread(delete_messages)(actor=staff, messages=rows, reason="rules") == 1
    await author.sees("message.deleted", number=1)
    assert await in_db_thread(delete_messages)(actor=staff, messages=rows) == 0
    assert await in_db_thread(restore_messages)(actor=staff, messages=rows) == 1
    restored = await author.sees("message.edited", number=1)
    assert restored["message"]["body"] == "borderline"
    assert restored["revision"] == 3


def test_a_moderator_s_bulk_action_locks_rooms_in_one_order(alice: User, staff: User) -> None:
    """In the order of their ids, as posting does, so that neither holds what the other waits
    for."""
    older, newer = (make_room(name, owner=alice) for name in ("Zebra", "Aardvark"))
    rows = [post(newer, alice), post(older, alice)]
    with CaptureQueriesContext(connection) as queries:
        assert delete_messages(actor=staff, messages=rows) == 2
    (locked,) = (one["sql"] for one in queries if '"slug" IN' in one["sql"])  # once
    assert all(room.slug in locked for room in (older, newer)), locked


async def test_reactions_are_counted_by_person(
    connect: Connect, alice: User, bob: User, room: Room
) -> None:
    one, two = await connect(bob, room=room), await connect(alice, room=room)
    await one.posts("news")
    for client in (one, two, two):
        await client.does("reaction.add", room=room.slug, number=1, emoji="🎉")
    reply = await one.does("reaction.add", room=room.slug, number=1, emoji="👍🏽")
    party, thumb = reply["message"]["reactions"]
    assert (party["emoji"], party["count"]) == ("🎉", 2)
    assert [user["name"] for user in party["users"]] == ["Bob", "Alice Adams"]
    assert (thumb["emoji"], thumb["count"]) == ("👍🏽", 1)
    assert reply["message"]["revision"] == 4, "the same reaction twice is no change"
    await two.does("reaction.remove", room=room.slug, number=1, emoji="🎉")
    event = await one.sees("message.reacted", revision=5)
    assert event["message"]["reactions"][0]["count"] == 1


@pytest.mark.parametrize("emoji", ["a", "<b>", " ", "👍\n", "\u202e👍", "ok👍", "1"])
async def test_a_reaction_must_be_an_emoji(
    connect: Connect, bob: User, room: Room, emoji: str
) -> None:
    client = await connect(bob, room=room)
    await client.posts("news")
    refusal = await client.is_refused("reaction.add", room=room.slug, number=1, emoji=emoji)
    assert refusal == "invalid"


async def test_the_number_of_different_reactions_to_a_message_is_limited(
    connect: Connect, bob: User, room: Room
) -> None:
    client = await connect(bob, room=room)
    await client.posts("news")
    for code in range(20):
        await client.does("reaction.add", room=room.slug, number=1, emoji=chr(0x1F600 + code))
    refusal = await client.is_refused("reaction.add", room=room.slug, number=1, emoji="🎉")
    assert refusal == "conflict"


async def test_a_message_with_an_unknown_number_cannot_be_changed(
    connect: Connect, bob: User, room: Room
) -> None:
    client = await connect(bob, room=room)
    for command, fields in [
        ("message.edit", {"body": "x"}),
        ("message.delete", {}),
        ("reaction.add", {"emoji": "🎉"}),
    ]:
        refusal = await client.is_refused(command, room=room.slug, number=7, **fields)
        assert refusal == "not_found"
