"""Presence and typing: correct within a second, never stored, and bounded in a crowd."""

import pytest

from rooms import serializers
from rooms.models import Room, User
from rooms.protocol import codec, limits
from rooms.protocol.shapes import Person
from rooms.realtime import presence
from tests.integration.conftest import Connect

CROWD = [
    Person(number, f"somebody-{number:021}", "𒀀" * 50, f"/media/avatars/{'x' * 60}.webp")
    for number in range(5500)
]


async def test_opening_and_leaving_a_room_is_told(
    connect: Connect, alice: User, bob: User, room: Room
) -> None:
    here = await connect(alice, room=room)
    there = await connect(bob)
    page = await there.opens(room.slug)
    assert [one["name"] for one in page["online"]] == ["Alice Adams", "Bob"]
    joined = await here.sees("presence.changed", online=2)
    assert "bob" in [one["username"] for one in joined["joined"]]
    await there.leaves()
    # Her own arrival sent one, too.
    left = await here.sees("presence.changed", online=1, joined=[])
    assert [one["username"] for one in left["left"]] == ["bob"]


async def test_many_tabs_are_one_person(
    connect: Connect, alice: User, bob: User, room: Room
) -> None:
    here = await connect(alice, room=room)
    tabs = [await connect(bob, room=room) for _ in range(5)]
    await here.sees("presence.changed", online=2)
    for tab in tabs[1:]:
        await tab.leaves()
    await tabs[0].does("room.close", room=room.slug)
    await here.sees("presence.changed", online=1)
    assert not await here.has_seen("presence.changed"), "one event each way"


async def test_a_reload_is_not_seen(
    connect: Connect,
    alice: User,
    bob: User,
    charlie: User,
    room: Room,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # On a busy machine a reload may take longer than the second it is allowed.
    monkeypatch.setattr(presence, "LEAVE_SECONDS", 2.5)
    here, tab = await connect(alice, room=room), await connect(bob, room=room)
    await here.sees("presence.changed", online=2)
    await tab.leaves()
    await connect(bob, room=room)
    # charlie leaves after bob's old tab, so bob's grace period ends before charlie's.
    visitor = await connect(charlie, room=room)
    await here.sees("presence.changed", online=3)
    await visitor.leaves()
    gone = await here.sees("presence.changed")
    assert [one["username"] for one in gone["left"]] == ["charlie"]
    assert gone["online"] == 2


async def test_typing_is_told_only_to_the_others(
    connect: Connect, alice: User, bob: User, room: Room
) -> None:
    here, there = await connect(alice, room=room), await connect(bob, room=room)
    await there.sends({"type": "typing.start", "room": room.slug})
    assert (await here.sees("typing.started"))["user"]["username"] == "bob"
    assert not await there.has_seen("typing.started")
    await there.sends({"type": "typing.stop", "room": room.slug})
    await here.sees("typing.stopped")


async def test_a_person_who_vanishes_stops_typing(
    connect: Connect, alice: User, bob: User, room: Room
) -> None:
    here, there = await connect(alice, room=room), await connect(bob, room=room)
    await there.sends({"type": "typing.start", "room": room.slug})
    await here.sees("typing.started")
    await there.leaves()
    await here.sees("typing.stopped")


async def test_typing_gets_no_reply_and_outsiders_are_not_heard(
    connect: Connect, alice: User, charlie: User, room: Room
) -> None:
    here, visitor = await connect(alice, room=room), await connect(charlie, room=room)
    await visitor.sends({"type": "typing.start", "room": room.slug, "ref": "t"})
    assert not [event for event in await visitor.has_seen("ok") if event["ref"] == "t"]
    assert not await here.has_seen("typing.started")


async def test_non_members_of_a_public_room_hear_neither_who_joins_nor_who_types(
    connect: Connect, alice: User, bob: User, charlie: User, room: Room
) -> None:
    member, visitor = await connect(bob, room=room), await connect(charlie, room=room)
    here = await connect(alice, room=room)
    await here.sends({"type": "typing.start", "room": room.slug})
    await member.sees("typing.started")
    await here.does("room.leave", room=room.slug)
    await member.sees("member.left")
    await here.does("room.join", room=room.slug)
    await member.sees("member.joined")
    await here.posts("to everybody")
    await visitor.sees("message.posted", body="to everybody")
    for kind in ("typing.started", "typing.stopped", "member.left", "member.joined"):
        assert not await visitor.has_seen(kind)
    await visitor.does("room.join", room=room.slug)
    await here.sends({"type": "typing.start", "room": room.slug})
    await visitor.sees("typing.started")


def test_no_event_about_a_crowd_is_larger_than_a_megabyte() -> None:
    told = [*serializers.presence("lounge", 5500, CROWD, CROWD[:1500])]
    assert all(len(codec.encode(event)) < 1024 * 1024 for event in told)
    assert [person for event in told for person in event.joined] == CROWD
    assert [person for event in told for person in event.left] == CROWD[:1500]
    assert {event.online for event in told} == {5500}
    assert not [*serializers.presence("lounge", 3, [], [])]


@pytest.mark.usefixtures("no_limits")
async def test_everyone_present_is_named_eventually(
    connect: Connect,
    alice: User,
    bob: User,
    charlie: User,
    room: Room,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for user in (alice, bob):
        await (await connect(user, room=room)).has_seen("presence.changed")
    monkeypatch.setattr(limits, "MAX_NAMED_ONLINE", 1)
    client = await connect(charlie)
    page = await client.opens(room.slug)
    assert len(page["online"]) == 1
    here = {person["id"] for person in page["online"]}
    while len(here) < 3:
        event = await client.sees("presence.changed")
        assert len(event["joined"]) <= 1
        here |= {person["id"] for person in event["joined"]}
    assert here == {alice.pk, bob.pk, charlie.pk}
