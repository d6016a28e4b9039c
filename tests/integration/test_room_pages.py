"""A room's page: who sees it, where it opens, and what it contains."""

import json
import re
from typing import Any, cast

import pytest
from django.test import Client
from django.urls import Resolver404, resolve, reverse
from pytest_django import DjangoAssertNumQueries

from rooms.actions.messages import changes, history, reactions
from rooms.actions.moderation import sanctions
from rooms.actions.rooms import directory, memberships, reading
from rooms.models import Room, User
from tests.conftest import signed_in
from tests.factories import add_member, ban, make_direct, make_user, post, post_many

# The session, the person, their ban; the welcome in three; the standing, the count of the members;
# the page in two.
QUERIES = 10


def page(browser: Client, room: Room, number: int | None = None) -> dict[str, Any]:
    """Return the bootstrap as the page's script reads it."""
    args = [room.slug] if number is None else [room.slug, number]
    content = browser.get(reverse("room_at" if number else "room", args=args)).content.decode()
    found = re.search(r'<script id="bootstrap" type="application/json">(.*?)</script>', content)
    assert found
    return cast(dict[str, Any], json.loads(found[1]))


def numbers(bootstrap: dict[str, Any]) -> list[int]:
    return [message["number"] for message in bootstrap["messages"]]


@pytest.mark.parametrize("who", ["alice", "bob", "charlie"])
def test_a_public_room_is_visible_to_everyone_signed_in(
    request: pytest.FixtureRequest, room: Room, who: str
) -> None:
    browser = signed_in(request.getfixturevalue(who))
    assert browser.get(reverse("room", args=[room.slug])).status_code == 200


def test_a_private_room_is_visible_to_its_members(as_bob: Client, private_room: Room) -> None:
    assert as_bob.get(reverse("room", args=[private_room.slug])).status_code == 200


def test_to_others_a_private_room_looks_like_a_missing_one(
    as_charlie: Client, as_mallory: Client, private_room: Room
) -> None:
    for browser in (as_charlie, as_mallory):
        hidden = browser.get(reverse("room", args=[private_room.slug]))
        absent = browser.get(reverse("room", args=["no-such-room"]))
        assert hidden.status_code == absent.status_code == 404
        assert _without_tokens(hidden.content) == _without_tokens(absent.content)


def _without_tokens(content: bytes) -> bytes:
    return re.sub(rb'name="csrfmiddlewaretoken" value="\w+"', b"", content)


def test_a_ban_hides_even_a_public_room(as_mallory: Client, room: Room) -> None:
    assert as_mallory.get(reverse("room", args=[room.slug])).status_code == 404


def test_a_former_member_no_longer_sees_a_private_room(
    as_bob: Client, bob: User, alice: User, private_room: Room
) -> None:
    memberships.remove_member(actor=alice, room=private_room, user=bob)
    assert as_bob.get(reverse("room", args=[private_room.slug])).status_code == 404


@pytest.mark.parametrize("slug", ["../admin", "a.b", "%00", "x" * 101, "a b"])
def test_an_invalid_slug_is_not_found(as_bob: Client, slug: str) -> None:
    assert as_bob.get(f"/rooms/{slug}/").status_code == 404


def test_a_slug_may_be_in_any_script(as_alice: Client, alice: User) -> None:
    as_alice.post(reverse("room_create"), {"name": "Küche и кухня", "kind": "private"})
    room = Room.objects.get()
    assert not room.slug.isascii()
    assert as_alice.get(reverse("room", args=[room.slug])).status_code == 200


