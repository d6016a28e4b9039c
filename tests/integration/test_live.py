"""Live updates of open pages: names of rooms and people, closed accounts, and the list of public
rooms."""

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from rooms.actions.accounts import accounts, ignores, profiles
from rooms.actions.rooms import rooms
from rooms.models import Membership, Notice, Room, User
from rooms.protocol import limits
from rooms.storage.threads import in_db_thread
from tests.factories import add_member, make_direct, make_room, post
from tests.integration.conftest import Connect


def picture() -> SimpleUploadedFile:
    data = BytesIO()
    Image.new("RGB", (8, 8), "red").save(data, "PNG")
    return SimpleUploadedFile("me.png", data.getvalue(), "image/png")


async def test_a_room_s_new_name_reaches_members_in_another_room(
    connect: Connect, alice: User, bob: User, charlie: User, room: Room, private_room: Room
) -> None:
    elsewhere, lobby = await connect(bob, room=private_room), await connect(bob)
    visitor, outside = await connect(charlie, room=room), await connect(charlie)
    await in_db_thread(rooms.update_room)(actor=alice, room=room, name="Salon", topic="Tea")
    for tab in (elsewhere, lobby, visitor):
        await tab.sees("room.updated", room=room.slug, name="Salon", topic="Tea")
    await in_db_thread(rooms.archive_room)(actor=alice, room=room)
    for tab in (elsewhere, lobby, visitor):
        await tab.sees("room.updated", room=room.slug, archived=True)
    assert not await outside.has_seen("room.updated"), "it does not concern them"


@pytest.mark.parametrize("how", ["name", "avatar"])
async def test_a_person_s_new_name_reaches_everyone_who_sees_them(
    connect: Connect, alice: User, bob: User, charlie: User, room: Room, how: str
) -> None:
    direct = await in_db_thread(make_direct)(alice, bob)
    await in_db_thread(post)(room, bob)
    here, mine = await connect(alice, room=room), await connect(bob)
    anywhere, visitor = await connect(alice), await connect(charlie, room=room)
    outside = await connect(charlie)
    assert [one["people"] for one in anywhere.welcome["rooms"] if one["kind"] == "direct"] == [
        [{"id": bob.pk, "username": "bob", "name": "Bob", "avatar": None}]
    ]
    if how == "name":
        await in_db_thread(profiles.set_display_name)(actor=bob, name="Robert")
    else:
        await in_db_thread(profiles.set_avatar)(actor=bob, upload=picture())
    for tab in (here, mine, anywhere, visitor):
        event = await tab.sees("person.changed")
        assert not await tab.has_seen("person.changed"), "only once, whatever the route"
        assert event["room"] is None
        assert event["person"]["id"] == bob.pk
        assert (event["person"]["name"] == "Robert") is (how == "name")
        assert (event["person"]["avatar"] is not None) is (how == "avatar")
    assert not await outside.has_seen("person.changed")
    opened = await here.opens(direct.slug)
    assert opened["room"]["people"] == [event["person"]]


async def test_only_members_hear_of_a_member_who_has_said_nothing(
    connect: Connect, alice: User, bob: User, charlie: User, room: Room
) -> None:
    member, visitor = await connect(alice, room=room), await connect(charlie, room=room)
    await in_db_thread(profiles.set_display_name)(actor=bob, name="Robert")
    await member.sees("person.changed")
    assert not await visitor.has_seen("person.changed")


async def test_an_existing_socket_speaks_under_the_new_name(
    connect: Connect, alice: User, bob: User, room: Room
) -> None:
    here, there = await connect(bob, room=room), await connect(alice, room=room)
    await in_db_thread(profiles.set_display_name)(actor=bob, name="Robert")
    await there.sees("person.changed")
    await here.sends({"type": "typing.start", "room": room.slug})
    assert (await there.sees("typing.started"))["user"]["name"] == "Robert"
    names = {person["name"] for person in (await there.opens(room.slug))["online"]}
    assert names == {"Robert", "Alice Adams"}


async def test_the_lobby_hears_of_public_rooms_while_it_is_open(
    connect: Connect, alice: User, bob: User, room: Room
) -> None:
    lobby, elsewhere, maker = await connect(bob), await connect(bob), await connect(alice)
    await lobby.does("lobby.open")
    await maker.does("room.create", name="Secret", kind="private")
    await maker.does("room.create", name="Garden", kind="public", slug="garden")
    assert (await lobby.sees("lobby.changed"))["room"] == "garden", "not the private one"
    await in_db_thread(rooms.update_room)(actor=alice, room=room, name="Salon", topic="")
    await lobby.sees("lobby.changed", room=room.slug)
    await in_db_thread(rooms.archive_room)(actor=alice, room=room)
    await lobby.sees("lobby.changed", room=room.slug)
    await lobby.does("lobby.close")
    await maker.does("room.create", name="Cellar", kind="public")
    for tab in (lobby, elsewhere):
        assert not await tab.has_seen("lobby.changed")
    await elsewhere.does("lobby.open")
    assert await elsewhere.has_seen("lobby.changed"), "its page may be just as old"


