"""The production server: everything from an empty folder to a site that answers."""

import errno
import fcntl
import hashlib
import os
import socket
import sys
from argparse import SUPPRESS
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.urls import reverse
from django.utils.module_loading import import_string

from rooms.server import Limits, Server, listen, raise_descriptor_limit
from rooms.server.workers import Workers, inherit

MIGRATION_LOCK = 0x63686174  # "chat": PostgreSQL names advisory locks by a number
UPLOADS = ("profile",)  # the names of the addresses that take files
STAMP = ".stamp"  # in STATIC_ROOT: what the collected files were made from


class Command(BaseCommand):
    help = "Serve the site: brings the database and the static files up to date, then listens."

    def add_arguments(self, parser: CommandParser) -> None:
        # As text: argparse would answer a bad number with its usage, and an exit status of its own.
        parser.add_argument("--host", default=settings.HOST, help="address (default: %(default)s)")
        parser.add_argument("--port", default=str(settings.PORT), help="default: %(default)s")
        parser.add_argument("--workers", default="1", help="processes; more than one needs Redis")
        parser.add_argument("--inherited", type=int, help=SUPPRESS)  # how a worker is started

    def handle(self, *, host: str, port: str, workers: str, **options: Any) -> None:
        os.umask(0o027)  # what the site writes is nobody else's on this machine
        if options["inherited"] is not None:
            sys.exit(self._work(inherit(options["inherited"])))
        number = whole("--port", port, 1, 65535)
        count = whole("--workers", workers, 1, 64)
        if count > 1 and not settings.REDIS_URL:
            raise CommandError(
                f"--workers={count} needs REDIS_URL: without Redis, the workers would not hear "
                "each other's messages."
            )
        listener = take_port(host, number)
        with alone():
            migrate()
            collect_static()
        self._greet(host, number)
        if count == 1:
            sys.exit(serve(listener))
        # Not `connection.close()` at the end: each worker opens its own.
        connection.close()
        sys.exit(Workers([sys.executable, *worker_command()], listener, count).run())

    def _greet(self, host: str, port: int) -> None:
        # Deferred, as the operations are not needed to answer `serve --help`.
        from rooms.actions.accounts import setup_link

        address = address_of(host, port)
        self.stdout.write(f"Chatsite is at {address}")
        # Behind a proxy it is opened where the proxy listens.
        link = setup_link(settings.SITE_URL or address)
        if link:
            self.stdout.write(f"There is no account yet. Make the first one here:\n{link}")
        self.stdout.flush()

    def _work(self, listener: socket.socket) -> int:
        return serve(listener, lifeline=sys.stdin.fileno())


def serve(listener: socket.socket, *, lifeline: int | None = None) -> int:
    """Serve in this process until a signal, or until the lifeline is cut. Returns its status."""
    from rooms import worker

    async def start() -> None:
        if lifeline is not None:
            server.stop_without(lifeline)
        await worker.start()

    raise_descriptor_limit()
    # Where it listens in truth, which the arguments of this command may have said.
    settings.HOST, settings.PORT, *_ = listener.getsockname()
    server = Server(
        # Imported now and not before: it looks at the collected files once.
        import_string(settings.ASGI_APPLICATION),
        listener,
        limits=Limits() if settings.RATE_LIMITS else Limits.without_rates(),
        trusted_proxies=settings.TRUSTED_PROXIES,
        takes_files={reverse(name) for name in UPLOADS}.__contains__,
        on_start=start,
        on_drain=worker.drain,
    )
    return server.run()


def worker_command() -> list[str]:
    """How this very program was started, as a worker."""
    return [sys.argv[0], "serve", "--inherited"]


# -- the arguments ---------------------------------------------------------------------------


def whole(name: str, value: str, low: int, high: int) -> int:
    if not (value.isascii() and value.isdigit() and low <= int(value) <= high):
        raise CommandError(f"{name}={value} is not valid: a whole number from {low} to {high} is.")
    return int(value)


def take_port(host: str, port: int) -> socket.socket:
    try:
        return listen(host, port)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            why = "something else listens there. Choose another with --port."
        elif error.errno == errno.EACCES:
            why = "the system keeps ports below 1024 for its administrator."
        else:
            why = f"{error.strerror}."
        raise CommandError(f"Can't listen on {host}, port {port}: {why}") from error


def address_of(host: str, port: int) -> str:
    """Where a browser on this machine finds the site."""
    if host in {"0.0.0.0", "", "::"}:  # noqa: S104 -- shown, not bound
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


# -- what has to be up to date ---------------------------------------------------------------


@contextmanager
def alone() -> Iterator[None]:
    """One start at a time brings things up to date: on this data folder, and on the database,
    which other machines may share. Two migrations at once would break each other."""
    with (settings.DATA_DIR / ".starting").open("w") as folder:
        fcntl.flock(folder, fcntl.LOCK_EX)  # until the file is closed
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
    """Without the pool, which would try for seconds, and say so in lines of its own. Raises
    DatabaseError."""
    # Deferred: a tenth of a start, which SQLite has no use for.
    import psycopg

    options = connection.get_connection_params()
    options.pop("pool", None)
    try:
        psycopg.connect(**options).close()
    except psycopg.Error as error:
        raise DatabaseError(error) from error


def migrate() -> None:
    """Run the migrations that are pending. Only then: Django's command takes a second for none."""
    try:
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if pending:
            call_command("migrate", interactive=False, verbosity=0)
    except DatabaseError as error:
        raise CommandError(f"The database can't be used: {error}") from error


def collect_static() -> None:
    """Collect the static files when they are not those of the last time."""
    stamp = settings.STATIC_ROOT / STAMP
    makers = ((path.name, path) for path in settings.STATIC_MADE_BY)
    current = stamp_of(chain(static_files(), makers))
    if stamp.exists() and stamp.read_text() == current:
        return
    call_command("collectstatic", interactive=False, verbosity=0)
    stamp.write_text(current)


def static_files() -> Iterator[tuple[str, Path]]:
    """Every name under which a file is found, and the file."""
    for finder in get_finders():
        for name, storage in finder.list([]):
            yield name, Path(storage.path(name))


def stamp_of(files: Iterator[tuple[str, Path]]) -> str:
    """Changes when a file is added, taken away or edited, or when another Django collects them."""
    digest = hashlib.sha256(f"{django.__version__} {settings.STORAGES['staticfiles']}".encode())
    for name, path in sorted(files):
        stat = path.stat()
        digest.update(f"\n{name} {stat.st_size} {stat.st_mtime_ns}".encode())
    return digest.hexdigest()
