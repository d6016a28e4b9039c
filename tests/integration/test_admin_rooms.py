"""Rooms, memberships and invitations in the admin."""

from datetime import timedelta

import pytest
from django.contrib.admin.utils import flatten_fieldsets
from django.test import Client
from django.utils import timezone

from rooms.models import AuditEntry, Invite, Membership, Room, User
from tests import factories
from tests.integration import admin_desk as desk
from tests.integration.conftest import Connect


def role_of(room: Room, user: User) -> str | None:
    return Membership.objects.filter(room=room, user=user).values_list("role", flat=True).first()


# Rooms


def test_a_new_room_is_owned_by_its_creator(as_maud: Client, maud: User) -> None:
    answer = desk.add(as_maud, Room, name="Garden", topic="Soil", kind="private", slug="")
    room = Room.objects.get()
    assert (room.name, room.topic, room.kind) == ("Garden", "Soil", "private")
    assert room.slug.startswith("garden-")
    assert role_of(room, maud) == "owner"
    assert answer.status_code == 302


def test_a_taken_name_is_an_error_at_the_name(as_maud: Client, room: Room) -> None:
    page = desk.add(as_maud, Room, name="LOUNGE", kind="public", slug="")
    assert page.context["adminform"].form.errors["name"]
    assert page.context["adminform"].form.data["name"] == "LOUNGE"
    assert Room.objects.count() == 1


def test_a_taken_address_is_an_error_at_the_address(as_maud: Client, room: Room) -> None:
    page = desk.add(as_maud, Room, name="Other", kind="public", slug="lounge")
    assert page.context["adminform"].form.errors["slug"]


def test_a_bad_address_is_an_error_at_the_address(as_maud: Client) -> None:
    page = desk.add(as_maud, Room, name="Other", kind="public", slug="Not a slug!")
    assert page.context["adminform"].form.errors["slug"]
    assert not Room.objects.exists()


def test_direct_rooms_cannot_be_created_here(as_maud: Client) -> None:
    page = desk.add(as_maud, Room, name="Us", kind="direct", slug="")
    assert page.context["adminform"].form.errors["kind"]


def test_a_bad_name_is_an_error_at_the_name(as_maud: Client, room: Room) -> None:
    page = desk.save(as_maud, room, name="\u200b", topic="")
    assert page.context["adminform"].form.errors["name"]
    room.refresh_from_db()
    assert room.name == "Lounge"


def test_slug_kind_and_counters_cannot_be_changed(as_maud: Client, room: Room) -> None:
    desk.save(as_maud, room, name="Bar", topic="", slug="bar", kind="private", revision=9)
    room.refresh_from_db()
    assert (room.name, room.slug, room.kind, room.revision) == ("Bar", "lounge", "public", 0)


def test_the_list_archives_and_opens_again(as_maud: Client, room: Room) -> None:
    assert "1 room was archived" in desk.notices(desk.run(as_maud, "archive", [room]))
    room.refresh_from_db()
    assert room.archived
    desk.run(as_maud, "unarchive", [room])
    room.refresh_from_db()
    assert not room.archived
    actions = list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))
    assert actions[-2:] == ["room.archived", "room.unarchived"]


def test_a_direct_room_can_be_archived_but_not_named(
    as_maud: Client, alice: User, bob: User
) -> None:
    room = factories.make_direct(alice, bob)
    answer = desk.save(as_maud, room, name="Gossip", archived="on")
    assert answer.status_code == 302
    room.refresh_from_db()
    assert room.archived
    assert room.name == ""


def test_no_room_is_deleted(as_staff: Client, room: Room) -> None:
    assert desk.delete(as_staff, room).status_code == 403
    assert "delete_selected" not in as_staff.get(desk.url(Room)).content.decode()


@pytest.mark.django_db(transaction=True)
async def test_open_browsers_see_the_new_name_and_the_archive(
    connect: Connect, maud: User, room: Room, bob: User
) -> None:
    tab = await connect(bob, room=room)
    await desk.acts(maud, desk.save, room, name="Bar", topic="Drinks", archived="on")
    await tab.sees("room.updated", name="Bar", topic="Drinks", archived=True)


# Memberships


def test_a_person_is_added_to_a_room(
    as_maud: Client, maud: User, room: Room, charlie: User
) -> None:
    desk.add(as_maud, Membership, room=room.pk, user=charlie.pk, role="moderator")
    assert role_of(room, charlie) == "moderator"
    entry = AuditEntry.objects.get(action="member.added")
    assert (entry.actor, entry.user, entry.room) == (maud, charlie, room)


def test_a_banned_person_is_not_added(as_maud: Client, room: Room, mallory: User) -> None:
    page = desk.add(as_maud, Membership, room=room.pk, user=mallory.pk, role="member")
    assert "is banned" in desk.errors(page)
    assert role_of(room, mallory) is None


