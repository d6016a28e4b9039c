"""The hand-written statements of posting read and write what the ORM would."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from rooms.models import Ban, Membership, Message, Mute, Room, User
from rooms.policy.standing import Standing
from rooms.queries import posting, visitor
from rooms.queries.posting import Author, LockedRoom, Row
from rooms.storage.sql import Straight, straight
from tests.factories import make_room, post


@pytest.fixture
def cursor(db: None) -> Iterator[Straight]:
    with straight() as cursor:
        yield cursor


def locked(room: Room) -> LockedRoom:
    room.refresh_from_db()
    counters = room.revision, room.last_number
    return LockedRoom(
        room.pk, room.slug, room.kind, room.archived, *counters, room.slow_mode, room.announcement
    )


def author(cursor: Straight, user: User, room: Room, nonce: str = "unused") -> Author:
    (found,) = posting.authors(cursor, [(user.pk, locked(room), nonce)])
    assert found is not None
    return found


def test_rooms_match_what_the_orm_reads(
    cursor: Straight, alice: User, room: Room, private_room: Room
) -> None:
    private_room.archived_at = timezone.now()
    private_room.save()
    post(room, alice)
    found = posting.lock_rooms(cursor, ["lounge", private_room.slug, "nowhere"])
    assert found == {one.slug: locked(one) for one in (room, private_room)}


def test_authors_come_in_the_order_of_their_drafts(
    cursor: Straight, alice: User, bob: User, mallory: User, room: Room
) -> None:
    alice.display_name, alice.avatar, alice.is_staff = "Alice", "avatars/a.png", True
    alice.save()
    bob.is_active = False
    bob.save()
    other = make_room("Other", owner=alice)
    drafts = [(bob, room), (alice, other), (alice, room), (mallory, other)]
    found = posting.authors(cursor, [(user.pk, locked(each), "none") for user, each in drafts])
    for one, (user, each) in zip(found, drafts, strict=True):
        assert one is not None
        membership = Membership.objects.filter(user=user, room=each).first()
        assert (one.id, one.room) == (user.pk, locked(each))
        assert one.row[:3] == (user.username, user.display_name, user.avatar.name)
        assert one.row.membership_id == (membership and membership.pk)
        assert one.role == (membership and membership.role)
        assert (one.is_active, one.is_staff) == (user.is_active, user.is_staff)
        assert not one.banned


def test_a_nonexistent_person_is_not_an_author(cursor: Straight, room: Room) -> None:
    assert posting.authors(cursor, [(0, locked(room), "none")]) == [None]


@pytest.mark.parametrize("sanction", [Ban, Mute])
def test_only_sanctions_in_force_are_read(
    cursor: Straight, alice: User, bob: User, room: Room, sanction: type[Ban | Mute]
) -> None:
    name = "banned" if sanction is Ban else "muted"

    def held(user: User, room: Room) -> bool:
        """For every author of a batch, in every statement."""
        standing = visitor.standing(user.pk, room.slug)
        assert standing is not None
        answers = {
            getattr(one, name)
            for one in (author(cursor, user, room), standing, Standing.of(user, room))
        }
        assert len(answers) == 1
        return bool(answers.pop())

    now = timezone.now()
    other = make_room("Other", owner=alice)
    one = {"user": alice, "created_by": alice}
    sanction.objects.create(**one, expires_at=now - timedelta(seconds=1))
    sanction.objects.create(**one, lifted_at=now)
    sanction.objects.create(user=bob, created_by=alice, room=room)
    assert held(bob, room)
    assert not held(bob, other)
    assert not held(alice, room)
    sanction.objects.create(**one, expires_at=now + timedelta(hours=1))
    assert held(alice, room)
    assert held(alice, other)


def test_a_nonce_is_found_in_its_room_by_its_author_only(
    cursor: Straight, alice: User, bob: User, room: Room
) -> None:
    other = make_room("Other", owner=alice)
    message = post(room, alice)
    assert author(cursor, alice, room, message.nonce).row.stored_id == message.pk
    assert author(cursor, bob, room, message.nonce).row.stored_id is None
    assert author(cursor, alice, other, message.nonce).row.stored_id is None
    assert posting.stored([message.pk]) == {message.pk: message}


@pytest.mark.parametrize("count", [1, 300])
def test_messages_match_what_the_orm_reads(
    cursor: Straight, alice: User, room: Room, count: int
) -> None:
    membership = Membership.objects.get(user=alice, room=room)
    now = timezone.now()
    rows = [
        Row(
            room_id=room.pk,
            author_id=alice.pk,
            number=number,
            revision=number + 3,
            nonce=f"nonce {number}",
            body="ä",
            html="<p>ä</p>",
            renderer=1,
            reply_to=number - 1 or None,
            mentions=f"[{alice.pk}]",
            mentions_room="here",
            created_at=now,
        )
        for number in range(1, count + 1)
    ]
    counted = locked(room)
    counted.revision, counted.last_number = count + 3, count
    posting.write(cursor, rows, {membership.pk: count}, [counted])
    found = Message.objects.order_by("number")
    for one, row in zip(found, rows, strict=True):
        assert tuple(getattr(one, name) for name in Row._fields) == row
        assert (one.edited_at, one.deleted_at, one.restored) == (None, None, None)
        assert (one.attached, one.linked) == (0, 0)
    later = {"edited_at", "deleted_at", "removal_id", "restored", "attached", "linked"}
    assert {*Row._fields, "id", *later} == {
        field.attname for field in Message._meta.concrete_fields
    }
    assert locked(room) == counted
    membership.refresh_from_db()
    assert membership.read_number == count
