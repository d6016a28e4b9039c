"""Creating, finding, joining and leaving rooms over the socket."""

import asyncio

import pytest

from rooms.actions.rooms import invites
from rooms.models import Membership, Room, User
from rooms.storage.threads import in_db_thread
from tests.integration.conftest import Connect


async def test_the_creator_of_a_room_owns_it_in_every_tab(connect: Connect, alice: User) -> None:
    one, two = await connect(alice), await connect(alice)
    room = (await one.does("room.create", name="Книжный клуб", kind="public", topic="Books"))[
        "room"
    ]
    assert (room["name"], room["topic"], room["kind"], room["role"]) == (
        "Книжный клуб",
        "Books",
        "public",
        "owner",
    )
    assert room["slug"] == "книжный-клуб"
    for tab in (one, two):
        assert (await tab.sees("room.added"))["room"]["slug"] == room["slug"]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"name": "", "kind": "public"}, "invalid"),
        ({"name": "x" * 200, "kind": "public"}, "invalid"),
        ({"name": "ad\u202emin", "kind": "public"}, "invalid"),
        ({"name": "LOUNGE", "kind": "public"}, "conflict"),
        ({"name": "New", "kind": "public", "slug": "lounge"}, "conflict"),
        ({"name": "New", "kind": "public", "slug": "a/b"}, "invalid"),
        ({"name": "New", "kind": "public", "slug": "new"}, "invalid"),
        ({"name": "New", "kind": "direct"}, "invalid"),
        ({"name": "New", "kind": "public", "topic": "x" * 300}, "invalid"),
        ({"name": "New"}, "invalid"),
    ],
)
async def test_names_that_clash_or_mislead_are_refused(
    connect: Connect, alice: User, room: Room, fields: dict[str, str], code: str
) -> None:
    client = await connect(alice)
    assert await client.is_refused("room.create", **fields) == code
    assert await Room.objects.acount() == 1


async def test_private_rooms_may_share_a_name_without_revealing_each_other(
    connect: Connect, alice: User, charlie: User, private_room: Room
) -> None:
    client = await connect(charlie)
    room = (await client.does("room.create", name=private_room.name, kind="private"))["room"]
    assert room["slug"] != private_room.slug
    # Its address doesn't reveal it either: a public room gets the plain one, as if there were no
    # other.
    public = (await client.does("room.create", name=private_room.name, kind="public"))["room"]
    assert public["slug"] == "back-office"


async def test_joining_and_leaving_are_told_to_the_room(
    connect: Connect, alice: User, charlie: User, room: Room
) -> None:
    here, newcomer = await connect(alice, room=room), await connect(charlie)
    joined = (await newcomer.does("room.join", room=room.slug))["room"]
    assert (joined["role"], joined["members"]) == ("member", 3)
    event = await here.sees("member.joined")
    assert (event["member"]["username"], event["member"]["role"]) == ("charlie", "member")
    assert (await newcomer.does("room.join", room=room.slug))["room"]["members"] == 3
    left = (await newcomer.does("room.leave", room=room.slug))["room"]
    assert left["role"] is None
    assert (await here.sees("member.left"))["members"] == 2
    await newcomer.sees("room.removed", room=room.slug)


async def test_the_last_owner_hands_the_room_on(
    connect: Connect, alice: User, bob: User, room: Room
) -> None:
    owner, member = await connect(alice), await connect(bob, room=room)
    await owner.does("room.leave", room=room.slug)
    event = await member.sees("member.updated")
    assert (event["member"]["username"], event["member"]["role"]) == ("bob", "owner")


async def test_the_same_people_get_the_same_direct_room_even_at_once(
    connect: Connect, alice: User, bob: User, charlie: User
) -> None:
    one, two = await connect(alice), await connect(bob)
    replies = await asyncio.gather(
        one.does("room.direct", people=["bob", "charlie"]),
        two.does("room.direct", people=["Charlie", "alice"]),
        one.does("room.direct", people=["charlie", "bob", "alice"]),
    )
    assert len({reply["room"]["slug"] for reply in replies}) == 1
    names = [reply["room"]["name"] for reply in replies[:2]]
    assert names == ["Bob, charlie", "Alice Adams, charlie"], "named after the others"
    assert await Room.objects.acount() == 1
    pair = (await one.does("room.direct", people=["bob"]))["room"]
    assert pair["slug"] != replies[0]["room"]["slug"]


async def test_a_direct_room_needs_others_who_exist(connect: Connect, alice: User) -> None:
    client = await connect(alice)
    assert await client.is_refused("room.direct", people=["alice"]) == "invalid"
    assert await client.is_refused("room.direct", people=["nobody_here"]) == "not_found"
    assert await client.is_refused("room.direct", people=[]) == "invalid"


async def test_nobody_can_leave_a_direct_room(connect: Connect, alice: User, bob: User) -> None:
    client = await connect(alice)
    room = (await client.does("room.direct", people=["bob"]))["room"]
    assert await client.is_refused("room.leave", room=room["slug"]) == "forbidden"


async def test_an_invite_opens_a_private_room_as_many_times_as_it_says(
    connect: Connect, alice: User, charlie: User, staff: User, private_room: Room
) -> None:
    _, token = await in_db_thread(invites.create_invite)(
        actor=alice, room=private_room, days=1, max_uses=1
    )
    guest, late = await connect(charlie), await connect(staff)
    await in_db_thread(invites.accept_invite)(actor=charlie, token=token)
    assert (await guest.sees("room.added"))["room"]["slug"] == private_room.slug
    with pytest.raises(Exception, match="used up"):
        await in_db_thread(invites.accept_invite)(actor=staff, token=token)
    assert await late.is_refused("room.open", room=private_room.slug) == "not_found"
    assert not await Membership.objects.filter(room=private_room, user=staff).aexists()


async def test_the_last_opened_room_is_remembered(
    connect: Connect, alice: User, room: Room, private_room: Room
) -> None:
    """From any window, even if another window was elsewhere before."""
    client, elsewhere = await connect(alice), await connect(alice)
    for tab, one in ((client, room), (elsewhere, private_room), (client, room)):
        await tab.opens(one.slug)
        async with asyncio.timeout(5):
            while (await User.objects.aget(pk=alice.pk)).last_room_id != one.pk:  # noqa: ASYNC110
                await asyncio.sleep(0.01)  # poll until the deadline: no event tells of it
