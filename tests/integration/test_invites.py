"""Invitation links: created, followed, used up, revoked."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth import get_user
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from rooms.actions.accounts import accounts, erasure
from rooms.actions.rooms import invites, memberships, rooms
from rooms.errors import NotFound
from rooms.models import Ban, Invite, Membership, Room, User
from tests.factories import PASSWORD, ban, make_invite
from tests.integration import admin_desk as desk

Lose = Callable[[User], None]


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
def test_nonsensical_limits_are_explained(
    as_alice: Client, private_room: Room, wrong: dict[str, str]
) -> None:
    response = as_alice.post(reverse("invite_create", args=[private_room.slug]), wrong)
    assert response.status_code == 422
    assert response.context["invite_form"].errors
    assert not Invite.objects.exists()


def test_looking_at_an_invitation_joins_nothing_and_says_where_it_leads(
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


def test_a_member_is_redirected_and_the_invite_is_not_consumed(
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


def test_a_link_is_revoked(
    as_alice: Client, as_charlie: Client, charlie: User, alice: User, private_room: Room
) -> None:
    address = link(private_room, alice)
    invite = Invite.objects.get()
    as_alice.post(reverse("invite_revoke", args=[private_room.slug, invite.pk]))
    assert as_charlie.post(address).status_code == 404
    assert not is_member(private_room, charlie)


def revokes(browser: Client, room: Room) -> int:
    """Try to revoke the only invitation from the settings of this room; nothing may change."""
    invite = Invite.objects.get()
    response = browser.post(reverse("invite_revoke", args=[room.slug, invite.pk]))
    invite.refresh_from_db()
    assert invite.revoked_at is None
    return response.status_code


def test_a_member_cannot_revoke_a_link(as_bob: Client, alice: User, private_room: Room) -> None:
    make_invite(private_room, by=alice)
    assert revokes(as_bob, private_room) == 403


def test_a_link_of_another_room_is_not_found_here(
    as_alice: Client, alice: User, room: Room, private_room: Room
) -> None:
    make_invite(private_room, by=alice)
    assert revokes(as_alice, room) == 404


def test_joining_by_link_needs_the_page_s_token(
    charlie: User, alice: User, private_room: Room
) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(charlie)
    assert browser.post(link(private_room, alice)).status_code == 403
    assert not is_member(private_room, charlie)


# Ways in which the maker of an invitation loses the right to invite.

LOSSES = ["removed", "left", "demoted", "banned", "banned from the site", "deactivated", "erased"]


def lose(how: str, maker: User, room: Room, alice: User, staff: User) -> None:
    match how:
        case "removed":
            memberships.remove_member(actor=alice, room=room, user=maker)
        case "left":
            memberships.leave_room(actor=maker, slug=room.slug)
        case "demoted":
            memberships.set_role(actor=alice, room=room, user=maker, role="member")
        case "banned":
            ban(maker, room=room, by=alice)
        case "banned from the site":
            ban(maker, by=staff)
        case "deactivated":
            accounts.set_active(actor=staff, user=maker, active=False)
        case "erased":
            erasure.erase(actor=maker, username=maker.username)


@pytest.mark.parametrize("how", LOSSES)
def test_an_invitation_works_only_while_its_maker_may_invite(
    as_charlie: Client,
    visitor: Client,
    charlie: User,
    alice: User,
    bob: User,
    staff: User,
    private_room: Room,
    how: str,
) -> None:
    Membership.objects.filter(room=private_room, user=bob).update(role="moderator")
    address = link(private_room, bob)
    assert as_charlie.get(address).status_code == visitor.get(address).status_code == 200
    lose(how, bob, private_room, alice, staff)
    for browser in (as_charlie, visitor):
        for response in (browser.get(address), browser.post(address)):
            assert response.status_code == 404
            assert private_room.name.encode() not in response.content
    assert not is_member(private_room, charlie)
    assert not Invite.objects.filter(uses__gt=0).exists()


def no_longer_staff(maker: User) -> None:
    User.objects.filter(pk=maker.pk).update(is_staff=False)


def no_longer_in_the_group(maker: User) -> None:
    maker.groups.clear()


def deactivated(maker: User) -> None:
    User.objects.filter(pk=maker.pk).update(is_active=False)


def banned(maker: User) -> None:
    Ban.objects.create(user=maker, created_by=maker)


@pytest.mark.parametrize("lost", [no_longer_staff, no_longer_in_the_group, deactivated, banned])
@pytest.mark.parametrize("where", ["to the site", "to a room"])
def test_a_site_moderator_s_invitation_works_only_while_they_are_one(
    visitor: Client, settings: Settings, maud: User, room: Room, where: str, lost: Lose
) -> None:
    settings.SIGNUP = "invite"
    address = reverse("invite", args=[make_invite(room if where == "to a room" else None, by=maud)])
    other = Client()
    assert visitor.get(address).status_code == other.get(address).status_code == 200
    lost(maud)
    assert visitor.get(address).status_code == 404
    # Also for someone who opened it before and submits the form now.
    form = {"username": "erin", "email": "erin@example.com"}
    form |= {"password1": PASSWORD, "password2": PASSWORD}
    other.post(reverse("account_signup"), form)
    assert not User.objects.filter(username="erin").exists()
    assert Invite.objects.get().uses == 0


def test_an_invitation_works_again_when_its_maker_may_invite_again(
    as_charlie: Client, charlie: User, alice: User, bob: User, private_room: Room
) -> None:
    Membership.objects.filter(room=private_room, user=bob).update(role="moderator")
    address = link(private_room, bob)
    memberships.set_role(actor=alice, room=private_room, user=bob, role="member")
    assert as_charlie.get(address).status_code == 404
    memberships.set_role(actor=alice, room=private_room, user=bob, role="owner")
    as_charlie.post(address)
    assert is_member(private_room, charlie)


def test_an_invitation_is_checked_again_under_the_lock(
    charlie: User, alice: User, bob: User, private_room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    Membership.objects.filter(room=private_room, user=bob).update(role="moderator")
    token = make_invite(private_room, by=bob)
    lock = invites._lock

    def demoted_meanwhile(invite: Invite) -> None:
        memberships.set_role(actor=alice, room=private_room, user=bob, role="member")
        lock(invite)

    monkeypatch.setattr(invites, "_lock", demoted_meanwhile)
    with pytest.raises(NotFound):
        invites.accept_invite(actor=charlie, token=token)
    assert not is_member(private_room, charlie)


def test_lists_say_which_invitations_work(
    as_alice: Client, as_staff: Client, alice: User, bob: User, private_room: Room
) -> None:
    Membership.objects.filter(room=private_room, user=bob).update(role="moderator")
    make_invite(private_room, by=bob)
    make_invite(private_room, by=alice)
    settings = reverse("room_settings", args=[private_room.slug])
    assert "No longer valid" not in as_alice.get(settings).content.decode()
    memberships.set_role(actor=alice, room=private_room, user=bob, role="member")
    assert as_alice.get(settings).content.decode().count("No longer valid") == 1
    rows = as_staff.get(desk.url(Invite)).context["cl"].result_list
    assert {row.created_by: row.counts for row in rows} == {bob: False, alice: True}
