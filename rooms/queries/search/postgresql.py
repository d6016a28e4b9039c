"""The index on PostgreSQL: a table of grams as a `tsvector`, with a GIN index.

GIN finds ids without any order, all at once. So the range of an id is a gram, too: the newest
32,768 ids are asked for first, then twice as many below them, and so on. A room and an author are
grams as well.
"""

from collections.abc import Collection, Iterator, Sequence

from django.db import connection

from rooms.queries.search import frequencies, progress, sweeping
from rooms.queries.search.entries import Entry
from rooms.storage.sql import packed, row_set, select, select_planned, straight
from rooms.text.search.grams import VERSION, of_author, of_bucket, of_room

BUCKET = 15  # bits of an id
FEW = 1500  # hits that are asked for without buckets
FEW_ROOMS = 40  # more of them cost more as grams than as numbers
LIKELY = 0.1  # of what the rarest gram finds, at least so much has the others, too

_COLUMNS = {
    "message_id": "bigint",
    "room_id": "bigint",
    "author_id": "bigint",
    "grams": "text",
}
_INSERT = (
    "INSERT INTO rooms_search (message_id, room_id, author_id, version, grams)"  # noqa: S608  names of columns
    f" SELECT k.message_id, k.room_id, k.author_id, {VERSION},"
    f" array_to_tsvector(string_to_array(k.grams, ' ')) FROM {row_set('k', _COLUMNS)}"
    " ORDER BY k.message_id"
    " ON CONFLICT (message_id) DO UPDATE SET grams = excluded.grams, version = excluded.version"
)

# The first two are what a process leaves that dies in the middle of the last one. FULL, since a
# page keeps the bytes of the last row that is deleted from it, and that table is but one row.
_SWEEP = (
    "DROP INDEX CONCURRENTLY IF EXISTS rooms_search_grams_ccnew",
    "DROP INDEX CONCURRENTLY IF EXISTS rooms_search_grams_ccold",
    "VACUUM rooms_search",
    "VACUUM FULL rooms_searchindex",
    "REINDEX INDEX CONCURRENTLY rooms_search_grams",
)


class PostgresIndex:
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
        lowest = above or 0
        if below is None:
            below = select("SELECT COALESCE(MAX(message_id), 0) FROM rooms_search", [])[0][0] + 1
        wanted = [_quoted(one) for one in grams]
        where, values = "", []
        if author is not None:
            wanted.append(_quoted(of_author(author)))
        if rooms is not None and len(rooms) <= FEW_ROOMS:
            wanted.append(_any(of_room(one) for one in rooms) if rooms else _NEVER)
        elif rooms is not None:
            where, values = " AND room_id = ANY(%s)", [[*rooms]]
        for buckets in self._buckets(grams, lowest, below):
            query = " & ".join([*wanted, buckets] if buckets else wanted)
            found = select_planned(
                "SELECT message_id FROM rooms_search WHERE grams @@ %s::tsquery"  # noqa: S608  names of columns
                f" AND message_id < %s AND message_id > %s{where}",
                [query, below, lowest, *values],
            )
            yield from sorted((pk for (pk,) in found), reverse=True)

    def frequency(self, gram: str) -> float:
        return frequencies.frequency(gram)

    def write(self, entries: Sequence[Entry], grams: Sequence[Collection[str]]) -> None:
        # What an edit has written meanwhile is newer.
        self._insert(
            [pair for pair in zip(entries, grams, strict=True) if pair[1]],
            " WHERE rooms_search.version < excluded.version",
        )

    def rewrite(self, entries: Sequence[Entry], bodies: Sequence[str]) -> None:
        # Whether it is indexed or not: a process that is just doing so has read the former text,
        # and leaves alone what is there already, even if that has no gram.
        self._insert([(one, one.grams()) for one in entries])
        sweeping.want()

    def sweep(self) -> Iterator[None]:
        """Vacuum the tables, and make the index of grams anew beside the old one, while everybody
        writes and searches: of a gram that leads nowhere any more, a vacuum leaves the text."""
        self.settle()
        yield
        for statement in _SWEEP:
            with connection.cursor() as cursor:
                cursor.execute(statement)
            yield

    def empty(self) -> None:
        # In this order, in which a step takes its locks as well.
        progress.forget()
        with straight() as cursor:
            cursor.execute("TRUNCATE rooms_search", [])

    def settle(self) -> None:
        """Take the pending entries into the index: searches read all that is pending, and the post
        that finds too much of it would have to do this."""
        select_planned("SELECT gin_clean_pending_list('rooms_search_grams'::regclass)", [])

    @staticmethod
    def _insert(pairs: Sequence[tuple[Entry, Collection[str]]], unless: str = "") -> None:
        rows = [
            (one.id, one.room_id, one.author_id, " ".join(_with_place(one, grams)))
            for one, grams in pairs
        ]
        with straight() as cursor:
            cursor.execute(_INSERT + unless, [packed(_COLUMNS, rows)])

    def _buckets(self, grams: Collection[str], lowest: int, below: int) -> Iterator[str]:
        """Yield conditions for ranges of ids, the newest first; "" for all of them at once."""
        if self._expected(grams, below - lowest) <= FEW:
            yield ""
            return
        bucket, count = (below - 1) >> BUCKET, 1
        last = (lowest + 1) >> BUCKET
        while bucket >= last:
            yield _any(of_bucket(one) for one in range(bucket, max(last - 1, bucket - count), -1))
            bucket, count = bucket - count, count * 2

    def _expected(self, grams: Collection[str], span: int) -> float:
        rarest, product = 1.0, 1.0
        for one in grams:
            frequency = self.frequency(one)
            rarest, product = min(rarest, frequency), product * frequency
        return span * max(product, rarest * LIKELY)


def _with_place(entry: Entry, grams: Collection[str]) -> Iterator[str]:
    """Yield an entry's grams with those for where it is. Without any, it isn't found there."""
    if grams:
        yield from grams
        yield of_bucket(entry.id >> BUCKET)
        yield of_room(entry.room_id)
        yield of_author(entry.author_id)


_NEVER = "'\u00b9\u00b9never'"


def _any(grams: Iterator[str]) -> str:
    return f"({' | '.join(map(_quoted, grams))})"


def _quoted(gram: str) -> str:
    return "'" + gram.replace("\\", "\\\\").replace("'", "''") + "'"