def test_the_bootstrap_is_the_room_as_this_person_sees_it(
    as_bob: Client, room: Room, alice: User, bob: User
) -> None:
    message = post(room, alice, "Hello </script><b>bob</b>")
    bootstrap = page(as_bob, room)
    assert set(bootstrap) == {
        "user",
        "epoch",
        "limits",
        "room",
        "messages",
        "named",
        "here",
        "has_before",
        "has_after",
        "around",
        "rooms",
        "rooms_next",
        "unread_total",
        "sidebar",
        "appearance",
        "muted",
        "ignored",
        "emoji",
        "people",
        "staff",
        "site",
        "waiting",
        "zone",
        "urls",
    }
    assert bootstrap["user"] == {"id": bob.pk, "username": "bob", "name": "Bob", "avatar": None}
    assert bootstrap["room"]["role"] == "member"
    assert bootstrap["room"]["revision"] == room.revision
    (shown,) = bootstrap["messages"]
    assert shown["body"] == message.body
    assert shown["author"]["name"] == "Alice Adams"
    assert bootstrap["urls"]["socket"] == "/ws/"
    assert bootstrap["urls"]["members"] == reverse("room_members", args=[room.slug])


def test_with_everything_read_it_opens_at_the_end(
    as_bob: Client, room: Room, alice: User, bob: User
) -> None:
    post_many(room, alice, [f"message {index}" for index in range(60)])
    reading.mark_read(actor=bob, slug=room.slug, number=60)
    bootstrap = page(as_bob, room)
    assert numbers(bootstrap) == list(range(11, 61))
    assert bootstrap["around"] is None
    assert (bootstrap["has_before"], bootstrap["has_after"]) == (True, False)


def test_with_unread_messages_it_opens_at_the_first_of_them(
    as_bob: Client, room: Room, alice: User, bob: User
) -> None:
    post_many(room, alice, [f"message {index}" for index in range(200)])
    reading.mark_read(actor=bob, slug=room.slug, number=100)
    bootstrap = page(as_bob, room)
    assert bootstrap["around"] == 101
    assert 101 in numbers(bootstrap)
    assert 100 in numbers(bootstrap), "some read messages are shown as context"
    assert (bootstrap["has_before"], bootstrap["has_after"]) == (True, True)


def test_a_non_member_has_no_unread_messages(as_charlie: Client, room: Room, alice: User) -> None:
    post_many(room, alice, ["one", "two"])
    assert page(as_charlie, room)["around"] is None


def test_an_address_names_a_message_and_shows_its_context(
    as_bob: Client, room: Room, alice: User
) -> None:
    post_many(room, alice, [f"message {index}" for index in range(200)])
    bootstrap = page(as_bob, room, 50)
    assert bootstrap["around"] == 50
    assert {49, 50, 51} <= set(numbers(bootstrap))


@pytest.mark.parametrize("number", ["0", "3", "99999999999999999999"])
def test_a_message_that_does_not_exist_is_not_found(
    as_bob: Client, room: Room, alice: User, number: str
) -> None:
    post_many(room, alice, ["one", "two"])
    assert as_bob.get(f"/rooms/{room.slug}/2/").status_code == 200
    assert as_bob.get(f"/rooms/{room.slug}/{number}/").status_code == 404


def test_a_deleted_message_keeps_its_address_and_nothing_else(
    as_bob: Client, room: Room, alice: User
) -> None:
    message = post(room, alice, "a secret")
    changes.delete_messages(actor=alice, messages=[message])
    (tombstone,) = page(as_bob, room, message.number)["messages"]
    assert tombstone["deleted"]
    assert "body" not in tombstone
    assert "html" not in tombstone


def test_a_direct_room_is_named_after_the_others(as_bob: Client, alice: User, bob: User) -> None:
    content = as_bob.get(reverse("room", args=[make_direct(alice, bob).slug])).content
    assert b"<title>Alice Adams" in content


def test_viewing_a_page_stores_nothing(as_bob: Client, bob: User, room: Room) -> None:
    """The socket stores bob's last room; viewing a page needs no writable storage."""
    as_bob.get(reverse("room", args=[room.slug]))
    bob.refresh_from_db()
    assert bob.last_room is None


