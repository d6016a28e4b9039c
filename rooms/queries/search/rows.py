"""Candidates, read by the rules of this moment: whether each is there, whether the reader sees its
room, and whether it meets the filters. What they say is compared outside of the database."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from django.db import connection

from rooms.policy.sight import seen
from rooms.queries.search.filters import Narrowed
from rooms.storage.sql import marks, now, packed_values, select, select_planned
from rooms.text.search.folding import fold, fold_all

# The messages first, then the rights to each. SQLite joins in this order. PostgreSQL would begin
# with the rooms and read all that was ever said there, but doesn't look into a subquery that has an
# OFFSET. Uses indexes: the keys, membership_once, ban_user_room.
_FROM = (
    "CROSS JOIN rooms_user u CROSS JOIN rooms_room r"
    " LEFT JOIN rooms_membership s ON s.room_id = r.id AND s.user_id = u.id"
)
_COLUMNS = "m.id, m.room_id, m.attached, m.body"


class Candidate(NamedTuple):
    """A message that may be read, in the order of the columns that are read, and what people say
    of its files: names, descriptions, transcripts."""

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
    return _read(narrowed, select, f"m.id IN ({_set()})", [packed_values(ids)]) if ids else []


def between(narrowed: Narrowed, *, above: int, below: int) -> list[Candidate]:
    """Do the same for all messages with ids between two, both exclusive."""
    rooms = narrowed.scope.ids
    which = "m.id > %s AND m.id < %s AND m.room_id"
    if connection.vendor == "postgresql":  # hashes the rooms, since it plans for them
        which, given = f"{which} = ANY(%s::bigint[])", [above, below, rooms]
    else:
        which, given = f"{which} IN ({_set()})", [above, below, packed_values(rooms)]
    return _read(narrowed, select_planned, which, given)


def _set() -> str:
    """A subquery for ids that are passed as one parameter, so that the statement stays the same
    however many there are."""
    if connection.vendor == "postgresql":
        return "SELECT json_array_elements_text(%s::json)::bigint"
    return "SELECT value FROM json_each(%s)"


def _read(
    narrowed: Narrowed,
    query: Callable[[str, Sequence[Any]], list[tuple[Any, ...]]],
    which: str,
    values: Sequence[Any],
) -> list[Candidate]:
    """Whether a message is in one of the rooms is compared here: PostgreSQL would go through
    thousands of rooms for each message."""
    scope = narrowed.scope
    messages = f"rooms_message m {_FROM} WHERE {which} AND m.deleted_at IS NULL"
    if connection.vendor == "postgresql":
        inside = f"SELECT * FROM rooms_message m WHERE {which} AND m.deleted_at IS NULL OFFSET 0"  # noqa: S608  words of ours
        messages = f"({inside}) m {_FROM} WHERE TRUE"
    conditions = "".join(f" AND {condition}" for condition in narrowed.conditions)
    read = query(
        f"SELECT {_COLUMNS} FROM {messages} AND r.id = m.room_id"  # noqa: S608  names of columns
        f" AND u.id = %s AND {seen(outside=scope.outside)}{conditions} ORDER BY m.id DESC",
        [*values, scope.user_id, now(), *narrowed.values],
    )
    rooms = {*scope.ids}
    found = [one for row in read if (one := Candidate._make((*row, ()))).room_id in rooms]
    words = words_of([one.id for one in found if one.attached])
    return [one._replace(words=words.get(one.id, ())) if one.attached else one for one in found]


def words_of(message_ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """Return what people say of the files of messages. Uses index: upload_message."""
    words: dict[int, list[str]] = defaultdict(list)
    if message_ids:
        rows = select(
            "SELECT message_id, name, alt, transcript FROM rooms_upload"  # noqa: S608  only marks are added
            f" WHERE message_id IN ({marks(message_ids)}) ORDER BY message_id, position",
            message_ids,
        )
        for message_id, *texts in rows:
            words[message_id] += filter(None, texts)
    return {pk: tuple(texts) for pk, texts in words.items()}
