"""The reactions to messages: how often each emoji was used, and the first few people who used it.

Hundreds of people can put twenty emoji on every message of a page. Counting walks an index, and the
people are read by statements that stop after the first few for each emoji.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from rooms.models import Message, Tally, User
from rooms.protocol.limits import MAX_NAMED
from rooms.storage.sql import marks, select

FEW = 500  # up to so many rows are simply read; beyond, emoji are counted and people read for each
MOST_NAMED = 10_000  # people named on one page: the more emoji it has, the fewer for each
TERMS = 100  # of a UNION ALL; SQLite takes up to 500

_ROW = "r.message_id, r.emoji, r.id, u.id, u.username, u.display_name"
_FROM = "rooms_reaction r JOIN rooms_user u ON u.id = r.user_id"


def of(message: Message) -> list[Tally]:
    """Return a message's tallies, the emoji that came first at the front."""
    if message.tallies is None and not message._state.adding:
        load([message])
    return message.tallies or []


def load(messages: Sequence[Message]) -> None:
    """Read the tallies of several messages at once. Uses index: reaction_emoji."""
    ids = [message.pk for message in messages if not message.deleted]
    found = _read(ids) if ids else {}
    for message in messages:
        message.tallies = found.get(message.pk, [])


def own(user_id: int, message_ids: Sequence[int]) -> dict[int, set[str]]:
    """Return the emoji that one person has put on these messages. Uses index: reaction_once."""
    rows = select(
        "SELECT message_id, emoji FROM rooms_reaction"  # noqa: S608  only marks are added
        f" WHERE user_id = %s AND message_id IN ({marks(message_ids)})",
        [user_id, *message_ids],
    )
    mine: dict[int, set[str]] = defaultdict(set)
    for message_id, emoji in rows:
        mine[message_id].add(emoji)
    return mine


def _read(ids: Sequence[int]) -> dict[int, list[Tally]]:
    rows = select(
        f"SELECT {_ROW} FROM {_FROM} WHERE r.message_id IN ({marks(ids)}) LIMIT %s",  # noqa: S608  names of columns
        [*ids, FEW + 1],
    )
    if len(rows) <= FEW:
        return _gathered(rows, {})
    counted = select(
        "SELECT message_id, emoji, COUNT(*) FROM rooms_reaction"  # noqa: S608  only marks are added
        f" WHERE message_id IN ({marks(ids)}) GROUP BY message_id, emoji",
        ids,
    )
    counts = {(message_id, emoji): count for message_id, emoji, count in counted}
    return _gathered(list(_first_of(counts)), counts)


def _first_of(groups: dict[tuple[int, str], int]) -> Iterator[tuple[Any, ...]]:
    """Yield the first few people's rows for each message and emoji."""
    most = max(1, min(MAX_NAMED, MOST_NAMED // max(1, len(groups))))
    term = (
        f"SELECT * FROM (SELECT {_ROW} FROM {_FROM} WHERE r.message_id = %s AND r.emoji = %s"  # noqa: S608  names of columns
        f" ORDER BY r.id LIMIT {most}) t"
    )
    left = iter(groups)
    while chunk := [*islice(left, TERMS)]:
        values = [value for group in chunk for value in group]
        yield from select(" UNION ALL ".join([term] * len(chunk)), values)


def _gathered(
    rows: list[tuple[Any, ...]], counts: dict[tuple[int, str], int]
) -> dict[int, list[Tally]]:
    """Group rows into tallies. Where an emoji has no count, these rows are all there are."""
    people: dict[tuple[int, str], list[tuple[int, str]]] = {}
    for message_id, emoji, _id, user_id, username, shown in sorted(rows, key=lambda row: row[2]):
        people.setdefault((message_id, emoji), []).append((user_id, shown or username))
    found: dict[int, list[Tally]] = defaultdict(list)
    for (message_id, emoji), named in people.items():
        count = counts.get((message_id, emoji), len(named))
        found[message_id].append(Tally(emoji, count, named[:MAX_NAMED]))
    return found


def page(message: Message, emoji: str, after: int, limit: int) -> tuple[list[User], int | None]:
    """Return a page of the people who have put an emoji on a message, in order: those after the
    reaction with this id, and the id to continue after. Uses index: reaction_emoji."""
    rows = (
        message.reactions.filter(emoji=emoji, pk__gt=after)
        .select_related("user")
        .order_by("pk")[: limit + 1]
    )
    shown = [*rows]
    more = len(shown) > limit
    return [row.user for row in shown[:limit]], shown[limit - 1].pk if more else None
