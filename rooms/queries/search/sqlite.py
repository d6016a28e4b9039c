"""The index on SQLite: a contentless FTS5 table of grams, whose rowid is the message's id.

FTS5 reads rowids from the newest down by itself, so candidates are read one by one until there are
enough. It keeps no text, and therefore deletes an entry only by the very same grams: what it knows
of a message is made again from the body that the message had, and from `SearchedText`.
"""

import json
from collections.abc import Collection, Iterator, Sequence

from django.db import transaction

from rooms.models import SearchedText
from rooms.queries.search import frequencies, progress, sweeping
from rooms.queries.search.entries import NOTHING, Entry, Extra
from rooms.storage.sql import Straight, straight

MERGE_PAGES = 64  # of a step of the sweep, which takes about 12 ms
NO_MERGE = 2  # changes, as SQLite's documentation has it: with fewer, there was nothing to merge
_INSERT = "INSERT INTO rooms_search (rowid, grams) VALUES (%s, %s)"
_DELETE = "INSERT INTO rooms_search (rooms_search, rowid, grams) VALUES ('delete', %s, %s)"
_COMMAND = "INSERT INTO rooms_search (rooms_search, rank) VALUES (%s, %s)"
NEWEST = 1 << 62


class SqliteIndex:
    """See `rooms.queries.search.Index`."""

    def candidates(
        self,
        grams: Collection[str],
        *,
        below: int | None = None,
        above: int | None = None,
        rooms: Collection[int] | None = None,
        author: int | None = None,
    ) -> Iterator[int]:
        # CROSS JOIN fixes the order: the index first, whatever the planner thinks of the rooms.
        sql = (
            "SELECT g.rowid FROM rooms_search g CROSS JOIN rooms_message m ON m.id = g.rowid"
            if rooms is not None or author is not None
            else "SELECT g.rowid FROM rooms_search g"
        )
        sql += " WHERE g.rooms_search MATCH %s AND g.rowid < %s AND g.rowid > %s"
        values: list[object] = [_match(grams), NEWEST if below is None else below, above or 0]
        if rooms is not None:
            sql += " AND m.room_id IN (SELECT value FROM json_each(%s))"
            values.append(json.dumps([*rooms]))
        if author is not None:
            sql += " AND m.author_id = %s"
            values.append(author)
        with straight() as cursor:
            cursor.execute(f"{sql} ORDER BY g.rowid DESC", values)
            while (row := cursor.fetchone()) is not None:
                yield row[0]

    def frequency(self, gram: str) -> float:
        return frequencies.frequency(gram)

    def write(self, entries: Sequence[Entry], grams: Sequence[Collection[str]]) -> None:
        rows = [(one.id, _joined(some)) for one, some in zip(entries, grams, strict=True) if some]
        # FTS5 writes a segment of its own whenever an id is lower than the one before.
        rows.sort()
        with straight() as cursor:
            cursor.executemany(_INSERT, rows)
        self._remember(entries)

    def rewrite(self, entries: Sequence[Entry], bodies: Sequence[str]) -> None:
        known = self._known(entries, bodies)
        if not known:
            return
        entries = [after for _before, after in known]
        with straight() as cursor:
            for before, after in sorted(known):
                if grams := before.grams():
                    cursor.execute(_DELETE, [before.id, _joined(grams)])
                if grams := after.grams():
                    cursor.execute(_INSERT, [after.id, _joined(grams)])
        SearchedText.objects.filter(message__in=[one.id for one in entries]).delete()
        self._remember(entries)
        sweeping.want()

    def sweep(self) -> Iterator[None]:
        """Merge all segments into one, which leaves out what was deleted. `optimize` would do so
        while everybody waits; this takes many steps, a transaction each."""
        _merge(-MERGE_PAGES)  # from now on, everything is to be merged
        yield
        while _merge(MERGE_PAGES) >= NO_MERGE:
            yield

    def empty(self) -> None:
        with transaction.atomic():
            progress.forget()
            SearchedText.objects.all().delete()
            with straight() as cursor:
                cursor.execute(
                    "INSERT INTO rooms_search (rooms_search) VALUES (%s)", ["delete-all"]
                )

    def settle(self) -> None:
        """Nothing: FTS5 merges as it is written."""

    def _known(self, entries: Sequence[Entry], bodies: Sequence[str]) -> list[tuple[Entry, Entry]]:
        """Return those that the index has, as it knows them and as they are now."""
        reached = progress.indexed({one.room_id for one in entries})
        rows = SearchedText.objects.filter(message__in=[one.id for one in entries])
        extras = {row.message_id: Extra(row.text, tuple(row.marks.split())) for row in rows}
        return [
            (one._replace(body=body, extra=extras.get(one.id, NOTHING)), one)
            for one, body in zip(entries, bodies, strict=True)
            if one.number <= reached.get(one.room_id, 0)
        ]

    def _remember(self, entries: Sequence[Entry]) -> None:
        rows = [
            SearchedText(message_id=one.id, text=one.extra.text, marks=" ".join(one.extra.marks))
            for one in entries
            if one.extra != NOTHING
        ]
        if rows:
            SearchedText.objects.bulk_create(rows, ignore_conflicts=True)


def _merge(pages: int) -> int:
    """Take a step of a merge; return how many rows of FTS5's own tables it changed."""
    with transaction.atomic(), straight() as cursor:
        before = _changes(cursor)
        cursor.execute(_COMMAND, ["merge", pages])
        return _changes(cursor) - before


def _changes(cursor: Straight) -> int:
    cursor.execute("SELECT total_changes()", [])
    return int(cursor.fetchall()[0][0])


def _match(grams: Collection[str]) -> str:
    return " AND ".join(f'"{one}"' for one in grams)


def _joined(grams: Collection[str]) -> str:
    return " ".join(sorted(grams))
