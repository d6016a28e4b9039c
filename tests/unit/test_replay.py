"""Old state + events == fresh state, whatever happened in between."""

import random
from datetime import UTC, datetime
from typing import Any

import pytest

from rooms import serializers
from rooms.models import Message, User


class Room:
    """The durable side: rows that keep only their last revision, as in the database."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.rows: list[Message] = []
        self.revision = 0

    def change(self) -> None:
        self.revision += 1
        kind = self.random.choice(["post", "post", "edit", "delete"]) if self.rows else "post"
        if kind == "post":
            author = User(pk=1, username="bob")
            number = len(self.rows) + 1
            row = Message(pk=number, number=number, author=author, nonce=str(self.revision))
            row.body = row.html = "posted"
            row._prefetched_objects_cache = {"reactions": []}  # type: ignore[attr-defined]
            self.rows.append(row)
        else:
            row = self.random.choice(self.rows)
            now = datetime.now(UTC)
            if kind == "edit":
                row.body, row.edited_at = f"edited {self.revision}", now
            else:
                row.deleted_at = now
        row.revision = self.revision

    def since(self, revision: int) -> list[Message]:
        changed = [row for row in self.rows if row.revision > revision]
        return sorted(changed, key=lambda row: row.revision)

    def state(self) -> dict[int, Any]:
        return {row.number: serializers.message(row) for row in self.rows}


@pytest.mark.parametrize("seed", range(30))
def test_a_replay_is_gapless_and_ends_in_the_fresh_state(seed: int) -> None:
    room = Room(seed)
    for _ in range(room.random.randrange(0, 20)):
        room.change()
    known, number, state = room.revision, len(room.rows), room.state()
    for _ in range(room.random.randrange(1, 30)):
        room.change()
    replayed = serializers.replay("r", room.since(known), known, number)
    assert [event.revision for event in replayed] == list(range(known + 1, room.revision + 1))
    for event in replayed:
        state[event.message.number] = event.message
    assert state == room.state()


@pytest.mark.parametrize("seed", range(100))
def test_new_messages_are_replayed_in_the_order_of_their_numbers(seed: int) -> None:
    room = Room(seed)
    for _ in range(room.random.randrange(0, 20)):
        room.change()
    known, number = room.revision, len(room.rows)
    for _ in range(room.random.randrange(1, 30)):
        room.change()
    replayed = serializers.replay("r", room.since(known), known, number)
    told = dict.fromkeys(event.message.number for event in replayed)
    assert [one for one in told if one > number] == [*range(number + 1, len(room.rows) + 1)]
    first = {event.message.number: event for event in reversed(replayed)}
    kinds = {type(event).__name__ for one, event in first.items() if one > number}
    assert kinds <= {"MessagePosted", "MessageDeleted"}, (
        "nobody can edit a message they don't know of"
    )
