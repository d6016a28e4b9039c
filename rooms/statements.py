"""Statements by hand, for what a chat does most: posting and arriving. Django's ORM takes ten times
as long to build them as a database takes to run them; `Model.from_db` makes the rows models, which
load what was left out when it is asked for."""

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model
from django.utils import timezone


def _cursor(db: BaseDatabaseWrapper) -> Any:
    """On PostgreSQL one that binds on the server and prepares: what Django's own sends is planned
    anew each time, which took more than half of a post."""
    if db.vendor == "postgresql":
        return _prepared_cursor()(db.connection)
    return db.connection.cursor()


@functools.cache
def _prepared_cursor() -> Callable[[Any], Any]:
    # Not loaded where the site runs on SQLite.
    from psycopg import Cursor
    from psycopg.types.numeric import Int8Dumper

    class PreparedCursor(Cursor[Any]):
        def __init__(self, connection: Any) -> None:
            super().__init__(connection)
            # psycopg takes the narrowest type of each number: 1 and 40,000 would make two
            # statements of one, and a batch of posts one for each mixture.
            self.adapters.register_dumper(int, Int8Dumper)

    return PreparedCursor


class Straight:
    """The driver's own cursor, for statements that are known to be right. What Django's adds to
    each (its marks converted by an expression, its hooks, its error handling) costs more than
    SQLite needs to run a short one."""

    def __init__(self, db: BaseDatabaseWrapper) -> None:
        self.db = db
        self._cursor = _cursor(db)
        self._in_words = _with_question_marks if db.vendor == "sqlite" else str

    def execute(self, sql: str, values: Sequence[Any]) -> None:
        """`%s` marks a value, on every database."""
        self._cursor.execute(self._in_words(sql), values)

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        self._cursor.executemany(self._in_words(sql), rows)

    def fetchall(self) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = self._cursor.fetchall()
        return rows

    def close(self) -> None:
        self._cursor.close()


@functools.lru_cache(maxsize=2048)
def _with_question_marks(sql: str) -> str:
    return sql.replace("%s", "?")


@contextmanager
def straight() -> Iterator[Straight]:
    """Within a transaction. Raises Django's errors."""
    with connection.wrap_database_errors:
        cursor = Straight(connection)
        try:
            yield cursor
        finally:
            cursor.close()


def columns(model: type[Model], *names: str) -> list[str]:
    """In the order of the model's fields, which `from_db` goes by."""
    return [one.attname for one in model._meta.concrete_fields if one.attname in names]


def select(sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """The rows. On SQLite through Django's cursor, whose hooks let tests count statements."""
    if connection.vendor == "postgresql":
        connection.ensure_connection()
        with straight() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchall()
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def now() -> Any:
    """As a value of a statement."""
    return connection.ops.adapt_datetimefield_value(timezone.now())


def marks(values: Sequence[Any], mark: str = "%s") -> str:
    return ", ".join([mark] * len(values))


def padded(rows: list[Any]) -> list[Any]:
    """The same rows, the last of them repeated up to a multiple of eight, so that batches of all
    sizes share a few statements: a database keeps only so many prepared."""
    return rows + rows[-1:] * (-len(rows) % 8) if len(rows) > 8 else rows


def moment(value: datetime | None) -> datetime | None:
    """A time as it was read; SQLite doesn't say that it is UTC."""
    return value if value is None or value.tzinfo else value.replace(tzinfo=UTC)
