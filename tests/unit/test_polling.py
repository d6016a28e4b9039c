"""The hand-written statements of the poll read what the ORM would."""

import json
import random
from contextlib import suppress

import pytest

from rooms.actions.messages import changes, reactions
from rooms.actions.site import polling
from rooms.broadcast import room_group
from rooms.errors import ChatError
from rooms.fanout.envelopes import Position
from rooms.models import Message, Room, User
from tests.factories import post, post_many, unlimited


def test_positions_match_the_rooms(room: Room, private_room: Room, alice: User) -> None:
    post(room, alice)
    post(room, alice)
    found = polling.positions([room_group(one.pk) for one in (room, private_room)])
    assert found == {
        room_group(one.pk): Position(one.revision, one.last_number) for one in Room.objects.all()
    }
    assert found[room_group(room.pk)] == Position(2, 2)


def test_a_missing_room_has_no_position(room: Room) -> None:
    assert [*polling.positions(["room.0", room_group(room.pk)])] == [room_group(room.pk)]


@pytest.mark.django_db
def test_there_may_be_more_groups_than_fit_one_statement(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polling, "CHUNK", 2)
    groups = [room_group(room.pk + number) for number in reversed(range(5))]
    assert [*polling.positions(groups)] == [room_group(room.pk)]
    assert polling.positions([]) == {}


@pytest.mark.parametrize("seed", range(12))
def test_asides_that_the_layer_lost_are_told_as_they_happened(
    room: Room, alice: User, staff: User, seed: int
) -> None:
    """A message deleted within a hole is told as deleted, wherever it is."""
    dice = random.Random(seed)

    def meddle(untouched: set[int]) -> None:
        chosen = dice.sample(sorted(untouched), min(3, len(untouched)))
        untouched.difference_update(chosen)
        rows = [*Message.objects.filter(number__in=chosen).select_related("room", "author")]
        with unlimited():
            changes.delete_messages(actor=staff, messages=[one for one in rows if not one.deleted])
            number = dice.randint(1, 8)
            with suppress(ChatError):
                reactions.add_reaction(actor=alice, slug=room.slug, number=number, emoji="🎉")
        untouched |= {one.number for one in post_many(room, alice, ["x"] * 2)}

    post_many(room, alice, ["x"] * 8)
    meddle({1, 2, 3, 4})
    group = room_group(room.pk)
    told = polling.positions([group])[group]
    shown = {one.number for one in Message.objects.filter(room=room, deleted_at=None)}
    meddle(untouched := {1, 2, 3, 4, 5, 6, 7, 8})
    meddle(untouched)
    for envelope in polling.missed(group, told):
        aside = json.loads(envelope.aside or b"{}")
        if aside.get("type") == "room.activity":
            assert aside["number"] == envelope.number
            shown.add(aside["number"])
        for number, author in aside.get("gone", []):
            assert (author, aside["revision"]) == (alice.pk, envelope.revision)
            shown.remove(number)
        assert not aside.get("back")
    assert shown == {one.number for one in Message.objects.filter(room=room, deleted_at=None)}


def test_a_message_restored_in_a_hole_is_counted_as_it_may_have_been_deleted_there(
    room: Room, alice: User, staff: User
) -> None:
    rows = post_many(room, alice, ["x"] * 3)
    group = room_group(room.pk)
    told = polling.positions([group])[group]
    with unlimited():
        changes.delete_messages(actor=staff, messages=rows[:1])
        assert [one.jump for one in polling.missed(group, told)] == [False]
        changes.restore_messages(actor=staff, messages=Message.objects.filter(number=1))
    (stale,) = polling.missed(group, told)
    assert stale.jump
    assert json.loads(stale.aside or b"{}")["type"] == "room.stale"
    later = polling.positions([group])[group]
    with unlimited():
        reactions.add_reaction(actor=alice, slug=room.slug, number=1, emoji="🎉")
    assert [one.jump for one in polling.missed(group, later)] == [False], (
        "that had been told before"
    )
