"""What happened between looking at a membership and changing it."""

import pytest

from rooms.actions import cursors, memberships
from rooms.actions.sight import find_room
from rooms.errors import NotMember
from rooms.models import Membership, Room, User
from tests.factories import add_member, post


def test_who_was_made_the_owner_while_leaving_hands_the_room_on(
    alice: User, bob: User, charlie: User, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_member(room, charlie)
    as_a_member = find_room(actor=bob, slug=room.slug)
    memberships.leave_room(actor=alice, slug=room.slug)
    monkeypatch.setattr(memberships, "find_room", lambda **_: as_a_member)
    memberships.leave_room(actor=bob, slug=room.slug)
    assert [*room.memberships.values_list("user", "role")] == [(charlie.pk, Membership.Role.OWNER)]


def test_who_has_left_meanwhile_is_told_so(
    alice: User, bob: User, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    post(room, alice)
    as_a_member = find_room(actor=bob, slug=room.slug)
    memberships.leave_room(actor=bob, slug=room.slug)
    monkeypatch.setattr(cursors, "find_room", lambda **_: as_a_member)
    with pytest.raises(NotMember):
        cursors.mark_unread(actor=bob, slug=room.slug, number=1)
