"""Whom messages concern: the members whom they name, those whom they answer, and the others in a
direct room. In handwritten SQL, for batches of posts and pages of messages."""

import json
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any, NamedTuple

from django.db import connection

from rooms.models import Message, User
from rooms.policy import sanctions
from rooms.storage.sql import marks, now, packed_values, select
from rooms.text import markup, mentions


class Named(NamedTuple):
    """A member, in the order of the columns that `members` reads."""

    id: int
    username: str
    display_name: str
    avatar: str  # the name of its file


# By room, and username.
Members = dict[tuple[int, str], Named]

# Uses indexes: the username's, membership_once, ban_user_room.
_MEMBERS = (
    "SELECT m.room_id, u.id, u.username, u.display_name, u.avatar"  # noqa: S608  names of columns
    " FROM rooms_user u JOIN rooms_membership m ON m.user_id = u.id"
    f" WHERE u.is_active AND NOT {sanctions.banned(user='u.id', room='m.room_id')}"
    " AND u.username IN {} AND m.room_id IN {}"
)
# Uses index: message_room_number.
_AUTHORS = (
    "SELECT room_id, number, author_id FROM rooms_message"
    " WHERE deleted_at IS NULL AND room_id IN {} AND number IN {}"
)
_NEIGHBOURS = "SELECT room_id, user_id FROM rooms_membership WHERE room_id IN {}"


def members(wanted: Iterable[tuple[int, str]]) -> Members:
    """Return the members who have these usernames, for each room and name. Somebody who may not
    read the room isn't one."""
    pairs = {*wanted}
    if not pairs:
        return {}
    names, rooms = sorted({name for _room, name in pairs}), sorted({room for room, _name in pairs})
    rows = _rows(_MEMBERS, names, rooms, first=[now()])
    found = {(row[0], row[2]): Named._make(row[1:]) for row in rows}
    return {key: one for key, one in found.items() if key in pairs}


def answered(wanted: Iterable[tuple[int, int]]) -> dict[tuple[int, int], int]:
    """Return the author of each of these messages, by room and number. Tombstones have none."""
    pairs = {*wanted}
    if not pairs:
        return {}
    rooms, numbers = (
        sorted({room for room, _number in pairs}),
        sorted({one for _room, one in pairs}),
    )
    rows = _rows(_AUTHORS, rooms, numbers)
    return {(room, number): author for room, number, author in rows if (room, number) in pairs}


def neighbours(room_ids: Iterable[int]) -> dict[int, list[int]]:
    """Return who is in each of these rooms. Uses index: membership_once."""
    rooms = sorted({*room_ids})
    found: dict[int, list[int]] = {room_id: [] for room_id in rooms}
    for room_id, user_id in _rows(_NEIGHBOURS, rooms) if rooms else ():
        found[room_id].append(user_id)
    return found


def packed_ids(ids: Sequence[int]) -> str:
    """Return what a message stores of the people whom it names."""
    return json.dumps([*ids], separators=(",", ":")) if ids else ""


def load(messages: Sequence[Message]) -> None:
    """Read the people whom several messages name at once."""
    ids = {pk for message in messages for pk in message.named}
    rows = User.objects.filter(pk__in=ids).only(*Named._fields) if ids else ()
    people = {row.pk: row for row in rows}
    for message in messages:
        message.people = [people[pk] for pk in message.named if pk in people]


def of(message: Message) -> list[User]:
    """Return the people whom a message names."""
    if message.people is None:
        load([message])
    return message.people or []


def excerpt(message: Message, length: int = markup.EXCERPT) -> str:
    """Return what a message says in one line, with what people are called now."""
    return excerpts([(message.body, message.html)], length)[0]


def excerpts(messages: Sequence[tuple[str, str]], length: int = markup.EXCERPT) -> list[str]:
    """Do the same for several messages, from the source and the HTML of each. Reads the names of
    the people whom they mention, if they mention any."""
    mentioned = [mentions.drawn_in(html) for _body, html in messages]
    names = names_of(pk for people in mentioned for pk in people.values())
    return [
        markup.excerpt(
            body, length, {username: names[pk] for username, pk in people.items() if pk in names}
        )
        for (body, _html), people in zip(messages, mentioned, strict=True)
    ]


def names_of(ids: Iterable[int]) -> dict[int, str]:
    """Return what these people are called now."""
    wanted = {*ids}
    rows = User.objects.filter(pk__in=wanted).only("username", "display_name") if wanted else ()
    return {user.pk: user.name for user in rows}


def online(room_id: int, user_ids: Iterable[int]) -> list[int]:
    """Return those of these people who are members of a room. Uses index: membership_once."""
    around = {*user_ids}
    if not around:
        return []
    rows = select("SELECT user_id FROM rooms_membership WHERE room_id = %s", [room_id])
    return sorted(user_id for (user_id,) in rows if user_id in around)


def _rows(
    sql: str, *sets: Sequence[int] | Sequence[str], first: Sequence[Any] = ()
) -> list[tuple[Any, ...]]:
    """Run a query with a set of values for each `{}` in it."""
    if connection.vendor == "postgresql":
        kinds = ["text" if isinstance(one[0], str) else "bigint" for one in sets]
        parts = [f"(SELECT json_array_elements_text(%s::json)::{kind})" for kind in kinds]
        return select(sql.format(*parts), [*first, *map(packed_values, sets)])
    parts = [f"({marks(one)})" for one in sets]
    return select(sql.format(*parts), [*first, *chain.from_iterable(sets)])