def test_nobody_is_added_twice(as_maud: Client, room: Room, bob: User) -> None:
    page = desk.add(as_maud, Membership, room=room.pk, user=bob.pk, role="member")
    assert desk.errors(page)
    assert Membership.objects.filter(room=room, user=bob).count() == 1


def test_nobody_is_added_to_a_direct_room(
    as_maud: Client, alice: User, bob: User, charlie: User
) -> None:
    room = factories.make_direct(alice, bob)
    page = desk.add(as_maud, Membership, room=room.pk, user=charlie.pk, role="member")
    assert "direct room" in desk.errors(page)


def test_a_role_is_changed(as_maud: Client, room: Room, bob: User) -> None:
    desk.save(as_maud, Membership.objects.get(room=room, user=bob), role="moderator")
    assert role_of(room, bob) == "moderator"
    entry = AuditEntry.objects.get(action="member.role")
    assert (entry.before, entry.after) == ("member", "moderator")


def test_the_last_owner_keeps_the_room(as_maud: Client, room: Room, alice: User) -> None:
    page = desk.save(as_maud, Membership.objects.get(room=room, user=alice), role="member")
    assert "needs an owner" in page.context["adminform"].form.errors["role"][0]
    assert role_of(room, alice) == "owner"


def test_a_member_is_removed(as_maud: Client, maud: User, room: Room, bob: User) -> None:
    desk.delete(as_maud, Membership.objects.get(room=room, user=bob))
    assert role_of(room, bob) is None
    assert AuditEntry.objects.get(action="member.removed").actor == maud


def test_the_list_removes_many(as_maud: Client, room: Room, bob: User, charlie: User) -> None:
    factories.add_member(room, charlie)
    rows = list(Membership.objects.filter(room=room, user__in=[bob, charlie]))
    assert "Are you sure" in desk.run(as_maud, "delete_selected", rows).content.decode()
    desk.run(as_maud, "delete_selected", rows, post="yes")
    assert role_of(room, bob) is role_of(room, charlie) is None


def test_a_refused_removal_is_reported(as_maud: Client, alice: User, bob: User) -> None:
    room = factories.make_direct(alice, bob)
    membership = Membership.objects.get(room=room, user=bob)
    answer = as_maud.post(
        desk.url(Membership, "delete", membership.pk), {"post": "yes"}, follow=True
    )
    assert desk.was_refused(answer)
    assert role_of(room, bob) == "member"


@pytest.mark.django_db(transaction=True)
async def test_a_removed_member_loses_the_room_at_once(
    connect: Connect, maud: User, private_room: Room, bob: User
) -> None:
    tab = await connect(bob, room=private_room)
    membership = await Membership.objects.aget(room=private_room, user=bob)
    await desk.acts(maud, desk.delete, membership)
    await tab.sees("room.removed", room=private_room.slug)
    assert await tab.is_refused("room.open", room=private_room.slug) == "not_found"


# Invitations


def test_a_site_invitation_is_made_and_shown_once(as_maud: Client) -> None:
    answer = as_maud.post(
        desk.url(Invite, "add"), {"room": "", "days": "7", "max_uses": "1"}, follow=True
    )
    invite = Invite.objects.get()
    link = desk.notices(answer).split("shown again: ")[1].split()[0]
    token = link.rstrip("/").rsplit("/", 1)[-1]
    assert invite.token_hash == Invite.hash(token)
    assert invite.max_uses == 1
    assert invite.expires_at is not None
    assert invite.expires_at > timezone.now() + timedelta(days=6)
    assert token not in desk.shown(as_maud, invite).content.decode()


def test_an_invitation_is_revoked(as_maud: Client, room: Room, alice: User) -> None:
    for _ in range(2):
        factories.make_invite(room, by=alice)
    first, second = Invite.objects.order_by("pk")
    desk.save(as_maud, first, revoked="on")
    assert "1 invite was revoked" in desk.notices(desk.run(as_maud, "revoke", [first, second]))
    assert not Invite.objects.filter(revoked_at=None).exists()
    assert AuditEntry.objects.filter(action="invite.revoked").count() == 2


def test_a_revoked_invitation_is_shown_without_the_box_that_revokes_it(
    as_maud: Client, room: Room, alice: User
) -> None:
    factories.make_invite(room, by=alice)
    invite = Invite.objects.get()
    desk.save(as_maud, invite, revoked="on")
    page = desk.shown(as_maud, invite)
    assert page.status_code == 200
    assert "revoked" not in flatten_fieldsets(page.context["adminform"].fieldsets)


def test_nothing_else_about_an_invitation_can_be_changed(
    as_maud: Client, room: Room, alice: User
) -> None:
    factories.make_invite(room, by=alice, max_uses=1)
    invite = Invite.objects.get()
    desk.save(as_maud, invite, max_uses=1000, uses=0, days=300)
    invite.refresh_from_db()
    assert invite.max_uses == 1
    assert invite.revoked_at is None
    assert desk.delete(as_maud, invite).status_code == 403
