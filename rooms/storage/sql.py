"""Handwritten SQL for what a chat does most: posting and connecting.

Django's ORM takes ten times as long to build these statements as a database takes to run them.
`Model.from_db` turns the rows into models, which load the missing columns when they are asked for.
"""

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import msgspec
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model
from django.utils import timezone

_json = msgspec.json.Encoder()


def _cursor(db: BaseDatabaseWrapper) -> Any:
    """Open the driver's cursor; on PostgreSQL, one that binds on the server and prepares. The
    statements of Django's own cursor are planned again each time, which took more than half of a
    post's time."""
    if db.vendor == "postgresql":
        return _prepared_cursor()(db.connection)
    return db.connection.cursor()


@functools.cache
def _prepared_cursor() -> Callable[[Any], Any]:
    # Imported here, so that a site on SQLite doesn't load it.
    from psycopg import Cursor
    from psycopg.types.numeric import Int8Dumper

    class PreparedCursor(Cursor[Any]):
        def __init__(self, connection: Any) -> None:
            super().__init__(connection)
            # psycopg picks the narrowest type for each number: 1 and 40,000 would turn one
            # statement into two, and a batch of posts into one for each mixture.
            self.adapters.register_dumper(int, Int8Dumper)

    return PreparedCursor


class Straight:
    """The driver's own cursor. What Django's cursor adds to each statement (rewriting placeholders
    with a regular expression, hooks, error handling) costs more than SQLite needs to run a short
    one."""

    def __init__(self, db: BaseDatabaseWrapper) -> None:
        self.db = db
        self._cursor = _cursor(db)
        self._spelled = _with_question_marks if db.vendor == "sqlite" else str

    def execute(self, sql: str, values: Sequence[Any]) -> None:
        """Run a statement. The placeholder is `%s` on every database."""
        self._cursor.execute(self._spelled(sql), values)

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        self._cursor.executemany(self._spelled(sql), rows)

    @property
    def takes_sets(self) -> bool:
        """Whether a set of rows can be passed as a single parameter, see `row_set`. PostgreSQL's
        driver spends as long on each parameter and each row as the database does."""
        return self.db.vendor == "postgresql"

    def fetchone(self) -> tuple[Any, ...] | None:
        row: tuple[Any, ...] | None = self._cursor.fetchone()
        return row

    def fetchall(self) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = self._cursor.fetchall()
        return rows

    @property
    def rowcount(self) -> int:
        """How many rows the last statement changed."""
        return int(self._cursor.rowcount)

    def close(self) -> None:
        self._cursor.close()


@functools.lru_cache(maxsize=2048)
def _with_question_marks(sql: str) -> str:
    return sql.replace("%s", "?")


@contextmanager
def straight() -> Iterator[Straight]:
    """Open the driver's cursor, within a transaction. Raises Django's exceptions."""
    with connection.wrap_database_errors:
        cursor = Straight(connection)
        try:
            yield cursor
        finally:
            cursor.close()


def columns(model: type[Model], *names: str) -> list[str]:
    """List the columns of these fields in the model's order, which `from_db` relies on."""
    return [one.attname for one in model._meta.concrete_fields if one.attname in names]


def select(sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Run a query and return its rows. On SQLite it goes through Django's cursor, whose hooks let
    tests count statements."""
    if connection.vendor == "postgresql":
        connection.ensure_connection()
        with straight() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchall()
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def select_planned(sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Run a query whose best plan depends on its values, such as a search. PostgreSQL plans it each
    time: of a statement that is prepared, it would soon use one plan for all values, in which an
    index of grams is never worth it."""
    if connection.vendor != "postgresql":
        return select(sql, values)
    connection.ensure_connection()
    with connection.wrap_database_errors, _cursor(connection) as cursor:
        return list(cursor.execute(sql, values, prepare=False).fetchall())


def now() -> Any:
    """The current time as a parameter of a statement."""
    return connection.ops.adapt_datetimefield_value(timezone.now())


def marks(values: Sequence[Any], mark: str = "%s") -> str:
    """Placeholders for as many values, separated by commas."""
    return ", ".join([mark] * len(values))


def row_set(name: str, types: Mapping[str, str]) -> str:
    """A FROM item whose rows are all passed as one parameter, made by `packed`."""
    columns = ", ".join(f"{column} {kind}" for column, kind in types.items())
    return f"json_to_recordset(%s::json) AS {name}({columns})"


def packed_values(values: Sequence[Any]) -> str:
    """Pack values into one parameter, for `json_array_elements_text(%s::json)`."""
    return _json.encode(values).decode()


def packed(columns: Iterable[str], rows: Iterable[Sequence[Any]]) -> str:
    """Pack rows into the parameter of a `row_set` with these columns."""
    names = [*columns]
    return _json.encode([dict(zip(names, row, strict=True)) for row in rows]).decode()


def per_row(name: str, types: Mapping[str, str], rows: Iterable[Sequence[Any]]) -> tuple[str, str]:
    """A FROM item with these rows, on every database, and the one parameter that it takes."""
    if connection.vendor == "postgresql":
        return row_set(name, types), packed(types, rows)
    columns = ", ".join(f"json_extract(value, '$.{one}') AS {one}" for one in types)
    return f"(SELECT {columns} FROM json_each(%s)) AS {name}", packed(types, rows)  # noqa: S608


def moment(value: datetime | None) -> datetime | None:
    """Return a time that was read as an aware one: SQLite doesn't say that it is UTC."""
    return value if value is None or value.tzinfo else value.replace(tzinfo=UTC)
