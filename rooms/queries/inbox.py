"""What concerns somebody in particular: the items of the inbox, in handwritten SQL."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection
from django.utils import timezone

from rooms.models import InboxItem
from rooms.policy.levels import Choice
from rooms.storage.sql import Straight, marks, moment, packed, row_set, select, straight

SOME = 500  # people or items in one statement

Reason = InboxItem.Reason
STRENGTH = {reason: rank for rank, reason in enumerate(Reason.values)}


class Item(NamedTuple):
    """A new item, in the order of the columns that `record` fills."""

    user_id: int
    room_id: int
    number: int
    reason: str
    created_at: datetime


def _rank(column: str) -> str:
    """Build the expression for how strong a reason is: 0 is the strongest."""
    cases = " ".join(f"WHEN '{reason}' THEN {rank}" for reason, rank in STRENGTH.items())
    return f"CASE {column} {cases} END"


_COLUMNS = ", ".join(Item._fields)
_SET = {
    "user_id": "bigint",
    "room_id": "bigint",
    "number": "bigint",
    "reason": "text",
    "created_at": "timestamptz",
}
# Of two reasons, the stronger one stays.
STRONGER = (
    " ON CONFLICT (user_id, room_id, number) DO UPDATE SET reason = excluded.reason"
    f" WHERE {_rank('excluded.reason')} < {_rank('rooms_inboxitem.reason')}"
)
_INSERT = f"INSERT INTO rooms_inboxitem ({_COLUMNS})"


def strongest(items: Iterable[Item]) -> list[Item]:
    """Return one item for each person and message, that with the strongest reason. In one order, so
    that two transactions that write items of several people never deadlock."""
    found: dict[tuple[int, int, int], Item] = {}
    for item in items:
        known = found.get(item[:3])
        if known is None or STRENGTH[item.reason] < STRENGTH[known.reason]:
            found[item[:3]] = item
    return [found[key] for key in sorted(found)]


def record(cursor: Straight, items: Iterable[Item]) -> None:
    """Write whom messages concern, in the transaction that stores these. Somebody who is concerned
    for several reasons, or already was for a weaker one, has one item with the strongest."""
    rows = strongest(items)
    if not rows:
        return
    if cursor.takes_sets:
        source = f"SELECT {_COLUMNS} FROM {row_set('n', _SET)}"  # noqa: S608  names of columns
        cursor.execute(f"{_INSERT} {source}{STRONGER}", [packed(Item._fields, rows)])
        return
    adapt = connection.ops.adapt_datetimefield_value
    cursor.executemany(
        f"{_INSERT} VALUES (%s, %s, %s, %s, %s){STRONGER}",
        [(*row[:-1], adapt(row.created_at)) for row in rows],
    )


def items_of(room_id: int, number: int) -> dict[int, tuple[int, str]]:
    """Return the items of a message by person: their ids and reasons. Uses index: inbox_message."""
    rows = InboxItem.objects.filter(room_id=room_id, number=number)
    return {who: (pk, reason) for who, pk, reason in rows.values_list("user_id", "pk", "reason")}


def weaken(reasons: Mapping[int, str]) -> None:
    """Give items, by id, a reason that is left once an edit has taken the stronger one away. They
    stay as read as they are."""
    for reason in {*reasons.values()}:
        for ids in _some([pk for pk, one in reasons.items() if one == reason]):
            InboxItem.objects.filter(pk__in=ids).update(reason=reason)


def withdraw(ids: Sequence[int]) -> None:
    """Remove items whose reason an edit has taken away."""
    for some in _some(ids):
        InboxItem.objects.filter(pk__in=some).delete()


# Whom a message addresses beside those whom it names. Uses index: membership_once.
_ADDRESS = (
    f"{_INSERT} SELECT m.user_id, x.room_id, x.number, {{}}, {{}} FROM rooms_message x"  # noqa: S608  names of columns
    " JOIN rooms_membership m ON m.room_id = x.room_id WHERE x.room_id = %s AND x.number = %s"
    " AND m.user_id <> x.author_id AND m.joined_at <= {} AND m.user_id IN ({}) ORDER BY m.user_id"
)


def address(room_id: int, number: int, reason: str, *, edited: bool, among: Sequence[int]) -> None:
    """Write the items of those `among` some people who were members when a message was written, or
    `edited`."""
    at = "x.edited_at" if edited else "x.created_at"
    for ids in _some(among):
        sql = _ADDRESS.format(f"'{Reason(reason)}'", at, at, marks(ids)) + STRONGER
        with straight() as cursor:
            cursor.execute(sql, [room_id, number, *ids])


def latest() -> int:
    """Return an id such that items which are written from now on have higher ones."""
    return int(select("SELECT COALESCE(MAX(id), 0) FROM rooms_inboxitem", [])[0][0])


def any_of(room_id: int, numbers: Sequence[int]) -> bool:
    """Return whether some of these messages are in anybody's inbox. Uses index: inbox_message."""
    return InboxItem.objects.filter(room_id=room_id, number__in=numbers).exists()


