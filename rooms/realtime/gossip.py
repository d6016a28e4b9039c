"""What processes tell each other about their people: the messages, and what to make of them."""

from typing import Any

import msgspec

from rooms.protocol.shapes import Person

People = dict[int, Person]


class Rumour(msgspec.Struct, array_like=True, frozen=True, kw_only=True):
    """A message of the gossip: what one process says of its own people.

    `came` and `left` list ids by room. A `whole` rumour is a snapshot: rooms that it doesn't list
    are empty. `number` counts a process's rumours, so that a lost one is noticed; `asks` names a
    process that should send a snapshot. `ended` marks the last one.
    """

    process: str
    number: int = 0
    people: list[Person] = []
    came: dict[int, list[int]] = {}
    left: dict[int, list[int]] = {}
    slugs: dict[int, str] = {}
    whole: bool = False
    asks: str = ""
    ended: bool = False


class Hearsay:
    """What is known of another process: the number and time of its last rumour, and its people."""

    def __init__(self) -> None:
        self.number = 0
        self.at = 0.0
        self.rooms: dict[int, People] = {}

    def hear(self, rumour: Rumour) -> set[int]:
        """Apply a rumour. Returns the rooms that it changes."""
        people = {person.id: person for person in rumour.people}
        changed = rumour.came.keys() | rumour.left.keys()
        if rumour.whole:
            changed |= self.rooms.keys()
            self.rooms = {}
        for room_id, ids in rumour.left.items():
            for one in ids:
                self.rooms.get(room_id, {}).pop(one, None)
        for room_id, ids in rumour.came.items():
            here = self.rooms.setdefault(room_id, {})
            here.update({one: people[one] for one in ids if one in people})
        for room_id in [room_id for room_id in changed if not self.rooms.get(room_id)]:
            self.rooms.pop(room_id, None)
        return changed


def parse_rumour(order: dict[str, Any] | None) -> Rumour | None:
    """Decode the rumour in an order. Returns None if it is malformed."""
    try:
        return msgspec.msgpack.decode((order or {})["rumour"], type=Rumour)
    except (KeyError, TypeError, msgspec.MsgspecError):
        return None
