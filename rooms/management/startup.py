"""Bring the database and the static files up to date before the site is served."""

import fcntl
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

import django
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

Say = Callable[[str], object]  # tells the operator what takes a while; `str` tells nobody

MIGRATION_LOCK = 0x63686174  # "chat": PostgreSQL names advisory locks by a number
STAMP = ".stamp"  # in STATIC_ROOT: a digest of what the collected files were made from


@contextmanager
def alone() -> Iterator[None]:
    """Hold a lock on the data folder, and on a PostgreSQL database, which other machines may share:
    two migrations at the same time would break each other."""
    with (settings.DATA_DIR / ".starting").open("w") as folder:
        fcntl.flock(folder, fcntl.LOCK_EX)  # released when the file is closed
        if connection.vendor != "postgresql":
            yield
            return
        try:
            connect_once()
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
        except DatabaseError as error:
            first = str(error).partition("\n")[0]
            raise CommandError(f"The database can't be used: {first}") from error
        try:
            yield
        finally:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [MIGRATION_LOCK])


def connect_once() -> None:
    """Connect without the pool, which would retry for seconds and log every attempt. Raises
    DatabaseError."""
    # Imported late: it takes a tenth of a start, and SQLite doesn't need it.
    import psycopg

    options = connection.get_connection_params()
    options.pop("pool", None)
    try:
        psycopg.connect(**options).close()
    except psycopg.Error as error:
        raise DatabaseError(error) from error


def migrate(say: Say = str) -> None:
    """Run pending migrations, if any: Django's command takes a second even if there are none."""
    try:
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if pending:
            is_new = not executor.loader.applied_migrations
            say("Making the database." if is_new else "Bringing the database up to date.")
            call_command("migrate", interactive=False, verbosity=0)
    except DatabaseError as error:
        raise CommandError(f"The database can't be used: {error}") from error


def collect_static(say: Say = str) -> None:
    """Collect the static files if they have changed since the last time."""
    stamp = settings.STATIC_ROOT / STAMP
    makers = ((path.name, path) for path in settings.STATIC_MADE_BY)
    current = stamp_of(chain(static_files(), makers))
    if stamp.exists() and stamp.read_text() == current:
        return
    say("Collecting scripts and styles.")
    call_command("collectstatic", interactive=False, verbosity=0)
    stamp.write_text(current)


def static_files() -> Iterator[tuple[str, Path]]:
    """Yield the name of every static file, and its path."""
    for finder in get_finders():
        for name, storage in finder.list([]):
            yield name, Path(storage.path(name))


def stamp_of(files: Iterator[tuple[str, Path]]) -> str:
    """A digest that changes with every file added, removed or edited, and with Django's version."""
    digest = hashlib.sha256(f"{django.__version__} {settings.STORAGES['staticfiles']}".encode())
    for name, path in sorted(files):
        stat = path.stat()
        digest.update(f"\n{name} {stat.st_size} {stat.st_mtime_ns}".encode())
    return digest.hexdigest()
