"""A room's settings, which moderators and owners can change and others can't."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from rooms.models import AuditEntry, Ban, Membership, Mute, Room, User
from tests.conftest import signed_in
from tests.factories import add_member, make_direct, make_user


@pytest.fixture
def moderator(room: Room) -> User:
    user = make_user("mo")
    add_member(room, user, role="moderator")
    return user


def role_of(room: Room, user: User) -> str | None:
    return room.memberships.filter(user=user).values_list("role", flat=True).first()


def messages_of(browser: Client, room: Room) -> str:
    return browser.get(reverse("room_settings", args=[room.slug])).content.decode()


def test_owners_and_moderators_see_the_forms_and_members_do_not(
    as_alice: Client, as_bob: Client, moderator: User, room: Room
) -> None:
    update = reverse("room_update", args=[room.slug])
    assert update in messages_of(as_alice, room)
    assert update in messages_of(signed_in(moderator), room)
    assert update not in messages_of(as_bob, room)
    assert reverse("room_leave", args=[room.slug]) in messages_of(as_bob, room)


def test_outsiders_have_no_settings(
    as_charlie: Client, as_mallory: Client, room: Room, private_room: Room
) -> None:
    for browser, one, status in (
        (as_charlie, room, 403),
        (as_charlie, private_room, 404),
        (as_mallory, room, 404),
    ):
        response = browser.get(reverse("room_settings", args=[one.slug]))
        assert response.status_code == status


def test_alice_renames_the_room_and_its_address_stays(as_alice: Client, room: Room) -> None:
    as_alice.post(reverse("room_update", args=[room.slug]), {"name": "Salon", "topic": "Talk"})
    slug = room.slug
    room.refresh_from_db()
    assert (room.name, room.topic, room.slug) == ("Salon", "Talk", slug)
    assert "Saved." in messages_of(as_alice, room)


@pytest.mark.parametrize("name", ["", "x" * 81, "Atrium"])
def test_a_rejected_name_is_explained(as_alice: Client, alice: User, room: Room, name: str) -> None:
    as_alice.post(reverse("room_create"), {"name": "Atrium", "kind": "public"})
    response = as_alice.post(reverse("room_update", args=[room.slug]), {"name": name})
    assert response.status_code == 422
    assert response.context["form"].errors["name"]
    room.refresh_from_db()
    assert room.name == "Lounge"


@pytest.mark.parametrize(
    "name", ["room_update", "room_archive", "invite_create", "room_settings", "room_leave"]
)
def test_a_get_changes_nothing(as_alice: Client, room: Room, name: str) -> None:
    before = (room.name, room.archived, AuditEntry.objects.count())
    as_alice.get(reverse(name, args=[room.slug]))
    room.refresh_from_db()
    assert (room.name, room.archived, AuditEntry.objects.count()) == before


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("room_update", {"name": "Mine"}),
        ("room_archive", {"archived": "1"}),
        ("invite_create", {"days": "7"}),
    ],
)
def test_a_member_changes_nothing_about_the_room(
    as_bob: Client, as_charlie: Client, room: Room, name: str, fields: dict[str, str]
) -> None:
    for browser in (as_bob, as_charlie):
        assert browser.post(reverse(name, args=[room.slug]), fields).status_code == 403
    room.refresh_from_db()
    assert room.name == "Lounge"
    assert not room.archived
    assert not room.invites.exists()


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("member_role", {"role": "owner"}),
        ("member_remove", {}),
        ("member_mute", {}),
        ("member_ban", {}),
    ],
)
def test_a_member_changes_nothing_about_another(
    as_bob: Client, alice: User, bob: User, room: Room, name: str, fields: dict[str, str]
) -> None:
    for user in (alice, bob):
        response = as_bob.post(reverse(name, args=[room.slug, user.pk]), fields)
        assert response.status_code == 403
    assert (role_of(room, alice), role_of(room, bob)) == ("owner", "member")


def test_archiving_closes_the_room_for_writing_and_is_taken_back(
    as_alice: Client, room: Room
) -> None:
    as_alice.post(reverse("room_archive", args=[room.slug]), {"archived": "1"})
    room.refresh_from_db()
    assert room.archived
    as_alice.post(reverse("room_archive", args=[room.slug]), {"archived": "0"})
    room.refresh_from_db()
    assert not room.archived


def test_an_owner_gives_roles(as_alice: Client, bob: User, room: Room) -> None:
    as_alice.post(reverse("member_role", args=[room.slug, bob.pk]), {"role": "moderator"})
    assert role_of(room, bob) == "moderator"


@pytest.mark.parametrize("role", ["king", "", "OWNER"])
def test_unknown_roles_are_refused(as_alice: Client, bob: User, room: Room, role: str) -> None:
    as_alice.post(reverse("member_role", args=[room.slug, bob.pk]), {"role": role})
    assert role_of(room, bob) == "member"
    assert "A role must be one of" in messages_of(as_alice, room)


def test_a_moderator_cannot_give_roles(moderator: User, bob: User, room: Room) -> None:
    browser = signed_in(moderator)
    for user in (bob, moderator):
        browser.post(reverse("member_role", args=[room.slug, user.pk]), {"role": "owner"})
    assert (role_of(room, bob), role_of(room, moderator)) == ("member", "moderator")
    assert "owners can do that" in messages_of(browser, room)


def test_the_last_owner_cannot_step_down(as_alice: Client, alice: User, room: Room) -> None:
    as_alice.post(reverse("member_role", args=[room.slug, alice.pk]), {"role": "member"})
    assert role_of(room, alice) == "owner"
    assert "A room needs an owner." in messages_of(as_alice, room)


def test_a_moderator_removes_a_member_but_not_an_owner(
    moderator: User, alice: User, bob: User, room: Room
) -> None:
    browser = signed_in(moderator)
    for user in (alice, bob):
        browser.post(reverse("member_remove", args=[room.slug, user.pk]))
    assert (role_of(room, alice), role_of(room, bob)) == ("owner", None)


@pytest.mark.parametrize("days", ["", "7"])
@pytest.mark.parametrize(
    ("form", "sanction", "role"), [("member_ban", Ban, None), ("member_mute", Mute, "member")]
)
def test_a_ban_or_a_mute_has_a_reason_and_may_expire(
    as_alice: Client, bob: User, room: Room, form: str, sanction: Any, role: str | None, days: str
) -> None:
    fields = {"reason": "Too many links.", "days": days}
    as_alice.post(reverse(form, args=[room.slug, bob.pk]), fields)
    found = sanction.objects.get(user=bob)
    assert (found.room, found.reason) == (room, "Too many links.")
    assert (found.expires_at is None) == (days == "")
    assert role_of(room, bob) == role


@pytest.mark.parametrize("days", ["0", "999999"])
def test_a_ban_of_no_sensible_length_is_refused(
    as_alice: Client, bob: User, room: Room, days: str
) -> None:
    as_alice.post(reverse("member_ban", args=[room.slug, bob.pk]), {"days": days})
    assert role_of(room, bob) == "member"


def test_nobody_can_ban_themselves(as_alice: Client, alice: User, room: Room) -> None:
    as_alice.post(reverse("member_ban", args=[room.slug, alice.pk]))
    assert role_of(room, alice) == "owner"


def test_a_ban_is_lifted(as_alice: Client, as_mallory: Client, room: Room) -> None:
    found = Ban.objects.get(room=room)
    as_alice.post(reverse("ban_lift", args=[room.slug, found.pk]))
    assert as_mallory.get(reverse("room", args=[room.slug])).status_code == 200


def test_a_ban_of_another_room_is_not_lifted_from_here(
    as_alice: Client, as_bob: Client, bob: User, room: Room, private_room: Room
) -> None:
    theirs = Ban.objects.get(room=private_room)
    as_alice.post(reverse("ban_lift", args=[room.slug, theirs.pk]))
    theirs.refresh_from_db()
    assert theirs.lifted_at is None


def test_a_non_member_is_not_found(as_alice: Client, charlie: User, room: Room) -> None:
    for verb in ("role", "remove", "ban"):
        for user_id in (charlie.pk, 10**17, 10**30):
            address = f"/rooms/{room.slug}/members/{user_id}/{verb}/"
            assert as_alice.post(address, {"role": "owner"}).status_code == 404


def test_bob_leaves(as_bob: Client, bob: User, room: Room) -> None:
    response = as_bob.post(reverse("room_leave", args=[room.slug]), follow=True)
    assert response.redirect_chain == [(reverse("lobby"), 302)]
    assert b"You left Lounge." in response.content
    assert role_of(room, bob) is None


def test_nobody_can_leave_a_direct_conversation(as_bob: Client, alice: User, bob: User) -> None:
    room = make_direct(alice, bob)
    response = as_bob.post(reverse("room_leave", args=[room.slug]), follow=True)
    assert b"leave a direct room." in response.content
    assert role_of(room, bob) == Membership.Role.MEMBER


def test_many_members_are_found_by_name(as_alice: Client, room: Room) -> None:
    for index in range(60):
        add_member(room, make_user(f"person{index}"))
    page = as_alice.get(reverse("room_settings", args=[room.slug]))
    assert len(page.context["members"]) == 50
    found = as_alice.get(reverse("room_settings", args=[room.slug]), {"member": "PERSON59"})
    assert [one.username for one in found.context["members"]] == ["person59"]
