"""Of what in a room somebody is told. Pure: asks no database."""

from datetime import datetime
from typing import NamedTuple

from rooms.models import Membership, Room

Level = Membership.Level


class Choice(NamedTuple):
    """What a member has chosen: the columns of a membership. An empty level is the default."""

    level: str = ""
    until: datetime | None = None
    before: str = ""

    @classmethod
    def of(cls, membership: Membership) -> "Choice":
        return cls(membership.level, membership.level_until, membership.level_before)

    def at(self, now: datetime) -> "Choice":
        """Return what holds of it at this time."""
        if self.until is not None and self.until <= now:
            return Choice(self.before)
        return self

    def then(self, level: str, until: datetime | None, now: datetime) -> "Choice":
        """Return the choice after another one is made. After `until` it is the level again that
        was chosen last without an end."""
        held = self.at(now)
        before = held.before if held.until is not None else held.level
        return Choice(level, until, before if until is not None else "")

    def effective(self, kind: str, now: datetime) -> str:
        """Return the level in a room of this kind: `all`, `mentions` or `nothing`."""
        default = Level.ALL if kind == Room.Kind.DIRECT else Level.MENTIONS
        return self.at(now).level or default


def level(membership: Membership, room: Room, now: datetime) -> str:
    """Return the level of a member in a room."""
    return Choice.of(membership).effective(room.kind, now)
