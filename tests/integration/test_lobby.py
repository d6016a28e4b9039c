"""The lobby: which rooms are listed, found, joined and created."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import escape
from pytest_django import DjangoAssertNumQueries

from rooms.actions.rooms import rooms
from rooms.models import Room, User
from tests.factories import make_direct, make_room, post

QUERIES = 8  # session, person, ban; public rooms, own memberships; the welcome in three


def listed(browser: Client, **query: str) -> list[str]:
    return [room["slug"] for room in browser.get(reverse("lobby"), query).context["found"]]


def test_public_rooms_are_listed_and_others_are_not(
    as_charlie: Client, room: Room, private_room: Room, alice: User, bob: User
) -> None:
    make_direct(alice, bob)
    assert listed(as_charlie) == [room.slug]
    assert private_room.name.encode() not in as_charlie.get(reverse("lobby")).content


def test_an_archived_room_is_listed_only_for_its_members(
    as_bob: Client, as_charlie: Client, room: Room, alice: User
) -> None:
    rooms.archive_room(actor=alice, room=room)
    assert listed(as_bob) == listed(as_charlie) == []
    assert room.name.encode() in as_bob.get(reverse("lobby")).content
    assert room.name.encode() not in as_charlie.get(reverse("lobby")).content


@pytest.mark.parametrize(
    ("query", "found"),
    [("loun", True), ("LOUNGE", True), ("tea and", True), ("", True), ("coffee", False)],
)
def test_the_search_looks_at_names_and_topics(
    as_charlie: Client, room: Room, query: str, found: bool
) -> None:
    assert listed(as_charlie, q=query) == ([room.slug] if found else [])


def test_the_search_term_is_shown_as_text(as_charlie: Client, room: Room) -> None:
    nasty = '"><script>alert(1)</script>'
    content = as_charlie.get(reverse("lobby"), {"q": nasty}).content.decode()
    assert nasty not in content
    assert escape(nasty) in content


def test_charlie_joins_a_public_room(as_charlie: Client, charlie: User, room: Room) -> None:
    response = as_charlie.post(reverse("room_join", args=[room.slug]))
    assert response["Location"] == reverse("room", args=[room.slug])
    assert room.memberships.filter(user=charlie).exists()


def test_charlie_cannot_join_a_private_room(
    as_charlie: Client, charlie: User, private_room: Room
) -> None:
    response = as_charlie.post(reverse("room_join", args=[private_room.slug]))
    assert response.status_code == 404
    assert not private_room.memberships.filter(user=charlie).exists()


def test_mallory_cannot_join_the_room_she_is_banned_from(
    as_mallory: Client, mallory: User, room: Room
) -> None:
    assert as_mallory.post(reverse("room_join", args=[room.slug])).status_code == 404
    assert not room.memberships.filter(user=mallory).exists()


def test_a_get_to_the_join_address_joins_nothing(as_charlie: Client, room: Room) -> None:
    assert as_charlie.get(reverse("room_join", args=[room.slug])).status_code == 405


@pytest.mark.parametrize("kind", ["public", "private"])
def test_a_new_room_belongs_to_its_creator(as_charlie: Client, charlie: User, kind: str) -> None:
    response = as_charlie.post(
        reverse("room_create"), {"name": "Garden", "topic": "Soil", "kind": kind}
    )
    room = Room.objects.get()
    assert response["Location"] == reverse("room", args=[room.slug])
    assert (room.name, room.topic, room.kind) == ("Garden", "Soil", kind)
    assert room.memberships.get().role == "owner"
    assert room.memberships.get().user == charlie


@pytest.mark.parametrize(
    "wrong", [{"name": ""}, {"name": "x" * 81}, {"name": "lounge"}, {"kind": "direct"}]
)
def test_a_rejected_room_is_explained_in_the_form(
    as_charlie: Client, room: Room, wrong: dict[str, str]
) -> None:
    fields = {"name": "Garden", "topic": "Soil and seeds", "kind": "public", **wrong}
    response = as_charlie.post(reverse("room_create"), fields)
    assert response.status_code == 422
    assert response.context["room_form"].errors
    assert b"Soil and seeds" in response.content, "the input is kept"
    assert list(Room.objects.all()) == [room]


def test_the_eleventh_room_within_an_hour_has_to_wait(as_charlie: Client) -> None:
    for index in range(10):
        as_charlie.post(reverse("room_create"), {"name": f"Room {index}", "kind": "private"})
    response = as_charlie.post(reverse("room_create"), {"name": "One more", "kind": "private"})
    assert response.context["room_form"].non_field_errors()
    assert Room.objects.count() == 10


@pytest.mark.parametrize("people", ["bob", "@bob", " Bob ", "bob alice", "bob, alice"])
def test_a_direct_conversation_is_opened_by_usernames(
    as_charlie: Client, alice: User, bob: User, people: str
) -> None:
    response = as_charlie.post(reverse("direct"), {"people": people})
    room = Room.objects.get(kind="direct")
    assert response["Location"] == reverse("room", args=[room.slug])
    usernames = {row.user.username for row in room.memberships.with_people()}
    assert usernames == {"charlie", "bob"} | ({"alice"} if "alice" in people else set())


@pytest.mark.parametrize("people", ["", "nobody", "charlie", "bob nobody"])
def test_a_direct_conversation_with_nobody_is_explained(
    as_charlie: Client, bob: User, people: str
) -> None:
    response = as_charlie.post(reverse("direct"), {"people": people})
    assert response.status_code == 422
    assert response.context["direct_form"].errors["people"]
    assert not Room.objects.exists()


def test_the_bootstrap_carries_no_room(as_bob: Client, room: Room, bob: User) -> None:
    post(room, room.memberships.get(role="owner").user)
    bootstrap = as_bob.get(reverse("lobby")).context["bootstrap"]
    assert bootstrap["room"] is None
    assert bootstrap["messages"] == []
    assert bootstrap["user"]["id"] == bob.pk
    assert [(one["slug"], one["unread"]) for one in bootstrap["rooms"]] == [(room.slug, 1)]


def test_the_lobby_costs_the_same_however_many_rooms_there_are(
    nothing_expires: None,
    as_bob: Client,
    room: Room,
    alice: User,
    bob: User,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    make_direct(alice, bob)
    as_bob.get(reverse("lobby"))  # creates the installation's row
    with django_assert_num_queries(QUERIES):
        as_bob.get(reverse("lobby"))
    for index in range(12):
        make_room(f"Room {index}", owner=alice, members=[bob])
    with django_assert_num_queries(QUERIES):
        assert len(as_bob.get(reverse("lobby")).context["found"]) == 13
