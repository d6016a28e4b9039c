"""The statement by hand reads what the ORM would."""

import pytest

from rooms.actions import polling
from rooms.broadcast import room_group
from rooms.envelopes import Position
from rooms.models import Room, User
from tests.factories import post


def test_positions_are_those_of_the_rooms(room: Room, private_room: Room, alice: User) -> None:
    post(room, alice)
    post(room, alice)
    found = polling.positions([room_group(one.pk) for one in (room, private_room)])
    assert found == {
        room_group(one.pk): Position(one.revision, one.last_number) for one in Room.objects.all()
    }
    assert found[room_group(room.pk)] == Position(2, 2)


def test_a_room_that_is_gone_has_no_position(room: Room) -> None:
    assert [*polling.positions(["room.0", room_group(room.pk)])] == [room_group(room.pk)]


@pytest.mark.django_db
def test_there_may_be_more_groups_than_a_statement_holds(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polling, "CHUNK", 2)
    groups = [room_group(room.pk + number) for number in reversed(range(5))]
    assert [*polling.positions(groups)] == [room_group(room.pk)]
    assert polling.positions([]) == {}
