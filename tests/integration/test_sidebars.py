"""A person's sidebar arrangement: stored, the same in every tab, and part of the first paint."""

import asyncio
import json
import re

import pytest
from django.test import Client
from django.urls import reverse

from rooms.actions.rooms import sidebars
from rooms.models import Room, User
from rooms.protocol import limits
from tests.chat_client import ChatClient, Json
from tests.factories import make_direct, make_room, post
from tests.integration.conftest import Connect


@pytest.fixture
def four(alice: User, bob: User, transactional_db: None) -> list[str]:
    """The slugs of a, b, c and d, of which bob is a member."""
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
    assert moved["sidebar"] == {
        "favourites": [b, c, a],
        "folded": [],
        "revision": 4,
        "sections": [],
    }
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


async def test_sections_folded_by_another_version_do_not_break_the_sidebar(
    connect: Connect, bob: User, four: list[str]
) -> None:
    """Workers are replaced one by one, and sometimes rolled back to the previous version."""
    kept = {"favourites": four[:1], "folded": ["threads", "rooms"], "revision": 3, "width": 9}
    await User.objects.filter(pk=bob.pk).aupdate(sidebar=json.dumps(kept))
    client = await connect(bob)
    assert arranged(client.welcome["sidebar"]) == (four[:1], ["rooms"])
    unfolded = await client.does("section.unfold", section="rooms")
    assert unfolded["sidebar"] == {
        "favourites": four[:1],
        "folded": [],
        "revision": 4,
        "sections": [],
    }


async def test_tabs_that_arrange_at_once_do_not_undo_each_other(
    connect: Connect, bob: User, four: list[str]
) -> None:
    tabs = [await connect(bob) for _ in four]
    await asyncio.gather(
        *(tab.does("room.star", room=slug) for tab, slug in zip(tabs, four, strict=True)),
        tabs[0].does("section.fold", section="favourites"),
    )
    favourites, folded = arranged((await connect(bob)).welcome["sidebar"])
    assert (sorted(favourites), folded) == (four, ["favourites"])


async def test_only_a_member_s_own_rooms_can_be_favourites(
    connect: Connect, charlie: User, room: Room, private_room: Room
) -> None:
    client = await connect(charlie)
    assert await client.is_refused("room.star", room=room.slug) == "not_member"
    assert await client.is_refused("room.star", room=private_room.slug) == "not_found"
    assert arranged((await client.does("room.unstar", room="nowhere"))["sidebar"]) == ([], [])


