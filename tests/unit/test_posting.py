"""The statements by hand read and write what the ORM would."""

from datetime import timedelta

import pytest
from django.utils import timezone

from rooms import posting
from rooms.models import Ban, Membership, Message, Room, User
from tests.factories import make_room, post


def test_rooms_are_what_the_orm_reads(room: Room, private_room: Room) -> None:
    private_room.archived_at = timezone.now()
    private_room.save()
    post(room, User.objects.get(username="alice"))
    found = posting.lock_rooms(["lounge", private_room.slug, "nowhere"])
    assert found.keys() == {"lounge", private_room.slug}
    for slug, one in found.items():
        whole = Room.objects.get(slug=slug)
        for name in ("pk", "slug", "kind", "archived_at", "revision", "last_number", "name"):
            assert getattr(one, name) == getattr(whole, name), name


def test_members_are_those_of_the_pairs(alice: User, bob: User, room: Room) -> None:
    other = make_room("Other", owner=bob, members=[alice])
    pairs = {(alice.pk, room.pk), (bob.pk, other.pk), (alice.pk, 0)}
    found = posting.members(pairs)
    assert found.keys() == {(alice.pk, room.pk), (bob.pk, other.pk)}
    for (user_id, room_id), one in found.items():
        whole = Membership.objects.get(user=user_id, room=room_id)
        for name in ("pk", "role", "read_number", "joined_at"):
            assert getattr(one, name) == getattr(whole, name), name
        for name in ("pk", "username", "name", "avatar", "is_active", "is_staff", "email"):
            assert getattr(one.user, name) == getattr(whole.user, name), name


def test_bans_are_those_in_force(alice: User, mallory: User, room: Room) -> None:
    now = timezone.now()
    ban = {"user": alice, "created_by": alice}
    Ban.objects.create(**ban, expires_at=now - timedelta(seconds=1))
    Ban.objects.create(**ban, lifted_at=now)
    assert posting.bans([alice.pk, mallory.pk]) == {(mallory.pk, room.pk)}
    Ban.objects.create(**ban, expires_at=now + timedelta(hours=1))
    assert posting.bans([alice.pk]) == {(alice.pk, None)}


def test_a_nonce_is_found_in_its_room_by_its_author_only(
    alice: User, bob: User, room: Room
) -> None:
    message = post(room, alice)
    key = (room.pk, alice.pk, message.nonce)
    others = {(room.pk, bob.pk, message.nonce), (room.pk + 1, alice.pk, message.nonce)}
    assert posting.stored({key, *others}).keys() == {key}


@pytest.mark.parametrize("count", [1, posting.ROWS, posting.ROWS + 1])
def test_messages_are_what_the_orm_reads(alice: User, room: Room, count: int) -> None:
    membership = Membership.objects.get(user=alice, room=room)
    new = [
        Message(
            room=room,
            author=alice,
            number=number,
            revision=number + 3,
            nonce=f"nonce {number}",
            body="ä",
            html="<p>ä</p>",
            renderer=1,
            reply_to=number - 1 or None,
        )
        for number in range(1, count + 1)
    ]
    room.revision, room.last_number, membership.read_number = count + 3, count, count
    posting.write(new, [membership], [room])
    rows = Message.objects.order_by("number")
    assert [row.pk for row in rows] == [one.pk for one in new]
    for row, one in zip(rows, new, strict=True):
        for field in Message._meta.concrete_fields:
            assert getattr(row, field.attname) == getattr(one, field.attname), field
    fresh = Room.objects.get(pk=room.pk)
    assert (fresh.revision, fresh.last_number) == (count + 3, count)
    assert Membership.objects.get(pk=membership.pk).read_number == count
