"""Statements by hand, for what a chat does most: posting and arriving. Django's ORM takes ten times
as long to build them as a database takes to run them; `Model.from_db` makes the rows models, which
load what was left out when it is asked for."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.db.models import Model
from django.utils import timezone


def columns(model: type[Model], *names: str) -> list[str]:
    """In the order of the model's fields, which `from_db` goes by."""
    return [one.attname for one in model._meta.concrete_fields if one.attname in names]


def select(sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def now() -> Any:
    """As a value of a statement."""
    return connection.ops.adapt_datetimefield_value(timezone.now())


def marks(values: Sequence[Any], mark: str = "%s") -> str:
    return ", ".join([mark] * len(values))


def moment(value: datetime | None) -> datetime | None:
    """A time as it was read; SQLite doesn't say that it is UTC."""
    return value if value is None or value.tzinfo else value.replace(tzinfo=UTC)
