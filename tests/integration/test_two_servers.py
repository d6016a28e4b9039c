"""Two servers, one PostgreSQL, one Redis: people on different workers are in one room."""

import asyncio
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chat_client import ChatClient
from tests.services import PostgresServer, RedisServer
from tests.site import Site, serving

pytestmark = [pytest.mark.redis, pytest.mark.postgres]


@pytest.fixture
def sites(
    tmp_path: Path, postgres_server: PostgresServer, redis_server: RedisServer
) -> Iterator[tuple[Site, Site]]:
    shared = {"DATABASE_URL": postgres_server.database(), "REDIS_URL": redis_server.url}
    with serving(tmp_path, env=shared) as one, serving(tmp_path, env=shared) as two:
        yield one, two


async def people(sites: tuple[Site, Site]) -> tuple[ChatClient, ChatClient]:
    """alice on one server and bob on the other, in the same room."""
    one, two = sites
    alice = await asyncio.to_thread(one.visitor().signs_up, "alice")
    bob = await asyncio.to_thread(two.visitor().signs_up, "bob")
    here, there = await alice.connects(), await bob.connects()
    await here.does("room.create", name="Lounge", kind="public")
    await there.does("room.join", room="lounge")
    await here.opens("lounge")
    await there.opens("lounge")
    return here, there


async def test_messages_presence_and_typing_cross_servers(sites: tuple[Site, Site]) -> None:
    here, there = await people(sites)
    await here.sees("presence.changed", online=2)
    await asyncio.gather(*(here.posts(f"a{i}") for i in range(20)),
                         *(there.posts(f"b{i}") for i in range(20)))  # fmt: skip
    for client in (here, there):
        revisions = [(await client.sees("message.posted"))["revision"] for _ in range(40)]
        assert revisions == list(range(1, 41))
    await there.sends({"type": "typing.start", "room": "lounge"})
    await here.sees("typing.started")
    await there.leaves()
    await here.sees("presence.changed", online=1)
    await here.leaves()


async def test_one_nonce_on_two_servers_at_once_is_one_message(sites: tuple[Site, Site]) -> None:
    here, there = await people(sites)
    visitor = await asyncio.to_thread(sites[1].visitor().logs_in, "alice")
    same = await visitor.connects(room="lounge")
    nonce = uuid.uuid4().hex
    replies = await asyncio.gather(
        *(client.posts("once", nonce=nonce) for client in (here, same) * 5)
    )
    assert {message["number"] for message in replies} == {1}
    for client in (here, there, same):
        await client.leaves()


async def test_posting_goes_on_without_redis_and_everybody_receives_it(
    sites: tuple[Site, Site], redis_server: RedisServer
) -> None:
    here, there = await people(sites)
    redis_server.kill()
    for index in range(5):
        await here.posts(f"in the dark {index}")
    for number in range(1, 6):
        await there.sees("message.posted", number=number)
    redis_server.start()
    await here.posts("light again")
    await there.sees("message.posted", number=6)
    await here.leaves()
    await there.leaves()
    assert "Traceback" not in sites[0].server.output + sites[1].server.output


async def test_a_right_lost_while_redis_is_away_is_lost_on_every_server(
    sites: tuple[Site, Site], redis_server: RedisServer
) -> None:
    one, two = sites
    alice = await asyncio.to_thread(one.visitor().signs_up, "alice")
    bob = await asyncio.to_thread(two.visitor().signs_up, "bob")
    here = await alice.connects()
    for name in ("Lounge", "Library"):
        await here.does("room.create", name=name, kind="public")
    there, aside = await bob.connects(), await bob.connects()
    for room in ("lounge", "library"):
        await there.does("room.join", room=room)
    await there.opens("lounge")
    bob_id = there.welcome["user"]["id"]
    redis_server.kill()

    settings = "/rooms/lounge/settings/"
    await asyncio.to_thread(
        alice.post, "/rooms/lounge/update/", page=settings, name="Salon", topic="Tea"
    )
    await there.sees("room.updated", room="lounge", name="Salon")
    for number in (1, 2, 3):
        await here.posts(f"{number}", room="library")
        await aside.sees("room.activity", room="library", number=number)
    await asyncio.to_thread(
        alice.post, f"/rooms/lounge/members/{bob_id}/remove/", page=settings, reason="Bye"
    )
    await there.sees("room.removed", room="lounge")
    await here.posts("not for bob", room="lounge")
    bob.address = one.address  # his sockets are on the other one
    await asyncio.to_thread(bob.post, "/accounts/logout/")
    assert await there.is_closed() == 4401
    assert await aside.is_closed() == 4401
    assert not [event for event in there.events if event["type"] == "message.posted"]
    await here.leaves()
