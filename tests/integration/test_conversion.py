"""A private room made of a direct one: its people come along, and what they said doesn't."""

import io
import json
import zipfile

import pytest
from asgiref.sync import sync_to_async
from django.test import Client
from django.urls import reverse

from rooms.actions.accounts import export, ignores
from rooms.actions.messages import conversion
from rooms.actions.rooms import memberships
from rooms.errors import ChatError
from rooms.models import Membership, Message, Room, User
from tests import factories
from tests.chat_client import Json
from tests.integration import admin_desk as desk
from tests.integration.conftest import Connect

SECRET = "Zanzibar at dawn"


@pytest.fixture
def direct(alice: User, bob: User, charlie: User, transactional_db: None) -> Room:
    room = factories.make_direct(alice, bob, charlie)
    factories.post_many(room, alice, [SECRET, "Bring the map"])
    return room


def convert(actor: User, room: Room, name: str = "Expedition") -> Room:
    return conversion.make_private_room(
        actor=actor,
        slug=room.slug,
        name=name,
        address=lambda made: f"https://x.example/{made.slug}",
    )


async def test_the_people_come_along_and_are_told(
    connect: Connect, direct: Room, alice: User, bob: User, charlie: User
) -> None:
    watching = await connect(alice, room=direct)
    made = await sync_to_async(convert)(bob, direct)
    added = (await watching.sees("room.added"))["room"]
    assert (added["slug"], added["kind"], added["last_number"]) == (made.slug, "private", 0)
    line = await watching.sees("message.posted")
    assert line["message"]["author"]["id"] == bob.pk
    assert made.slug in line["message"]["body"]
    roles = {
        row.user.username: row.role
        async for row in Membership.objects.filter(room=made).select_related("user")
    }
    assert roles == {"alice": "member", "bob": "owner", "charlie": "member"}
    assert await Room.objects.filter(pk=direct.pk, kind="direct", archived_at=None).aexists()


async def test_who_joins_later_reads_nothing_of_before_through_any_door(
    connect: Connect, direct: Room, bob: User, client: Client
) -> None:
    made = await sync_to_async(convert)(bob, direct)
    dora = await sync_to_async(factories.make_user)("dora")
    await sync_to_async(memberships.put_member)(actor=bob, room=made, user=dora)
    await sync_to_async(factories.post)(made, bob, "Welcome")
    tab = await connect(dora)
    opened = await tab.does("room.open", room=made.slug, since=0)
    pages = [opened, await tab.does("history", room=made.slug, before=999)]
    assert [m["body"] for page in pages for m in page["messages"]] == ["Welcome"] * 2
    doors: dict[str, Json] = {
        "room.open": {"since": 0},
        "history": {"before": 9},
        "reactions": {"number": 1, "emoji": "👍"},
        "message.report": {"number": 1, "reason": "spam"},
        "message.post": {"nonce": "a-nonce-of-mine", "body": "Hm", "reply_to": 1},
        "room.join": {},
    }
    for command, fields in doors.items():
        refused = await tab.is_refused(command, room=direct.slug, **fields)
        assert refused == "not_found", command
    await tab.does("message.post", room=made.slug, nonce="a-nonce-of-mine", body="?", reply_to=1)
    quote = (await tab.does("history", room=made.slug, before=999))["messages"][-1]
    assert quote["reply_to"] == 1, "the first message of this room"
    await tab.does("ping")
    everything = json.dumps([tab.welcome, tab.events])
    await sync_to_async(client.force_login)(dora)
    for name, args in (
        ("room", [made.slug]),
        ("room_at", [made.slug, 1]),
        ("room_members", [made.slug]),
        ("room_settings", [made.slug]),
        ("lobby", []),
    ):
        everything += (await sync_to_async(client.get)(reverse(name, args=args))).text
    exported = await sync_to_async(lambda: b"".join(export.export(actor=dora)))()
    with zipfile.ZipFile(io.BytesIO(exported)) as archive:
        everything += "".join(archive.read(name).decode() for name in archive.namelist())
    assert "Welcome" in everything
    assert SECRET not in everything
    assert direct.slug not in everything
    for name in ("room", "room_settings", "room_members"):
        gone = await sync_to_async(client.get)(reverse(name, args=[direct.slug]))
        assert gone.status_code == 404


@pytest.mark.django_db
def test_a_moderator_of_the_site_reads_neither(direct: Room, bob: User) -> None:
    made = convert(bob, direct)
    client = Client()
    client.force_login(desk.make_moderator())
    for room in (direct, made):
        assert client.get(reverse("room", args=[room.slug])).status_code == 404
        assert client.post(reverse("room_convert", args=[room.slug])).status_code == 404


def test_the_page_of_a_direct_room_offers_it(direct: Room, as_bob: Client) -> None:
    settings = reverse("room_settings", args=[direct.slug])
    assert reverse("room_convert", args=[direct.slug]) in as_bob.get(settings).text
    refused = as_bob.post(reverse("room_convert", args=[direct.slug]), {"name": "\u202eX"})
    assert refused.status_code == 422
    assert not Room.objects.filter(kind="private").exists()
    response = as_bob.post(reverse("room_convert", args=[direct.slug]), {"name": "Expedition"})
    made = Room.objects.get(kind="private")
    assert response["Location"] == reverse("room", args=[made.slug])
    line = Message.objects.filter(room=direct).latest("number")
    assert f"http://testserver{reverse('room', args=[made.slug])}" in line.body


def test_nobody_is_brought_into_a_room_of_somebody_they_blocked(
    direct: Room, alice: User, bob: User
) -> None:
    ignores.ignore_person(actor=alice, username="bob", kind="block")
    with pytest.raises(ChatError) as refused:
        convert(bob, direct)
    assert refused.value.code == "forbidden"
    assert not Room.objects.filter(kind="private").exists()
    assert convert(alice, direct)


def test_a_closed_account_stays_behind(direct: Room, bob: User, charlie: User) -> None:
    User.objects.filter(pk=charlie.pk).update(is_active=False)
    made = convert(bob, direct)
    assert made.memberships.count() == 2
