"""However much was deleted or written by ignored people, counting unread messages reads none that
isn't part of the answer."""

from typing import Any

import pytest
from django.db import connection

from rooms.models import Ignore, Membership, Message, Room, User
from rooms.queries import unread, visitor
from rooms.storage.sql import select
from tests.factories import add_member, make_room, make_user, post_many


def plan(sql: str, values: list[Any]) -> list[str]:
    return [row[-1] for row in select(f"EXPLAIN QUERY PLAN {sql}", values)]


def looks(lines: list[str]) -> list[str]:
    """Return how messages are found, by the aliases used in the statements."""
    return [line for line in lines if line.split()[:2][-1] in {"s", "t", "u"}]


@pytest.mark.django_db
@pytest.mark.skipif(
    connection.vendor != "sqlite",
    reason="reads SQLite's plan; PostgreSQL's depends on what is stored",
)
@pytest.mark.parametrize("part", ["here", "each of all", "each"])
def test_messages_are_counted_only_in_the_indexes_made_for_it(part: str) -> None:
    member = " FROM rooms_membership m JOIN rooms_room r ON r.id = m.room_id WHERE m.user_id = %s"
    sql, values = {
        "here": (f"SELECT {unread.HERE}{member} AND m.room_id = %s", [1, 2]),
        "each of all": (f"SELECT {unread.EACH_OF_ALL}{member}", [1]),
        "each": (f"{unread.EACH_WITH}SELECT r.id, unread.count{unread.EACH_FROM}", [1] * 3),
    }[part]
    found = looks(plan(sql, values))
    assert found
    for line in found:
        where = {
            "s": "SEARCH s USING COVERING INDEX message_written (author_id=?",
            "t": "SEARCH t USING COVERING INDEX message_tombstone (room_id=? AND number>?)",
            "u": "SEARCH u USING INDEX sqlite_autoindex_rooms_message_1 (room_id=? AND number>?)",
        }[line.split()[1]]
        assert line.startswith(where), line
    # No table is scanned once per membership.
    assert not [line for line in plan(sql, values) if "SCAN" in line and "LEFT" in line]


def test_a_post_touches_only_one_of_those_indexes(room: Room) -> None:
    """The other index holds only tombstones."""
    conditions = {index.name: index.condition for index in Message._meta.indexes}
    assert conditions["message_tombstone"] is not None
    assert "deleted_at" in str(conditions["message_tombstone"])


def test_every_statement_counts_the_same(room: Room, alice: User, bob: User) -> None:
    carol, dave = make_user("carol"), make_user("dave")
    rooms = [room, make_room("One", owner=alice, members=[bob]), make_room("Two", owner=bob)]
    for one in rooms:
        add_member(one, carol)
        add_member(one, dave)
        for author in (carol, dave, carol):
            post_many(one, author, ["x"] * 3)
    Ignore.objects.create(user=bob, other=carol, kind="mute")
    Ignore.objects.create(user=bob, other=alice, kind="block")
    rows = Message.objects.filter(number__in=(2, 5, 8))
    rows.update(deleted_at="2026-01-01T00:00:00Z")
    for read, one in enumerate(rooms):
        Membership.objects.filter(user=bob, room=one).update(read_number=read * 3)
    expected = {rooms[0].slug: 2, rooms[1].slug: 2, rooms[2].slug: 0}
    seats = visitor.seats(bob.pk, ignores=True)
    assert {one.slug: one.unread for one in seats} == expected
    several = unread.readings(bob.pk, [one.pk for one in rooms])
    assert {one.room: one.unread for one in several} == expected
    nobodies = User.objects.bulk_create(User(username=f"nobody{n}") for n in range(12))
    Ignore.objects.bulk_create(Ignore(user=bob, other=one, kind="mute") for one in nobodies[:2])
    few = [unread.reading(bob.pk, one.pk) for one in rooms]
    Ignore.objects.bulk_create(Ignore(user=bob, other=one, kind="mute") for one in nobodies[2:])
    assert few == [unread.reading(bob.pk, one.pk) for one in rooms], "each by the cheaper statement"
    for one in rooms:
        alone = unread.reading(bob.pk, one.pk)
        assert alone in several
        standing = visitor.standing(bob.pk, one.slug, counted=True)
        assert standing is not None
        assert standing.membership is not None
        assert standing.membership.unread == expected[one.slug]
    Ignore.objects.all().delete()
    everything = {one.slug: one.unread for one in visitor.seats(bob.pk, ignores=False)}
    assert everything == {rooms[0].slug: 6, rooms[1].slug: 4, rooms[2].slug: 2}
    assert unread.readings(bob.pk, []) == []
    assert unread.reading(bob.pk, room.pk + 1000) is None
