"""Between which messages a search looks."""

from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from rooms.storage.sql import moment, select

# Ids grow with time, except among messages that were stored at about the same moment: the nearest
# of so many is taken.
NEAR = 1000


class Bounds(NamedTuple):
    """The ids between which a search looks, both exclusive."""

    above: int
    below: int

    @property
    def size(self) -> int:
        return max(0, self.below - self.above - 1)


def newest() -> int:
    """Return the id of the newest message of the site; 0 if there is none."""
    return int(select("SELECT COALESCE(MAX(id), 0) FROM rooms_message", [])[0][0])


def bounds_of(since: datetime | None, until: datetime | None, *, top: int) -> Bounds:
    """Return bounds that include everything written from `since` to `until`, up to the message with
    the id `top`. Uses index: message_created_at."""
    above, below = 0, top + 1
    if since is not None:
        above = max(above, _edge("MIN", ">=", since, "", top + 1) - 1)
    if until is not None:
        below = min(below, _edge("MAX", "<", until, " DESC", 0) + 1)
    return Bounds(above, below)


def _edge(which: str, sign: str, moment: datetime, order: str, otherwise: int) -> int:
    rows = select(
        f"SELECT {which}(n.id) FROM (SELECT id FROM rooms_message WHERE created_at {sign} %s"  # noqa: S608  words of ours
        f" ORDER BY created_at{order} LIMIT {NEAR}) n",
        [connection.ops.adapt_datetimefield_value(moment)],
    )
    found: Any = rows[0][0]
    return otherwise if found is None else int(found)


def written_at(message_id: int) -> datetime | None:
    """Return when the newest message up to this id was written; None if there is none."""
    rows = select(
        "SELECT created_at FROM rooms_message WHERE id <= %s ORDER BY id DESC LIMIT 1", [message_id]
    )
    return moment(rows[0][0]) if rows else None
