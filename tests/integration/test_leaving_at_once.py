"""Races between reading a membership and changing it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from rooms.actions.moderation import sanctions
from rooms.actions.rooms import memberships, reading
from rooms.actions.rooms.lookup import find_room
from rooms.errors import Forbidden, NotMember
from rooms.models import AuditEntry, Ban, Membership, Room, User
from tests.factories import add_member, post


def test_a_member_made_owner_while_leaving_hands_the_room_on(
    alice: User, bob: User, charlie: User, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_member(room, charlie)
    as_a_member = find_room(actor=bob, slug=room.slug)
    memberships.leave_room(actor=alice, slug=room.slug)
    monkeypatch.setattr(memberships, "find_room", lambda **_: as_a_member)
    memberships.leave_room(actor=bob, slug=room.slug)
    assert [*room.memberships.values_list("user", "role")] == [(charlie.pk, Membership.Role.OWNER)]


def test_a_member_who_has_already_left_is_told_so(
    alice: User, bob: User, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    post(room, alice)
    as_a_member = find_room(actor=bob, slug=room.slug)
    memberships.leave_room(actor=bob, slug=room.slug)
    monkeypatch.setattr(reading, "find_room", lambda **_: as_a_member)
    with pytest.raises(NotMember):
        reading.mark_unread(actor=bob, slug=room.slug, number=1)


def test_a_person_banned_while_joining_does_not_get_in(
    alice: User, charlie: User, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = find_room(actor=charlie, slug=room.slug)
    sanctions.ban_user(actor=alice, user=charlie, room=room)
    monkeypatch.setattr(memberships, "find_room", lambda **_: before)
    with pytest.raises(Forbidden):
        memberships.join_room(actor=charlie, slug=room.slug)
    assert not room.memberships.filter(user=charlie).exists()


def test_a_ban_replaces_the_previous_one(alice: User, bob: User, room: Room) -> None:
    first = sanctions.ban_user(actor=alice, user=bob, room=room)
    soon = timezone.now() + timedelta(hours=1)
    second = sanctions.ban_user(actor=alice, user=bob, room=room, expires_at=soon)
    assert [*Ban.objects.active().filter(user=bob)] == [second]
    told = AuditEntry.objects.filter(user=bob).order_by("pk").values_list("before", flat=True)
    assert [*told] == ["free", "for good"]
    assert sanctions.lift_bans(actor=alice, bans=[first, second]) == 1
    memberships.join_room(actor=bob, slug=room.slug)