# -- what somebody sees of it ----------------------------------------------------------------

# An item is there as long as its message is: one that was deleted, or whose author is ignored, may
# come back. What is `unread` is probed only in rooms with messages after the furthest that was
# seen. The expressions refer to an item `i`, its reader's membership `m`, its room `r` and its
# message `x`. SQLite joins in this order; PostgreSQL finds it.
# Uses indexes: inbox_once, message_room_number, ignore_once.
_SHOWN = (
    "x.deleted_at IS NULL AND (i.reason <> 'room' OR x.mentions_room <> '')"
    " AND NOT EXISTS (SELECT 1 FROM rooms_ignore g"
    " WHERE g.user_id = i.user_id AND g.other_id = x.author_id)"
)
_UNREAD_FROM = (
    "FROM rooms_membership m CROSS JOIN rooms_room r CROSS JOIN rooms_inboxitem i"
    " CROSS JOIN rooms_message x WHERE r.id = m.room_id AND r.last_number > m.seen_number"
    " AND i.user_id = m.user_id AND i.room_id = m.room_id AND i.number > m.seen_number"
    " AND i.read_at IS NULL AND x.room_id = i.room_id AND x.number = i.number"
    f" AND {_SHOWN}"
)
_ITEM_FROM = (
    "FROM rooms_inboxitem i JOIN rooms_membership m"
    " ON m.user_id = i.user_id AND m.room_id = i.room_id JOIN rooms_room r ON r.id = i.room_id"
    " JOIN rooms_message x ON x.room_id = i.room_id AND x.number = i.number"
)
_SHOWN_FROM = f"{_ITEM_FROM} WHERE {_SHOWN}"
# The number of items that are unread for one person, whose id is the parameter.
UNREAD = f"(SELECT COUNT(*) {_UNREAD_FROM} AND m.user_id = %s)"


class Author(NamedTuple):
    """The author of a message, in the order of the columns that `lines` reads."""

    id: int
    username: str
    display_name: str
    avatar: str  # the name of its file
    is_active: bool


class Line(NamedTuple):
    """An item as its page shows it."""

    id: int
    slug: str
    number: int
    reason: str
    created_at: datetime
    is_read: bool
    message_id: int
    attached: int  # how many files it shows
    body: str
    html: str
    author: Author


class Place(NamedTuple):
    """Where an item belongs."""

    id: int
    user_id: int
    slug: str
    number: int


def unread(user_id: int) -> int:
    """Count the unread items of somebody's inbox."""
    return int(select(f"SELECT {UNREAD}", [user_id])[0][0])


def unread_of(user_ids: Sequence[int]) -> dict[int, int]:
    """Do the same for several people."""
    counts = dict.fromkeys(user_ids, 0)
    for ids in _some(user_ids):
        rows = select(
            f"SELECT m.user_id, COUNT(*) {_UNREAD_FROM} AND m.user_id IN ({marks(ids)})"
            " GROUP BY m.user_id",
            ids,
        )
        counts.update((user_id, int(count)) for user_id, count in rows)
    return counts


def personal_rooms(user_ids: Sequence[int]) -> list[tuple[int, int]]:
    """Return people, each with a room in which they have unread items for a reason that a page
    can't tell by the message itself."""
    found: list[tuple[int, int]] = []
    for ids in _some(user_ids):
        found += select(
            f"SELECT DISTINCT m.user_id, m.room_id {_UNREAD_FROM}"
            f" AND i.reason IN ('{Reason.KEYWORD}', '{Reason.ROOM}')"
            f" AND m.user_id IN ({marks(ids)})",
            ids,
        )
    return found


def lines(
    user_id: int,
    *,
    before: int | None,
    limit: int,
    only_unread: bool = False,
    reasons: Sequence[str] = (),
) -> list[Line]:
    """Return somebody's items, newest first, those `before` one or the newest; all, or what is
    there for some reasons. Uses index: inbox_newest."""
    some = f"{_UNREAD_FROM} AND m" if only_unread else f"{_SHOWN_FROM} AND i"
    why = f" AND i.reason IN ({marks(reasons)})" if reasons else ""
    earlier = "" if before is None else " AND i.id < %s"
    rows = select(
        "SELECT i.id, r.slug, i.number, i.reason, i.created_at,"
        " (i.read_at IS NOT NULL OR i.number <= m.seen_number), x.id, x.attached, x.body, x.html,"
        f" u.id, u.username, u.display_name, u.avatar, u.is_active {_ITEM_FROM}"
        " JOIN rooms_user u ON u.id = x.author_id WHERE i.id IN"
        f" (SELECT i.id {some}.user_id = %s{why}{earlier} ORDER BY i.id DESC LIMIT {limit})"
        " ORDER BY i.id DESC",
        [user_id, *reasons, *([] if before is None else [before])],
    )
    return [_line(row) for row in rows]


