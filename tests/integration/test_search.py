"""Search: what the command finds, in which order, and how its pages go on. What somebody may not
read is in test_search_rights.py."""

from typing import Any

import pytest
from asgiref.sync import sync_to_async

from rooms.models import Room, User
from tests.chat_client import ChatClient
from tests.factories import post, post_many
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
