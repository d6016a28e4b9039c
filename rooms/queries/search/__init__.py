"""Search: in which rooms, between which messages, on which way, and by which rules.

This module is the index, one for each database: it finds candidates, and decides nothing. It knows
a message by its grams (rooms/text/search/grams.py). Whoever searches checks each candidate
against its row and the rights of that moment, so the index may lag behind and may hold too much: a
tombstone needs no change in it, nor does a lost right. What isn't indexed yet, `unindexed` tells;
that is looked at directly.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Protocol

from django.db import connection

from rooms.queries.search.entries import Entry
from rooms.queries.search.postgresql import PostgresIndex
from rooms.queries.search.progress import unindexed
from rooms.queries.search.sqlite import SqliteIndex

__all__ = ["Index", "index", "unindexed"]


class Index(Protocol):
    """What an index can do. `write`, `rewrite` and `empty` need a transaction."""

    def candidates(
        self,
        grams: Collection[str],
        *,
        below: int | None = None,
        above: int | None = None,
        rooms: Collection[int] | None = None,
        author: int | None = None,
    ) -> Iterator[int]:
        """Yield the ids of messages that have all of these grams, at least one, the newest first.

        They are between two ids (both exclusive), in these rooms (None: in any), by this author.
        Reads as it goes, so close it where it isn't needed any more.
        """
        ...

    def frequency(self, gram: str) -> float:
        """Return about what share of all messages has a gram, from 0 to 1."""
        ...

    def write(self, entries: Sequence[Entry], grams: Sequence[Collection[str]]) -> None:
        """Add messages that were never indexed, each with its grams."""
        ...

    def rewrite(self, entries: Sequence[Entry], bodies: Sequence[str]) -> None:
        """Replace what is known of messages, in the transaction that changes them, under the locks
        of their rooms. `bodies` are those that they had until now. A message that says nothing any
        more is erased."""
        ...

    def sweep(self) -> Iterator[None]:
        """Take what was replaced or erased out of the index's files, step by step: outside of a
        transaction, since each step has its own, and with pauses, so that others can write."""
        ...

    def empty(self) -> None:
        """Forget everything."""
        ...

    def settle(self) -> None:
        """Make what was written quick to search, after a batch. Outside of its transaction."""
        ...


def index() -> Index:
    """Return the index of the site's database."""
    return PostgresIndex() if connection.vendor == "postgresql" else SqliteIndex()
