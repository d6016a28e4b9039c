"""Logging in and out lead only to pages of this site."""

import pytest
from django.test import Client
from django.urls import reverse

from rooms.actions.accounts.profiles import remember_rooms
from rooms.models import Room, User
from tests.factories import PASSWORD

ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https:evil.example",
    "http:///evil.example",
    "javascript:alert(1)",
    "\x08//evil.example",
    "https://testserver@evil.example/",
    "https://testserver.evil.example/",
    "http://localhost/",
]


@pytest.mark.parametrize("target", ELSEWHERE)
def test_logging_in_never_leads_to_another_site(visitor: Client, bob: User, target: str) -> None:
    response = visitor.post(
        reverse("account_login"), {"login": "bob", "password": PASSWORD, "next": target}
    )
    assert response.status_code == 302
    assert response["Location"] == reverse("home")


@pytest.mark.parametrize("target", ELSEWHERE)
def test_logging_out_never_leads_to_another_site(as_bob: Client, target: str) -> None:
    response = as_bob.post(reverse("account_logout"), {"next": target})
    assert response["Location"] == reverse("account_login")


@pytest.mark.parametrize("target", ["/rooms/", "/rooms/lounge/?a=b", "http://testserver/rooms/"])
def test_logging_in_leads_back_to_the_page_before(visitor: Client, bob: User, target: str) -> None:
    response = visitor.post(
        reverse("account_login"), {"login": "bob", "password": PASSWORD, "next": target}
    )
    assert response["Location"] == target


def test_a_page_sends_visitors_to_log_in_and_back(visitor: Client, room: Room) -> None:
    page = reverse("room", args=[room.slug])
    response = visitor.get(page)
    assert response["Location"] == f"{reverse('account_login')}?next={page}"


def test_logging_in_does_not_lead_back_to_a_posted_form(visitor: Client, room: Room) -> None:
    response = visitor.post(reverse("room_join", args=[room.slug]))
    assert response["Location"] == f"{reverse('account_login')}?next=/"


def test_home_sends_visitors_to_log_in(visitor: Client) -> None:
    assert visitor.get("/")["Location"] == reverse("account_login")


def test_home_leads_to_the_last_room(
    as_bob: Client, bob: User, room: Room, private_room: Room
) -> None:
    assert as_bob.get("/")["Location"] == reverse("lobby")
    for one in (room, private_room):
        remember_rooms({bob.pk: one.pk})
        assert as_bob.get("/")["Location"] == reverse("room", args=[one.slug])


def test_home_leads_to_the_lobby_when_the_last_room_is_out_of_sight(
    as_bob: Client, bob: User, private_room: Room
) -> None:
    remember_rooms({bob.pk: private_room.pk})
    as_bob.post(reverse("room_leave", args=[private_room.slug]))
    assert as_bob.get("/")["Location"] == reverse("lobby")
