"""Every room has an owner, or site moderators see that it has none."""

from django.test import Client

from rooms.actions.rooms import memberships
from rooms.models import AuditEntry, Membership, Room, User
from tests import factories
from tests.integration import admin_desk as desk

OWNER = Membership.Role.OWNER


def owners(room: Room) -> list[str]:
    return [*room.memberships.filter(role=OWNER).values_list("user__username", flat=True)]


def leave(room: Room, *people: User) -> None:
    for user in people:
        memberships.leave_room(actor=user, slug=room.slug)


def test_a_private_room_that_everybody_has_left_is_archived(
    alice: User, bob: User, private_room: Room, room: Room
) -> None:
    leave(private_room, alice)
    private_room.refresh_from_db()
    assert not private_room.archived
    leave(private_room, bob)
    leave(room, alice, bob)
    for one in (room, private_room):
        one.refresh_from_db()
    assert (room.archived, private_room.archived) == (False, True)
    entry = AuditEntry.objects.get(action="room.archived")
    assert (entry.actor, entry.room) == (None, private_room)


def test_a_deactivated_member_does_not_inherit_a_room(
    alice: User, bob: User, charlie: User, room: Room
) -> None:
    factories.add_member(room, charlie)
    User.objects.filter(pk=bob.pk).update(is_active=False)
    leave(room, alice)
    assert owners(room) == ["charlie"]


def test_a_deactivated_owner_does_not_count_as_another_owner(
    alice: User, bob: User, charlie: User, room: Room
) -> None:
    factories.add_member(room, charlie)
    memberships.set_role(actor=alice, room=room, user=bob, role=OWNER)
    User.objects.filter(pk=bob.pk).update(is_active=False)
    leave(room, alice)
    assert "charlie" in owners(room)


def test_moderators_see_rooms_without_an_owner_and_appoint_one(
    as_maud: Client, alice: User, bob: User, charlie: User, room: Room, private_room: Room
) -> None:
    factories.make_direct(alice, charlie)
    deserted = factories.make_room("Deserted", owner=alice)
    leave(deserted, alice)
    orphan = factories.make_room("Orphan", owner=charlie, members=[bob])
    User.objects.filter(pk=charlie.pk).update(is_active=False)
    memberships.join_room(actor=bob, slug=deserted.slug)
    assert owners(deserted) == [], "the first to join an empty room has no claim to it"

    def listed() -> set[str]:
        page = as_maud.get(desk.url(Room) + "?owner=none")
        return {found.slug for found in page.context["cl"].result_list}

    assert listed() == {"deserted", "orphan"}
    for one in (deserted, orphan):
        desk.save(as_maud, Membership.objects.get(room=one, user=bob), role=OWNER)
    assert "bob" in owners(deserted)
    assert not listed()
