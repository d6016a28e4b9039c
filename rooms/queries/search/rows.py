"""Candidates, read by the rules of this moment: whether each is there, whether the reader sees its
room, and whether it meets the filters. What they say is compared outside of the database."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db import connection

from rooms.policy.sight import seen
from rooms.queries.search.filters import Narrowed
from rooms.storage.sql import marks, now, packed_values, select, select_planned
from rooms.text.search.folding import fold, fold_all

# SQLite joins in this order; PostgreSQL finds it. Uses indexes: the keys, membership_once,
# ban_user_room.
_FROM = (
    "FROM rooms_message m CROSS JOIN rooms_user u CROSS JOIN rooms_room r"
    " LEFT JOIN rooms_membership s ON s.room_id = r.id AND s.user_id = u.id"
)
_COLUMNS = "m.id, m.room_id, m.attached, m.body"


class Candidate(NamedTuple):
    """A message that may be read, in the order of the columns that are read, and the names and
    descriptions of its files."""

    id: int
    room_id: int
    attached: int
    body: str
    words: tuple[str, ...] = ()

    @property
    def folded(self) -> str:
        """All that is searched in, as it is compared."""
        return fold_all((self.body, *self.words)) if self.words else fold(self.body)


def among(narrowed: Narrowed, ids: Sequence[int]) -> list[Candidate]:
    """Return those of these messages that may be read and meet the filters, newest first."""
    if not ids:
        return []
    return _read(narrowed, f"m.id IN ({_set('bigint')})", [packed_values(ids)])


def between(narrowed: Narrowed, *, above: int, below: int) -> list[Candidate]:
    """Do the same for all messages with ids between two, both exclusive."""
    return _read(
        narrowed,
        f"m.id > %s AND m.id < %s AND m.room_id IN ({_set('bigint')})",
        [above, below, packed_values(narrowed.scope.ids)],
    )


def _set(kind: str) -> str:
    """A subquery for a set that is passed as one parameter, so that the statement stays the same
    however many there are."""
    if connection.vendor == "postgresql":
        return f"SELECT json_array_elements_text(%s::json)::{kind}"
    return "SELECT value FROM json_each(%s)"


def _read(narrowed: Narrowed, which: str, values: Sequence[Any]) -> list[Candidate]:
    conditions = "".join(f" AND {condition}" for condition in narrowed.conditions)
    rows = select_planned(
        f"SELECT {_COLUMNS} {_FROM} WHERE {which} AND m.deleted_at IS NULL AND r.id = m.room_id"
        f" AND u.id = %s AND {seen(outside=narrowed.scope.outside)}{conditions} ORDER BY m.id DESC",
        [*values, narrowed.scope.user_id, now(), *narrowed.values],
    )
    found = [Candidate._make((*row, ())) for row in rows]
    words = words_of([one.id for one in found if one.attached])
    return [one._replace(words=words.get(one.id, ())) if one.attached else one for one in found]


def words_of(message_ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """Return the names and descriptions of the files of messages. Uses index: upload_message."""
    words: dict[int, list[str]] = defaultdict(list)
    if message_ids:
        rows = select(
            "SELECT message_id, name, alt FROM rooms_upload"  # noqa: S608  only marks are added
            f" WHERE message_id IN ({marks(message_ids)}) ORDER BY message_id, position",
            message_ids,
        )
        for message_id, *texts in rows:
            words[message_id] += filter(None, texts)
    return {pk: tuple(texts) for pk, texts in words.items()}
