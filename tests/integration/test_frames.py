"""Invalid and hostile frames cost their sender an error or the socket, and cost nobody else
anything."""

import json

import pytest

from rooms.models import Room, User
from tests.integration.conftest import Connect

INVALID = [
    "",
    "null",
    "[]",
    '"x"',
    "{",
    "{}",
    '{"type":1}',
    '{"type":null}',
    "[" * 100_00,
    '{"type":"ping","x":' + "[" * 10_000,
    '{"type":"ping","x":NaN}',
    '{"type":"room.open"}',
    '{"type":"room.open","room":7}',
    '{"type":"room.open","room":"x","since":-1}',
    '{"type":"room.open","room":"x","since":"1"}',
    f'{{"type":"room.open","room":"x","since":{2**63}}}',
    '{"type":"room.open","room":"x","since":1e999}',
    '{"type":"room.open","room":"x","since":' + "9" * 5000 + "}",
    '{"type":"room.open","room":"x","limit":101}',
    '{"type":"room.open","room":"\\ud800"}',
    '{"type":"message.post","room":"x","nonce":"short","body":"x"}',
    '{"type":"message.post","room":"x","nonce":"12345678","body":{}}',
    '{"type":"room.direct","people":"bob"}',
    '{"type":"ping","ref":' + json.dumps("r" * 65) + "}",
]


@pytest.mark.parametrize("frame", INVALID)
async def test_an_invalid_frame_is_answered_and_changes_nothing(
    connect: Connect, bob: User, frame: str
) -> None:
    client = await connect(bob)
    await client.sends(frame)
    error = await client.sees("error")
    assert error["code"] == "invalid"
    assert error["detail"]
    assert (await client.does("ping"))["time"], "the socket is still open"


async def test_a_refusal_carries_the_ref_and_says_what_was_wrong(
    connect: Connect, bob: User
) -> None:
    client = await connect(bob)
    reply = await client.asks("room.open", room=7)
    assert reply["code"] == "invalid"
    assert "room" in reply["detail"]
    assert await client.is_refused("room.explode") == "unknown_type"
    assert await client.is_refused("websocket.disconnect") == "unknown_type"


async def test_unknown_fields_are_ignored(connect: Connect, bob: User, room: Room) -> None:
    client = await connect(bob)
    assert (await client.does("room.open", room=room.slug, is_staff=True, __proto__={}))["room"]


async def test_half_an_emoji_is_refused_and_the_next_post_goes_through(
    connect: Connect, bob: User, room: Room
) -> None:
    client = await connect(bob, room=room)
    half = await client.asks("message.post", room=room.slug, nonce="12345678", body="cut \ud83d")
    assert half["code"] == "invalid"
    assert "half of a character" in half["detail"]
    await client.posts("whole")


async def test_a_binary_frame_is_refused(connect: Connect, bob: User) -> None:
    client = await connect(bob)
    await client.sends(b'{"type":"ping","ref":"mine"}')
    error = await client.sees("error")
    assert (error["code"], error["ref"]) == ("invalid", "mine")


async def test_a_frame_too_long_for_any_server_is_refused_with_its_ref(
    connect: Connect, bob: User
) -> None:
    client = await connect(bob)
    assert await client.is_refused("ping", x="x" * 70_000) == "too_large"


async def test_too_many_invalid_frames_cost_the_socket_and_only_that(
    connect: Connect, alice: User, bob: User, room: Room
) -> None:
    hostile, other = await connect(bob), await connect(alice, room=room)
    for _ in range(40):
        await hostile.sends("{")
    assert await hostile.is_closed() == 4400
    await other.posts("unharmed")


async def test_a_flood_is_refused_and_then_costs_the_socket(connect: Connect, bob: User) -> None:
    client = await connect(bob)
    for _ in range(300):
        await client.sends({"type": "ping"})
    assert await client.is_closed() == 4429
    assert [e for e in client.events if e.get("code") == "rate_limited" and e["retry_after"]]
