"""The statements by hand read and write what the ORM would."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from rooms import arriving, posting
from rooms.models import Ban, Membership, Message, Mute, Room, User
from rooms.policy import Standing
from rooms.posting import Author, Place, Row
from rooms.statements import Straight, padded, straight
from tests.factories import make_room, post


@pytest.fixture
def cursor(db: None) -> Iterator[Straight]:
    with straight() as cursor:
        yield cursor


def place_of(room: Room) -> Place:
    room.refresh_from_db()
    counters = room.revision, room.last_number
    return Place(
        room.pk, room.slug, room.kind, room.archived, *counters, room.slow_mode, room.announcement
    )


def author(cursor: Straight, user: User, room: Room, nonce: str = "unused") -> Author:
    (found,) = posting.authors(cursor, [(user.pk, place_of(room), nonce)])
    assert found is not None
    return found


def test_batches_of_all_sizes_share_a_few_statements_and_lose_nothing() -> None:
    for size in range(1, 257):
        rows = [*range(size)]
        assert [*dict.fromkeys(padded(rows))] == rows
    assert len({len(padded([*range(size)])) for size in range(1, 257)}) == 8 + 31


def test_rooms_are_what_the_orm_reads(
    cursor: Straight, alice: User, room: Room, private_room: Room
) -> None:
    private_room.archived_at = timezone.now()
    private_room.save()
    post(room, alice)
    found = posting.lock_rooms(cursor, ["lounge", private_room.slug, "nowhere"])
    assert found == {one.slug: place_of(one) for one in (room, private_room)}


def test_authors_are_those_of_the_drafts_in_their_order(
    cursor: Straight, alice: User, bob: User, mallory: User, room: Room
) -> None:
    alice.display_name, alice.avatar, alice.is_staff = "Alice", "avatars/a.png", True
    alice.save()
    bob.is_active = False
    bob.save()
    other = make_room("Other", owner=alice)
    drafts = [(bob, room), (alice, other), (alice, room), (mallory, other)]
    found = posting.authors(cursor, [(user.pk, place_of(place), "none") for user, place in drafts])
    for one, (user, place) in zip(found, drafts, strict=True):
        assert one is not None
        membership = Membership.objects.filter(user=user, room=place).first()
        assert (one.id, one.place) == (user.pk, place_of(place))
        assert one.person[:3] == (user.username, user.display_name, user.avatar.name)
        assert one.person.membership_id == (membership and membership.pk)
        assert one.role == (membership and membership.role)
        assert (one.is_active, one.is_staff) == (user.is_active, user.is_staff)
        assert not one.banned


def test_a_person_who_does_not_exist_is_no_author(cursor: Straight, room: Room) -> None:
    assert posting.authors(cursor, [(0, place_of(room), "none")]) == [None]


@pytest.mark.parametrize("sanction", [Ban, Mute])
def test_sanctions_are_those_in_force(
    cursor: Straight, alice: User, bob: User, room: Room, sanction: type[Ban | Mute]
) -> None:
    name = "banned" if sanction is Ban else "muted"

    def held(user: User, room: Room) -> bool:
        """Whoever asks, and in whichever statement."""
        standing = arriving.standing(user.pk, room.slug)
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
    assert author(cursor, alice, room, message.nonce).person.stored_id == message.pk
    assert author(cursor, bob, room, message.nonce).person.stored_id is None
    assert author(cursor, alice, other, message.nonce).person.stored_id is None
    assert posting.stored([message.pk]) == {message.pk: message}


@pytest.mark.parametrize("count", [1, 300])
def test_messages_are_what_the_orm_reads(
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
            created_at=now,
        )
        for number in range(1, count + 1)
    ]
    place = place_of(room)
    place.revision, place.last_number = count + 3, count
    posting.write(cursor, rows, {membership.pk: count}, [place])
    found = Message.objects.order_by("number")
    for one, row in zip(found, rows, strict=True):
        assert tuple(getattr(one, name) for name in Row._fields) == row
        assert (one.edited_at, one.deleted_at, one.restored) == (None, None, None)
    assert {*Row._fields, "id", "edited_at", "deleted_at", "removal_id", "restored"} == {
        field.attname for field in Message._meta.concrete_fields
    }
    assert place_of(room) == place
    membership.refresh_from_db()
    assert membership.read_number == count
