"""How somebody arranges their rooms: kept, the same in every tab, and there in the first paint."""

import asyncio
import json
import re

import pytest
from django.test import Client
from django.urls import reverse

from rooms import protocol
from rooms.actions import sidebars
from rooms.models import Room, User
from tests.chat_client import Json
from tests.factories import make_direct, make_room, post
from tests.integration.conftest import Connect


@pytest.fixture
def four(alice: User, bob: User, transactional_db: None) -> list[str]:
    """The slugs of a, b, c and d, which bob is in."""
    return [make_room(f"Room {name}", owner=alice, members=[bob]).slug for name in "abcd"]


def arranged(sidebar: Json) -> tuple[list[str], list[str]]:
    return sidebar["favourites"], sidebar["folded"]


async def test_every_tab_has_the_same_favourites_in_the_same_order(
    connect: Connect, alice: User, bob: User, four: list[str]
) -> None:
    a, b, c, _ = four
    here, elsewhere, other = await connect(bob), await connect(bob), await connect(alice)
    for slug in (a, b):
        await here.does("room.star", room=slug)
    reply = await here.does("room.star", room=c, before=a)
    assert arranged(reply["sidebar"]) == ([c, a, b], [])
    moved = await elsewhere.does("room.star", room=b, before=c)
    assert moved["sidebar"] == {"favourites": [b, c, a], "folded": [], "revision": 4}
    await here.does("room.unstar", room=c)
    for tab in (here, elsewhere):
        told = [event["sidebar"] for event in await tab.has_seen("sidebar.changed")]
        assert [one["revision"] for one in told] == [1, 2, 3, 4, 5]
        assert arranged(told[-1]) == ([b, a], [])
    assert not await other.has_seen("sidebar.changed")
    assert arranged((await connect(bob)).welcome["sidebar"]) == ([b, a], [])
    assert arranged((await connect(alice)).welcome["sidebar"]) == ([], [])


async def test_sections_stay_folded(connect: Connect, bob: User, four: list[str]) -> None:
    client = await connect(bob)
    await client.does("section.fold", section="rooms")
    await client.does("section.fold", section="direct")
    again = await client.does("section.fold", section="rooms")
    assert again["sidebar"]["revision"] == 2, "which changes nothing"
    unfolded = await client.does("section.unfold", section="direct")
    assert arranged(unfolded["sidebar"]) == ([], ["rooms"])
    assert arranged((await connect(bob)).welcome["sidebar"]) == ([], ["rooms"])
    assert await client.is_refused("section.fold", section="nowhere") == "invalid"


async def test_what_another_version_has_folded_keeps_nobody_out(
    connect: Connect, bob: User, four: list[str]
) -> None:
    """Workers are replaced one by one, and sometimes by those of the version before."""
    kept = {"favourites": four[:1], "folded": ["threads", "rooms"], "revision": 3, "width": 9}
    await User.objects.filter(pk=bob.pk).aupdate(sidebar=json.dumps(kept))
    client = await connect(bob)
    assert arranged(client.welcome["sidebar"]) == (four[:1], ["rooms"])
    unfolded = await client.does("section.unfold", section="rooms")
    assert unfolded["sidebar"] == {"favourites": four[:1], "folded": [], "revision": 4}


async def test_tabs_that_arrange_at_once_lose_nothing_of_each_others(
    connect: Connect, bob: User, four: list[str]
) -> None:
    tabs = [await connect(bob) for _ in four]
    await asyncio.gather(
        *(tab.does("room.star", room=slug) for tab, slug in zip(tabs, four, strict=True)),
        tabs[0].does("section.fold", section="favourites"),
    )
    favourites, folded = arranged((await connect(bob)).welcome["sidebar"])
    assert (sorted(favourites), folded) == (four, ["favourites"])


async def test_only_what_one_is_in_can_be_a_favourite(
    connect: Connect, charlie: User, room: Room, private_room: Room
) -> None:
    client = await connect(charlie)
    assert await client.is_refused("room.star", room=room.slug) == "not_member"
    assert await client.is_refused("room.star", room=private_room.slug) == "not_found"
    assert arranged((await client.does("room.unstar", room="nowhere"))["sidebar"]) == ([], [])


async def test_there_is_an_end_to_favourites(
    connect: Connect, bob: User, four: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "MAX_FAVOURITES", 2)
    client = await connect(bob)
    for slug in four[:2]:
        await client.does("room.star", room=slug)
    assert await client.is_refused("room.star", room=four[2]) == "conflict"
    moved = await client.does("room.star", room=four[1], before=four[0])
    assert arranged(moved["sidebar"]) == ([four[1], four[0]], [])
    await client.does("room.leave", room=four[0])
    room_for_it = await client.does("room.star", room=four[2])
    assert arranged(room_for_it["sidebar"]) == ([four[1], four[2]], []), (
        "what one left is in no way"
    )


def test_the_page_comes_as_it_was_arranged(
    as_bob: Client, bob: User, alice: User, four: list[str]
) -> None:
    direct = make_direct(bob, alice).slug
    for slug in (four[2], direct):
        sidebars.star_room(actor=bob, slug=slug)
    assert lists(as_bob, four[0]) == {
        "favourites": [four[2], direct],
        "rooms": [four[0], four[1], four[3]],
        "direct": [],
    }
    sidebars.fold_section(actor=bob, section="rooms", folded=True)
    post(Room.objects.get(slug=four[1]), alice)
    html = as_bob.get(reverse("room", args=[four[0]])).content.decode()
    assert lists(as_bob, four[0])["rooms"] == [four[0]], "folded, but where one is can be seen"
    heading = re.search(r'data-folds="rooms"[^>]*aria-expanded="false".*?</h2>', html, re.DOTALL)
    assert heading
    assert ">1</span>" in heading[0], "what is unread in it is told"
    assert re.search(r'id="room-star"[^>]*aria-pressed="false"', html)
    starred = as_bob.get(reverse("room", args=[four[2]])).content.decode()
    assert re.search(r'id="room-star"[^>]*aria-pressed="true"', starred)


def lists(browser: Client, slug: str) -> dict[str, list[str]]:
    """The rooms of each section, as the page has them before any script runs."""
    html = browser.get(reverse("room", args=[slug])).content.decode()
    found = re.findall(r'data-list="(\w+)">(.*?)</ul>', html, re.DOTALL)
    return {name: re.findall(r'data-room="([^"]+)"', rows) for name, rows in found}
