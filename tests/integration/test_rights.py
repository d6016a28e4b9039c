"""A lost right takes effect on open sockets at once: no later frame of the room arrives."""

from collections.abc import Awaitable, Callable

import pytest
from asgiref.sync import sync_to_async

from rooms.actions.accounts import accounts, sessions
from rooms.actions.moderation import sanctions
from rooms.actions.rooms import memberships
from rooms.models import Room, User
from rooms.storage.threads import in_db_thread
from tests.chat_client import ChatClient
from tests.integration.conftest import Connect, session_of

Lose = Callable[[User, User, Room], Awaitable[object]]


async def _removed(alice: User, bob: User, room: Room) -> None:
    await in_db_thread(memberships.remove_member)(actor=alice, room=room, user=bob)


async def _banned(alice: User, bob: User, room: Room) -> None:
    await in_db_thread(sanctions.ban_user)(actor=alice, user=bob, room=room, reason="Spam.")


async def _left(alice: User, bob: User, room: Room) -> None:
    await in_db_thread(memberships.leave_room)(actor=bob, slug=room.slug)


@pytest.mark.parametrize(
    ("lose", "told"),
    [
        (_removed, {"code": "removed"}),
        (_banned, {"code": "banned", "reason": "Spam."}),
        (_left, {"code": "left"}),
    ],
)
async def test_a_removed_member_hears_nothing_more(
    connect: Connect, alice: User, bob: User, private_room: Room, lose: Lose, told: dict[str, str]
) -> None:
    owner, tabs = (
        await connect(alice, room=private_room),
        [
            await connect(bob, room=private_room),
            await connect(bob),
        ],
    )
    await owner.posts("before")
    await tabs[0].sees("message.posted", body="before")
    await tabs[1].sees("room.activity")
    await lose(alice, bob, private_room)
    for tab in tabs:
        removed = {"type": "room.removed", "room": private_room.slug}
        assert await tab.sees("room.removed") == removed | told, (
            "a sentence only if one was written"
        )
    await owner.posts("after")
    await owner.sees("message.posted", body="after")
    for tab in tabs:
        assert not await tab.has_seen("message.posted")
        assert not await tab.has_seen("room.activity")
        assert await tab.is_refused("room.open", room=private_room.slug) == "not_found"
    assert (await owner.sees("presence.changed", online=1))["left"]


async def test_a_room_ban_keeps_a_person_out_of_a_public_room(
    connect: Connect, mallory: User, room: Room
) -> None:
    client = await connect(mallory)
    assert await client.is_refused("room.open", room=room.slug) == "not_found"
    assert await client.is_refused("room.join", room=room.slug) == "not_found"


async def test_a_site_ban_closes_every_socket_and_the_next_handshake(
    connect: Connect,
    anyone: Callable[[dict[str, str]], ChatClient],
    alice: User,
    bob: User,
    staff: User,
    room: Room,
) -> None:
    here, there = await connect(bob, room=room), await connect(alice, room=room)
    await in_db_thread(sanctions.ban_user)(actor=staff, user=bob, reason="Spam.")
    again = anyone({"cookie": f"sessionid={await sync_to_async(session_of)(bob)}"})
    for tab in (here, again):
        await tab.sees("session.ended", code="banned", reason="Spam.")
        assert await tab.is_closed() == 4403
    assert (await there.does("ping"))["time"]


async def test_signing_out_ends_the_sockets_of_that_session_only(
    connect: Connect, bob: User
) -> None:
    key = await sync_to_async(session_of)(bob)
    one, two, other = (
        await connect(bob, session=key),
        await connect(bob, session=key),
        await connect(bob),
    )
    await in_db_thread(sessions.end_session)(user=bob, session_key=key)
    for tab in (one, two):
        await tab.sees("session.ended", code="signed_out")
        assert await tab.is_closed() == 4401
    assert (await other.does("ping"))["time"]


async def test_a_new_password_ends_every_other_session(connect: Connect, bob: User) -> None:
    key = await sync_to_async(session_of)(bob)
    mine, stolen = await connect(bob, session=key), await connect(bob)
    await in_db_thread(sessions.end_other_sessions)(user=bob, former=key, current=key)
    await stolen.sees("session.ended", code="password")
    assert await stolen.is_closed() == 4401
    assert await mine.is_closed() == 1000, "and comes back under the session's new key"


async def test_deactivation_ends_every_session(
    connect: Connect, bob: User, staff: User, room: Room
) -> None:
    client = await connect(bob, room=room)
    await in_db_thread(accounts.set_active)(actor=staff, user=bob, active=False)
    await client.sees("session.ended", code="deactivated")
    assert await client.is_closed() == 4401
