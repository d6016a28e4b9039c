"""Muting and blocking people for oneself."""

from asgiref.sync import sync_to_async

from rooms.models import Room, User
from tests.factories import add_member
from tests.integration.conftest import Connect


async def test_ignoring_someone_is_told_to_all_of_a_person_s_tabs_and_nobody_else(
    connect: Connect, alice: User, bob: User, charlie: User, room: Room
) -> None:
    one, two, other = await connect(bob), await connect(bob), await connect(alice)
    reply = await one.does("person.ignore", user="alice", kind="mute")
    assert reply["ignored"] == {"muted": [alice.pk], "blocked": []}
    assert (await two.sees("ignored.changed"))["ignored"] == reply["ignored"]
    await one.does("person.ignore", user="charlie", kind="block")
    reply = await one.does("person.ignore", user="alice", kind="block")
    assert reply["ignored"] == {"muted": [], "blocked": [alice.pk, charlie.pk]}
    welcome = (await connect(bob)).welcome
    assert welcome["ignored"] == reply["ignored"]
    reply = await one.does("person.unignore", user="alice")
    assert reply["ignored"] == {"muted": [], "blocked": [charlie.pk]}
    await other.does("ping")
    assert not await other.has_seen("ignored.changed")
    assert await one.is_refused("person.ignore", user="bob", kind="mute") == "invalid"
    assert await one.is_refused("person.ignore", user="nobody", kind="mute") == "not_found"


async def test_what_an_ignored_person_wrote_is_withdrawn_in_all_tabs(
    connect: Connect, alice: User, bob: User, charlie: User, room: Room
) -> None:
    await sync_to_async(add_member)(room, charlie)
    one, two = await connect(bob), await connect(bob)
    for number, author in enumerate([alice, charlie], start=1):
        await (await connect(author)).posts("@bob", room=room.slug)
        for tab in (one, two):
            await tab.sees("notification", number=number)
    await one.does("person.ignore", user="alice", kind="mute")
    for tab in (one, two):
        assert (await tab.sees("notification.withdrawn"))["number"] == 1
        await tab.sees("inbox.changed", unread=1)
        await tab.does("ping")
        assert not await tab.has_seen("notification.withdrawn"), "Charlie's stays"
    await one.does("person.ignore", user="alice", kind="block")
    await one.does("person.unignore", user="alice")
    await two.sees("inbox.changed", unread=2)
    assert not await two.has_seen("notification.withdrawn"), "once is enough"


async def test_a_blocked_person_neither_opens_a_direct_room_nor_writes_in_one(
    connect: Connect, alice: User, bob: User, charlie: User, room: Room
) -> None:
    one, other = await connect(bob), await connect(alice)
    slug = (await other.does("room.direct", people=["bob"]))["room"]["slug"]
    message = {"room": slug, "nonce": "12345678", "body": "x"}
    await other.does("message.post", **message)
    await one.does("person.ignore", user="alice", kind="block")
    refused = {**message, "nonce": "87654321"}
    assert await other.is_refused("message.post", **refused) == "forbidden"
    await one.does("message.post", **refused)
    await one.does("person.ignore", user="charlie", kind="block")
    third = await connect(charlie)
    assert await third.is_refused("room.direct", people=["bob"]) == "forbidden"
    assert await third.is_refused("room.direct", people=["alice", "bob"]) == "forbidden"
    await one.does("person.unignore", user="alice")
    await other.does("message.post", **refused)


async def test_a_blocked_person_cannot_speak_through_edits_or_reactions(
    connect: Connect, alice: User, bob: User
) -> None:
    one, other = await connect(bob), await connect(alice)
    slug = (await other.does("room.direct", people=["bob"]))["room"]["slug"]
    await other.does("message.post", room=slug, nonce="12345678", body="x")
    message = {"room": slug, "number": 1}
    await other.does("reaction.add", **message, emoji="👋")
    await one.does("person.ignore", user="alice", kind="block")
    assert await other.is_refused("message.edit", **message, body="Answer me!") == "forbidden"
    assert await other.is_refused("reaction.add", **message, emoji="🖕") == "forbidden"
    await one.does("reaction.add", **message, emoji="👍")
    # Removing a reaction or a message is not speaking.
    await other.does("reaction.remove", **message, emoji="👋")
    await other.does("message.delete", **message)
