"""The database of the tests in this process: migrated once per run, and emptied quickly."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import connection
from django.db.backends.sqlite3.creation import DatabaseCreation
from django.test import TransactionTestCase

from tests.run_folder import made_once

# What `post_migrate` fills.
KEPT = [model._meta.db_table for model in (ContentType, Permission, Group)]
KEPT.append(Group.permissions.through._meta.db_table)


@contextmanager
def migrated_once() -> Iterator[None]:
    """The first process of a run migrates. The others load a copy of what it made."""
    migrate = DatabaseCreation.create_test_db

    def create(creation: DatabaseCreation, *args: Any, **options: Any) -> str:
        with made_once("migrated.sqlite3") as made:
            if made.exists():
                return load(made, creation)
            name: str = migrate(creation, *args, **options)
            with closing(sqlite3.connect(made)) as copy:
                connection.connection.backup(copy)
            return name

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseCreation, "create_test_db", create)
        yield


def load(made: Path, creation: DatabaseCreation) -> str:
    name: str = creation._get_test_db_name()  # type: ignore[attr-defined]
    connection.close()
    settings.DATABASES[connection.alias]["NAME"] = connection.settings_dict["NAME"] = name
    connection.ensure_connection()
    with closing(sqlite3.connect(made)) as copy:
        copy.backup(connection.connection)
    return name


class Flush:
    """Empties the tables after a test that commits, in place of Django's `flush`.

    That one clears every table, and then has `post_migrate` make content types, permissions and the
    group of moderators again. Here they stay, unless the test changed them.
    """

    def __init__(self) -> None:
        self._made = made_by_migrating()

    def __call__(self, case: TransactionTestCase) -> None:
        if made_by_migrating() == self._made:
            connection.ops.execute_sql_flush(self._statements())
        else:
            call_command("flush", verbosity=0, interactive=False, reset_sequences=False)
            self._made = made_by_migrating()

    def _statements(self) -> list[str]:
        tables = connection.introspection.django_table_names(
            only_existing=True, include_views=False
        )
        flush = connection.ops.sql_flush(no_style(), [one for one in tables if one not in KEPT])
        # No model knows the index of the search.
        return [*flush, "INSERT INTO rooms_search (rooms_search) VALUES ('delete-all')"]


def made_by_migrating() -> list[list[tuple[Any, ...]]]:
    """The rows of the tables that are kept."""
    with connection.cursor() as cursor:
        return [
            cursor.execute(f"SELECT * FROM {table} ORDER BY id").fetchall()  # noqa: S608
            for table in KEPT
        ]
