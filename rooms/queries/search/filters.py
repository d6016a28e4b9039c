"""What the filters of a search mean: which rooms are left, and what the database asks of each
message."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import connection

from rooms.models import Room, Upload, User
from rooms.queries.search.scope import Scope, with_people
from rooms.storage.sql import marks
from rooms.text.search.query import Filter, Period

# Of capabilities that don't exist yet: nothing has any of it.
_EMPTY = "0 = 1"
_FILE = "EXISTS (SELECT 1 FROM rooms_upload f WHERE f.message_id = m.id AND m.attached > 0{})"
_IMAGE = f" AND f.kind = '{Upload.Kind.IMAGE}'"
_THERE = f" AND f.state <> '{Upload.State.REFUSED}'"

# By name and value. The expressions refer to a message `m`, its reader `u` and their membership
# `s`. HTML is exact here: every `<` in a text is written `&lt;`. Uses indexes: upload_message,
# reaction_once, ignore_once.
_HAS = {
    "link": "{within}(m.html, '<a href=\"') > 0",
    "code": "{within}(m.html, '<code') > 0",
    "image": _FILE.format(_IMAGE + _THERE),
    "file": _FILE.format(_THERE),
    "reaction": "EXISTS (SELECT 1 FROM rooms_reaction e WHERE e.message_id = m.id)",
}
_IS = {
    "mine": "m.author_id = u.id",
    "unread": (
        "(s.id IS NOT NULL AND m.number > s.read_number AND NOT EXISTS"
        " (SELECT 1 FROM rooms_ignore g WHERE g.user_id = u.id AND g.other_id = m.author_id))"
    ),
}


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Where to look, and the conditions that a message must meet: SQL, and their values. `authors`
    are those who may have written it, None: anyone; `since` and `until` are the bounds of the time
    at which they did; `unread`: only what its reader hasn't read. `is_filtered`: few may meet
    them, nobody knows how many."""

    scope: Scope
    conditions: tuple[str, ...] = ()
    values: tuple[Any, ...] = ()
    authors: tuple[int, ...] | None = None
    since: datetime | None = None
    until: datetime | None = None
    unread: bool = False
    is_filtered: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether no message can meet them."""
        return not self.scope.rooms or self.authors == () or _EMPTY in self.conditions

    def requiring(self, sql: str, *values: Any, negated: bool = False) -> "Narrowed":
        condition = f"NOT ({sql})" if negated else sql
        return replace(
            self,
            conditions=(*self.conditions, condition),
            values=(*self.values, *values),
        )


def narrow(scope: Scope, filters: Sequence[Filter]) -> Narrowed:
    """Apply the filters. Of several rooms, or several authors, a message is in one; anything else
    must all be so."""
    narrowed = _within(Narrowed(scope), filters)
    narrowed = _by_authors(narrowed, filters)
    for one in filters:
        if one.name in ("before", "after", "on"):
            narrowed = _at_the_time(narrowed, one)
        elif one.name in ("has", "is", "thread"):
            narrowed = _being(narrowed, one)
    return narrowed


def named_rooms(filters: Iterable[Filter]) -> list[str]:
    """Return the slugs of the rooms to which a search is confined; none: it isn't."""
    return _values(filters, "in", negated=False)


def _within(narrowed: Narrowed, filters: Sequence[Filter]) -> Narrowed:
    rooms = narrowed.scope.rooms
    wanted, unwanted = {*named_rooms(filters)}, {*_values(filters, "in", negated=True)}
    if wanted:
        rooms = tuple(room for room in rooms if room.slug in wanted)
    if unwanted:
        rooms = tuple(room for room in rooms if room.slug not in unwanted)
    people = _values(filters, "with", negated=False)
    strangers = _values(filters, "with", negated=True)
    if not people and not strangers:
        return replace(narrowed, scope=replace(narrowed.scope, rooms=rooms))
    direct = [room.id for room in rooms if room.kind == Room.Kind.DIRECT]
    if people:
        known = _people(people)
        wanted_people = {name.lower() for name in people}
        there = with_people(direct, known.values()) if len(known) == len(wanted_people) else set()
        rooms = tuple(room for room in rooms if room.id in there)
    for user_id in _people(strangers).values():
        there = with_people(direct, [user_id])
        rooms = tuple(room for room in rooms if room.id not in there)
    return replace(narrowed, scope=replace(narrowed.scope, rooms=rooms))


def _by_authors(narrowed: Narrowed, filters: Sequence[Filter]) -> Narrowed:
    unwanted = sorted(_people(_values(filters, "from", negated=True)).values())
    if unwanted:
        narrowed = narrowed.requiring(f"m.author_id NOT IN ({marks(unwanted)})", *unwanted)
    wanted = _values(filters, "from", negated=False)
    is_mine = "mine" in _values(filters, "is", negated=False)
    if not wanted and not is_mine:
        return narrowed
    known = {*_people(wanted).values()} if wanted else {narrowed.scope.user_id}
    authors = tuple(sorted(known & {narrowed.scope.user_id} if is_mine else known))
    if authors:
        narrowed = narrowed.requiring(f"m.author_id IN ({marks(authors)})", *authors)
    return replace(narrowed, authors=authors)


def _at_the_time(narrowed: Narrowed, one: Filter) -> Narrowed:
    if not isinstance(one.value, Period):
        raise TypeError(one)
    since, until = one.value.start, one.value.end
    adapt = connection.ops.adapt_datetimefield_value
    bounds = [(f"m.created_at {sign} %s", at) for sign, at in ((">=", since), ("<", until)) if at]
    condition = " AND ".join(sql for sql, _at in bounds)
    narrowed = narrowed.requiring(
        f"({condition})", *(adapt(at) for _sql, at in bounds), negated=one.negated
    )
    if one.negated:
        return narrowed
    starts = [at for at in (narrowed.since, since) if at]
    ends = [at for at in (narrowed.until, until) if at]
    return replace(
        narrowed, since=max(starts) if starts else None, until=min(ends) if ends else None
    )


def _being(narrowed: Narrowed, one: Filter) -> Narrowed:
    within = "strpos" if connection.vendor == "postgresql" else "instr"
    known = {"has": _HAS, "is": _IS}.get(one.name, {})
    sql = known.get(str(one.value), _EMPTY).format(within=within)
    if sql == _EMPTY and one.negated:
        return narrowed
    narrowed = narrowed.requiring(sql, negated=one.negated)
    if one.negated:
        return narrowed
    if one.value == "unread":
        return replace(narrowed, unread=True)
    return replace(narrowed, is_filtered=narrowed.is_filtered or one.value == "reaction")


def _values(filters: Iterable[Filter], name: str, *, negated: bool) -> list[str]:
    return [str(one.value) for one in filters if one.name == name and one.negated == negated]


def _people(usernames: Sequence[str]) -> dict[str, int]:
    """Return the ids of people by their usernames, in upper or lower case."""
    if not usernames:
        return {}
    rows = User.objects.filter(username__in={name.lower() for name in usernames})
    return dict(rows.values_list("username", "pk"))