async def test_the_open_lobby_lists_rooms_and_follows_their_sizes(
    connect: Connect, alice: User, bob: User, charlie: User, room: Room, private_room: Room
) -> None:
    lobby, other = await connect(charlie), await connect(charlie)
    garden = await in_db_thread(make_room)("Garden", owner=charlie, topic="Soil and seeds")
    listed = await lobby.does("lobby.open")
    assert listed["more"] is False
    assert listed["rooms"] == [
        {
            "slug": "garden",
            "name": "Garden",
            "topic": "Soil and seeds",
            "members": 1,
            "joined": True,
        },
        {
            "slug": room.slug,
            "name": room.name,
            "topic": room.topic,
            "members": 2,
            "joined": False,
        },
    ], "not the private one"
    found = await other.does("lobby.open", query="SEEDS gard")
    assert [one["slug"] for one in found["rooms"]] == [garden.slug]
    lobby.events.clear()
    await other.does("room.join", room=room.slug)
    told = await lobby.sees("lobby.changed", room=room.slug)
    assert (told["members"], told["name"], told["archived"]) == (3, room.name, False)
    await other.does("room.leave", room=room.slug)
    assert (await lobby.sees("lobby.changed", members=2))["room"] == room.slug
    await in_db_thread(add_member)(private_room, charlie)
    await in_db_thread(rooms.archive_room)(actor=charlie, room=garden)
    assert (await lobby.sees("lobby.changed"))["archived"], "and nothing of the private room"


async def test_a_lobby_of_very_many_rooms_is_cut_off_and_says_so(
    connect: Connect, alice: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MAX_LOBBY", 2)
    for name in ("Élan", "zebra", "Apes"):
        await in_db_thread(make_room)(name, owner=alice)
    tab = await connect(bob)
    cut = await tab.does("lobby.open")
    assert ([one["name"] for one in cut["rooms"]], cut["more"]) == (["Apes", "Élan"], True)
    found = await tab.does("lobby.open", query="zeb")
    assert ([one["name"] for one in found["rooms"]], found["more"]) == (["zebra"], False)
    assert (await tab.does("lobby.open", query="\u0301"))["rooms"] == []
    assert await tab.is_refused("lobby.open", query="x" * 101) == "invalid"


async def test_nobody_can_write_to_a_closed_account(
    connect: Connect, alice: User, bob: User, staff: User
) -> None:
    direct = await in_db_thread(make_direct)(alice, bob)
    here = await connect(alice, room=direct)
    await in_db_thread(accounts.set_active)(actor=staff, user=bob, active=False)
    event = await here.sees("person.changed")
    assert event["person"]["active"] is False
    refused = await here.asks("message.post", room=direct.slug, nonce="12345678", body="there?")
    assert refused["code"] == "forbidden"
    assert "closed" in refused["detail"]
    assert (await here.opens(direct.slug))["room"]["people"][0]["active"] is False
    await in_db_thread(accounts.set_active)(actor=staff, user=bob, active=True)
    assert "active" not in (await here.sees("person.changed"))["person"]
    await here.posts("welcome back", room=direct.slug)


async def test_in_a_group_the_others_still_read(
    connect: Connect, alice: User, bob: User, charlie: User, staff: User
) -> None:
    direct = await in_db_thread(make_direct)(alice, bob, charlie)
    here = await connect(alice, room=direct)
    await in_db_thread(accounts.set_active)(actor=staff, user=bob, active=False)
    await here.posts("the two of us")
    await in_db_thread(accounts.set_active)(actor=staff, user=charlie, active=False)
    assert (
        await here.is_refused("message.post", room=direct.slug, nonce="12345678", body="alone")
        == "forbidden"
    )


async def test_a_third_person_cannot_bring_someone_together_with_a_person_they_blocked(
    connect: Connect, alice: User, bob: User, charlie: User
) -> None:
    await in_db_thread(ignores.ignore_person)(actor=alice, username="bob", kind="block")
    third = await connect(charlie)
    people = ["alice", "bob"]
    assert await third.is_refused("room.direct", people=people) == "forbidden"
    await third.does("room.direct", people=["alice"])
    await in_db_thread(ignores.ignore_person)(actor=alice, username="bob", kind="mute")
    await third.does("room.direct", people=people)


async def test_an_existing_direct_room_stays_open_to_all_its_members(
    connect: Connect, alice: User, bob: User, charlie: User
) -> None:
    """A block by one member silences the person for nobody else."""
    direct = await in_db_thread(make_direct)(alice, bob, charlie)
    await in_db_thread(ignores.ignore_person)(actor=alice, username="bob", kind="block")
    tab = await connect(bob, room=direct)
    await tab.posts("to charlie")


@pytest.mark.django_db
def test_a_thousand_rooms_are_one_notice(alice: User, bob: User) -> None:
    made = Room.objects.bulk_create(
        Room(kind="private", slug=f"r{n}", name=f"R{n}", created_by=alice) for n in range(1000)
    )
    Membership.objects.bulk_create(Membership(room=room, user=bob) for room in made)
    before = Notice.objects.count()
    profiles.set_display_name(actor=bob, name="Robert")
    assert Notice.objects.count() == before + 1