def _line(row: tuple[Any, ...]) -> Line:
    pk, slug, number, reason, created_at, read, message_id, attached, body, html, *author = row
    return Line(
        *(pk, slug, number, reason, _time(created_at), bool(read)),
        *(message_id, attached, body, html, Author._make(author)),
    )


def mark_read(user_id: int, ids: Sequence[int] | None) -> list[Place]:
    """Mark somebody's unread items as read: these, or all. Return those that weren't read."""
    places = unread_places(user_id)
    if ids is not None:
        wanted = {*ids}
        places = [place for place in places if place.id in wanted]
    for some in _some([place.id for place in places]):
        InboxItem.objects.filter(pk__in=some, read_at=None).update(read_at=timezone.now())
    return places


def unread_places(
    user_id: int, room_ids: Sequence[int] | None = None, author_id: int | None = None
) -> list[Place]:
    """Return where somebody's unread items are, in these rooms or in all, by this author or by
    anyone, the newest first."""
    here = "" if room_ids is None else f" AND m.room_id IN ({marks(room_ids)})"
    theirs = "" if author_id is None else " AND x.author_id = %s"
    rows = select(
        f"SELECT i.id, i.user_id, r.slug, i.number {_UNREAD_FROM} AND m.user_id = %s{here}{theirs}"
        " ORDER BY i.id DESC",
        [user_id, *(room_ids or ()), *(() if author_id is None else (author_id,))],
    )
    return [Place._make(row) for row in rows]


# -- whom to tell ----------------------------------------------------------------------------


class Concern(NamedTuple):
    """Somebody whom a message concerns that they haven't read: by an item of theirs or, without
    one, as a `message` of a room of which they may want to hear everything."""

    user_id: int
    item: int | None
    reason: str
    choice: Choice


# Uses indexes: inbox_message, membership_once.
_HOLDERS = f"SELECT i.user_id, i.id, i.reason, m.level, m.level_until, m.level_before {_ITEM_FROM}"
_NOT_READ = " AND i.read_at IS NULL AND i.number > m.seen_number"
# Uses indexes: membership_all, inbox_once.
_LISTENERS = (
    "SELECT m.user_id, NULL, 'message', m.level, m.level_until, m.level_before"
    " FROM rooms_membership m JOIN rooms_message x ON x.room_id = m.room_id"
    " WHERE m.room_id = %s AND (m.level = 'all' OR m.level_before = 'all') AND x.number = %s"
    " AND x.number > m.seen_number AND x.deleted_at IS NULL AND m.user_id <> x.author_id"
    " AND NOT EXISTS (SELECT 1 FROM rooms_inboxitem i WHERE i.user_id = m.user_id"
    " AND i.room_id = m.room_id AND i.number = x.number)"
    " AND NOT EXISTS (SELECT 1 FROM rooms_ignore g"
    " WHERE g.user_id = m.user_id AND g.other_id = x.author_id)"
)


def holders(room_id: int, number: int) -> list[Concern]:
    """Return those in whose inbox a message is, and unread."""
    sql = f"{_HOLDERS} WHERE i.room_id = %s AND i.number = %s AND {_SHOWN}{_NOT_READ}"
    return [_concern(row) for row in select(sql, [room_id, number])]


def listeners(room_id: int, number: int) -> list[Concern]:
    """Return those in whose inbox it isn't, and who may want to be told of every message."""
    return [_concern(row) for row in select(_LISTENERS, [room_id, number])]


def places_of(room_id: int, numbers: Sequence[int]) -> list[Place]:
    """Return where these messages are in inboxes and weren't read, whether or not they are there
    now."""
    rows = select(
        f"SELECT i.id, i.user_id, r.slug, i.number {_ITEM_FROM}"
        f" WHERE i.room_id = %s AND i.number IN ({marks(numbers)}){_NOT_READ}",
        [room_id, *numbers],
    )
    return [Place._make(row) for row in rows]


def _concern(row: Sequence[Any]) -> Concern:
    user_id, item, reason, level, until, before = row
    return Concern(user_id, item, reason, Choice(level, moment(until), before))


def _some(values: Sequence[int]) -> Iterator[Sequence[int]]:
    """Yield them a few hundred at a time: SQLite's statements have a limit."""
    for start in range(0, len(values), SOME):
        yield values[start : start + SOME]


def _time(value: datetime) -> datetime:
    read = moment(value)
    assert read is not None  # noqa: S101  every item has one
    return read