async def test_the_number_of_favourites_is_limited(
    connect: Connect, bob: User, four: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MAX_FAVOURITES", 2)
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


def own(sidebar: Json) -> list[tuple[str, list[str]]]:
    return [(one["name"], one["rooms"]) for one in sidebar["sections"]]


async def made(client: ChatClient, name: str) -> str:
    """Make a section, and return its id."""
    sections = (await client.does("section.make", name=name))["sidebar"]["sections"]
    return str(next(one["id"] for one in sections if one["name"] == name))


async def test_own_sections_are_the_same_in_every_tab(
    connect: Connect, alice: User, bob: User, four: list[str]
) -> None:
    a, b, c, d = four
    here, elsewhere, other = await connect(bob), await connect(bob), await connect(alice)
    work = await made(here, "Work")
    await here.does("section.make", name="Play", room=d)
    for slug in (a, b):
        await here.does("room.place", room=slug, section=work)
    reply = await here.does("room.place", room=c, section=work, before=a)
    assert own(reply["sidebar"]) == [("Work", [c, a, b]), ("Play", [d])]
    await elsewhere.does("section.move", section=work)
    await elsewhere.does("section.rename", section=work, name="  Labour ")
    folded = await elsewhere.does("section.fold", section=work)
    assert [one["folded"] for one in folded["sidebar"]["sections"]] == [False, True]
    moved = await here.does("room.place", room=d)
    assert own(moved["sidebar"]) == [("Play", []), ("Labour", [c, a, b])]
    for tab in (here, elsewhere):
        last = [event["sidebar"] for event in await tab.has_seen("sidebar.changed")][-1]
        assert last == moved["sidebar"]
    assert not await other.has_seen("sidebar.changed")
    assert (await connect(bob)).welcome["sidebar"] == moved["sidebar"]
    gone = await here.does("section.delete", section=work)
    assert own(gone["sidebar"]) == [("Play", [])]
    assert gone["sidebar"] == (await elsewhere.does("section.delete", section=work))["sidebar"]


async def test_a_room_is_in_one_place(connect: Connect, bob: User, four: list[str]) -> None:
    client = await connect(bob)
    work = await made(client, "Work")
    await client.does("room.star", room=four[0])
    placed = await client.does("room.place", room=four[0], section=work)
    assert (placed["sidebar"]["favourites"], own(placed["sidebar"])) == ([], [("Work", four[:1])])
    starred = await client.does("room.star", room=four[0])
    assert (starred["sidebar"]["favourites"], own(starred["sidebar"])) == (four[:1], [("Work", [])])
    play = await client.does("section.make", name="Play", room=four[0])
    assert (play["sidebar"]["favourites"], own(play["sidebar"])[1]) == ([], ("Play", four[:1]))


async def test_a_section_that_exists_is_not_made_twice(
    connect: Connect, bob: User, four: list[str]
) -> None:
    """A client whose connection broke asks again."""
    client = await connect(bob)
    first = await client.does("section.make", name="Work", room=four[0])
    assert (await client.does("section.make", name="work", room=four[0])) | {"ref": ""} == (
        first | {"ref": ""}
    )
    play = await made(client, "Play")
    assert await client.is_refused("section.rename", section=play, name="WORK") == "conflict"
    await client.does("section.rename", section=play, name="PLAY")


async def test_sections_are_checked_and_bounded(
    connect: Connect, charlie: User, bob: User, four: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MAX_SECTIONS", 2)
    monkeypatch.setattr(limits, "MAX_PLACED", 2)
    client, stranger = await connect(bob), await connect(charlie)
    for name in ("", "x" * 41, "\u202eWork"):
        assert await client.is_refused("section.make", name=name) == "invalid", name
    work, _play = await made(client, "Work"), await made(client, "x" * 40)
    assert await client.is_refused("section.make", name="More") == "conflict"
    for slug in four[:2]:
        await client.does("room.place", room=slug, section=work)
    assert await client.is_refused("room.place", room=four[2], section=work) == "conflict"
    await client.does("room.place", room=four[1], section=work, before=four[0])
    await client.does("room.leave", room=four[0])
    await client.does("room.place", room=four[2], section=work)
    for command in ("section.rename", "section.move", "section.fold", "room.place"):
        fields = {"room": four[2]} if command == "room.place" else {"name": "Mine"}
        assert await client.is_refused(command, section="nowhere", **fields) == "invalid", command
    assert await stranger.is_refused("room.place", room=four[2], section=work) == "not_member"
    assert await stranger.is_refused("section.rename", section=work, name="Mine") == "invalid"


async def test_the_version_before_sections_does_not_destroy_them(
    connect: Connect, bob: User, four: list[str]
) -> None:
    client = await connect(bob)
    sections = (await client.does("section.make", name="Work", room=four[0]))["sidebar"]["sections"]
    old = {"favourites": four[:2], "folded": ["rooms"], "revision": 9}
    await User.objects.filter(pk=bob.pk).aupdate(sidebar=json.dumps(old))
    assert (await connect(bob)).welcome["sidebar"] == {**old, "sections": sections}


def test_the_page_is_rendered_as_arranged(
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
    work = sidebars.make_section(actor=bob, name="<Work>", slug=four[3]).sections[0].id
    assert lists(as_bob, four[0]) == {
        "favourites": [four[2], direct],
        work: [four[3]],
        "rooms": [four[0], four[1]],
        "direct": [],
    }
    assert "&lt;Work&gt;" in as_bob.get(reverse("room", args=[four[0]])).content.decode()
    sidebars.delete_section(actor=bob, section=work)
    sidebars.fold_section(actor=bob, section="rooms", folded=True)
    post(Room.objects.get(slug=four[1]), alice)
    html = as_bob.get(reverse("room", args=[four[0]])).content.decode()
    assert lists(as_bob, four[0])["rooms"] == [four[0]], (
        "folded, but the current room stays visible"
    )
    heading = re.search(r'data-folds="rooms"[^>]*aria-expanded="false".*?</h2>', html, re.DOTALL)
    assert heading
    assert ">1</span>" in heading[0], "its unread count is shown"
    assert re.search(r'id="room-star"[^>]*aria-pressed="false"', html)
    starred = as_bob.get(reverse("room", args=[four[2]])).content.decode()
    assert re.search(r'id="room-star"[^>]*aria-pressed="true"', starred)


def lists(browser: Client, slug: str) -> dict[str, list[str]]:
    """Return the rooms of each section as the page has them before any script runs."""
    html = browser.get(reverse("room", args=[slug])).content.decode()
    found = re.findall(r'data-list="(\w+)">(.*?)</ul>', html, re.DOTALL)
    return {name: re.findall(r'data-room="([^"]+)"', rows) for name, rows in found}