def test_a_page_costs_the_same_however_much_it_shows(
    nothing_expires: None,
    as_bob: Client,
    room: Room,
    alice: User,
    bob: User,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    make_direct(alice, bob)
    message = post(room, alice)
    as_bob.get(reverse("room", args=[room.slug]))
    history.recent_pages.clear()
    with django_assert_num_queries(QUERIES):
        as_bob.get(reverse("room", args=[room.slug]))
    post_many(room, bob, [f"message {index}" for index in range(30)])
    for index in range(10):
        user = make_user(f"person{index}")
        add_member(room, user)
        reactions.add_reaction(actor=user, slug=room.slug, number=message.number, emoji="👍")
    with django_assert_num_queries(QUERIES):
        as_bob.get(reverse("room", args=[room.slug]))


def test_the_members_are_listed_by_role_then_name(
    as_bob: Client, room: Room, alice: User, bob: User
) -> None:
    for username in ("zoe", "adam"):
        add_member(room, make_user(username))
    add_member(room, make_user("mo"), role="moderator")
    body = as_bob.get(reverse("room_members", args=[room.slug])).json()
    assert [(one["username"], one["role"]) for one in body["members"]] == [
        ("alice", "owner"),
        ("mo", "moderator"),
        ("adam", "member"),
        ("bob", "member"),
        ("zoe", "member"),
    ]
    assert body["next"] is None
    assert set(body["members"][0]) == {"id", "username", "name", "avatar", "role"}


def test_a_long_list_of_members_comes_in_pages_without_gaps(
    as_bob: Client, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    for index in range(8):
        add_member(room, make_user(f"person{index}", display_name="Same Name"))
    monkeypatch.setitem(directory.members.__kwdefaults__ or {}, "limit", 3)
    address, seen = reverse("room_members", args=[room.slug]), []
    while address:
        body = as_bob.get(address).json()
        assert len(body["members"]) <= 3
        seen += [one["id"] for one in body["members"]]
        address = body["next"]
    assert len(seen) == len(set(seen)) == room.memberships.count() == 10


def test_a_member_beyond_the_loaded_list_can_be_looked_up(
    as_alice: Client, as_bob: Client, alice: User, bob: User, room: Room
) -> None:
    sanctions.mute_user(actor=alice, user=bob, room=room, reason="Calm down.")
    address = reverse("room_members", args=[room.slug])
    body = as_alice.get(address, {"person": bob.pk}).json()
    assert [(one["id"], one["role"]) for one in body["members"]] == [(bob.pk, "member")]
    assert body["muted"] == {str(bob.pk): {"until": None, "reason": "Calm down."}}
    assert as_bob.get(address, {"person": bob.pk}).json()["muted"] == {}


def test_the_list_of_members_is_for_members_only(
    as_bob: Client, as_charlie: Client, as_mallory: Client, visitor: Client, room: Room
) -> None:
    address = reverse("room_members", args=[room.slug])
    assert as_bob.get(address).status_code == 200
    assert as_charlie.get(address).status_code == 403
    assert as_mallory.get(address).status_code == 404
    assert visitor.get(address).status_code == 401


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("bo", ["bob"]),
        ("@BO", ["bob"]),
        ("alice a", ["alice"]),
        ("ams", []),
        ("", []),
        ("charlie", []),
    ],
)
def test_people_are_found_by_the_beginning_of_their_names(
    as_charlie: Client, alice: User, bob: User, query: str, found: list[str]
) -> None:
    make_user("bogus", is_active=False)
    body = as_charlie.get(reverse("people"), {"q": query}).json()
    assert [one["username"] for one in body["people"]] == found


def test_at_most_twenty_people_are_found(as_charlie: Client) -> None:
    for index in range(25):
        make_user(f"person{index}")
    assert len(as_charlie.get(reverse("people"), {"q": "person"}).json()["people"]) == 20


def test_visitors_find_nobody(visitor: Client, bob: User) -> None:
    assert visitor.get(reverse("people"), {"q": "bo"}).status_code == 401


def test_a_site_ban_closes_the_room_at_once(
    as_bob: Client, bob: User, room: Room, staff: User
) -> None:
    ban(bob, by=staff, reason="Enough.")
    assert as_bob.get(reverse("room", args=[room.slug])).status_code == 403


def test_a_nul_in_an_address_is_not_found() -> None:
    """PostgreSQL would refuse the query for it."""
    with pytest.raises(Resolver404):
        resolve("/rooms/a\0b/")
