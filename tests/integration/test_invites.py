"""Invitation links: made, followed, used up, taken back."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from rooms.actions import rooms
from rooms.models import Invite, Room, User
from tests.factories import PASSWORD, ban, make_invite


def link(room: Room, by: User, **limits: int) -> str:
    return reverse("invite", args=[make_invite(room, by=by, **limits)])


def is_member(room: Room, user: User) -> bool:
    return room.memberships.filter(user=user).exists()


def test_the_link_is_shown_once_and_kept_as_a_hash(
    as_alice: Client, as_charlie: Client, charlie: User, private_room: Room
) -> None:
    response = as_alice.post(
        reverse("invite_create", args=[private_room.slug]), {"days": "3", "max_uses": "1"}
    )
    url = response.context["invite_url"]
    token = url.rstrip("/").rpartition("/")[2]
    invite = Invite.objects.get()
    assert token not in (invite.token_hash, "")
    assert url.encode() in response.content
    again = as_alice.get(reverse("room_settings", args=[private_room.slug]))
    assert token.encode() not in again.content
    as_charlie.post(url)
    assert is_member(private_room, charlie)


@pytest.mark.parametrize(
    "wrong", [{"days": "0"}, {"days": "366"}, {"days": "x"}, {"max_uses": "0"}]
)
def test_limits_that_make_no_sense_are_explained(
    as_alice: Client, private_room: Room, wrong: dict[str, str]
) -> None:
    response = as_alice.post(reverse("invite_create", args=[private_room.slug]), wrong)
    assert response.status_code == 422
    assert response.context["invite_form"].errors
    assert not Invite.objects.exists()


def test_looking_joins_nothing_and_tells_where_it_leads(
    as_charlie: Client, charlie: User, alice: User, private_room: Room
) -> None:
    response = as_charlie.get(link(private_room, alice))
    assert b"Back office" in response.content
    assert b"Alice Adams" in response.content
    assert not is_member(private_room, charlie)


def test_charlie_accepts_and_is_in(
    as_charlie: Client, charlie: User, alice: User, private_room: Room
) -> None:
    response = as_charlie.post(link(private_room, alice))
    assert response["Location"] == reverse("room", args=[private_room.slug])
    assert is_member(private_room, charlie)


def test_a_member_is_led_on_and_uses_nothing(
    as_bob: Client, alice: User, private_room: Room
) -> None:
    address = link(private_room, alice, max_uses=1)
    assert as_bob.get(address)["Location"] == reverse("room", args=[private_room.slug])
    as_bob.post(address)
    assert Invite.objects.get().uses == 0


@pytest.mark.parametrize("how", ["used up", "expired", "revoked", "archived", "made up"])
def test_a_link_that_does_not_work_tells_nothing_about_the_room(
    as_charlie: Client, visitor: Client, charlie: User, alice: User, private_room: Room, how: str
) -> None:
    address = link(private_room, alice, max_uses=1)
    match how:
        case "used up":
            Invite.objects.update(uses=1)
        case "expired":
            Invite.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
        case "revoked":
            Invite.objects.update(revoked_at=timezone.now())
        case "archived":
            rooms.archive_room(actor=alice, room=private_room)
        case "made up":
            address = reverse("invite", args=["x" * 32])
    for browser in (as_charlie, visitor):
        for response in (browser.get(address), browser.post(address)):
            assert response.status_code == 404
            assert private_room.name.encode() not in response.content
    assert not is_member(private_room, charlie)


def test_a_ban_is_stronger_than_an_invitation(
    as_charlie: Client, charlie: User, alice: User, private_room: Room
) -> None:
    ban(charlie, room=private_room, by=alice)
    assert as_charlie.post(link(private_room, alice)).status_code == 403
    assert not is_member(private_room, charlie)


def test_a_visitor_logs_in_and_comes_back_to_it(
    visitor: Client, charlie: User, alice: User, private_room: Room
) -> None:
    address = link(private_room, alice)
    assert visitor.get(address).status_code == 200
    response = visitor.post(reverse("account_login"), {"login": "charlie", "password": PASSWORD})
    assert get_user(visitor) == charlie
    assert response["Location"] == address
    assert not is_member(private_room, charlie), "joining is theirs to decide"


def test_a_link_is_taken_back(
    as_alice: Client, as_charlie: Client, charlie: User, alice: User, private_room: Room
) -> None:
    address = link(private_room, alice)
    invite = Invite.objects.get()
    as_alice.post(reverse("invite_revoke", args=[private_room.slug, invite.pk]))
    assert as_charlie.post(address).status_code == 404
    assert not is_member(private_room, charlie)


def test_a_member_takes_no_link_back(as_bob: Client, alice: User, private_room: Room) -> None:
    make_invite(private_room, by=alice)
    invite = Invite.objects.get()
    response = as_bob.post(reverse("invite_revoke", args=[private_room.slug, invite.pk]))
    assert response.status_code == 403
    invite.refresh_from_db()
    assert invite.revoked_at is None


def test_a_link_of_another_room_is_not_found_here(
    as_alice: Client, alice: User, room: Room, private_room: Room
) -> None:
    make_invite(private_room, by=alice)
    invite = Invite.objects.get()
    response = as_alice.post(reverse("invite_revoke", args=[room.slug, invite.pk]))
    assert response.status_code == 404
    invite.refresh_from_db()
    assert invite.revoked_at is None


def test_joining_by_link_needs_the_page_s_token(
    charlie: User, alice: User, private_room: Room
) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(charlie)
    assert browser.post(link(private_room, alice)).status_code == 403
    assert not is_member(private_room, charlie)
