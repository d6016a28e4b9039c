"""The one way from async code to the ORM, and what its failures mean.

Channels' `database_sync_to_async` runs everything in one thread for the whole process, so one
slow query would stall every socket, and it closes the connection after each call, which costs a
factor of four. These threads are our own and keep their connections.
"""

import asyncio
import errno
import functools
import logging
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

from django.db import (
    DatabaseError,
    InterfaceError,
    InternalError,
    OperationalError,
    connection,
    connections,
    transaction,
)
from django.utils.translation import gettext_lazy as _

from rooms.errors import Unavailable
from rooms.lane import Lane

P = ParamSpec("P")
T = TypeVar("T")

logger = logging.getLogger(__name__)

# Three lines to stand in: reads of a page take about a millisecond and never wait for a change,
# which may wait for a lock; posting, one transaction at a time, waits for neither.
THREADS = 4
_threads = ThreadPoolExecutor(THREADS, thread_name_prefix="db")
_change_threads = ThreadPoolExecutor(THREADS, thread_name_prefix="db-change")
_writer_lane = Lane("db-writer")
# A connection that was used within this time is not asked whether it still lives.
FRESH_SECONDS = 1.0
_last = threading.local()


# -- the threads -----------------------------------------------------------------------------


def in_db_thread(function: Callable[P, T]) -> Callable[P, Awaitable[T]]:
    """`await in_db_thread(f)(…)` runs `f`, which only reads, in a database thread.

    Raises what `f` raises; a storage that is away, locked, full or read-only becomes `Unavailable`.
    """
    return _in(_threads, function)


def in_change_thread(function: Callable[P, T]) -> Callable[P, Awaitable[T]]:
    """The same, for what changes something."""
    return _in(_change_threads, function)


def _in(threads: ThreadPoolExecutor, function: Callable[P, T]) -> Callable[P, Awaitable[T]]:
    @functools.wraps(function)
    async def call(*args: P.args, **kwargs: P.kwargs) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(threads, lambda: guarded(function, *args, **kwargs))

    return call


def to_writer_thread(work: Callable[[], None]) -> None:
    """Do the work, which answers for its own errors, in the one thread of the group commit."""
    _writer_lane.put(work)


def guarded(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call it in a thread that keeps its connection. Raises what `in_db_thread` raises."""
    try:
        _close_if_dead()
        return function(*args, **kwargs)
    except (DatabaseError, InterfaceError, OSError) as error:
        # A kept connection may be broken; the next call opens a new one.
        connections.close_all()
        reason = trouble(error)
        if reason is None:
            raise
        logger.exception("A command was refused.")
        drop_dead_connections(reason)
        raise Unavailable(_("The site's storage is busy or away. Nothing was changed.")) from error


def _close_if_dead() -> None:
    """After a pause the database may have been restarted. Django's own check is for connections
    that it has just taken out of the pool; these are kept."""
    now = time.monotonic()
    is_idle = now - getattr(_last, "used", now) > FRESH_SECONDS
    _last.used = now
    if is_idle and connection.connection is not None and not connection.is_usable():
        connection.close()
        drop_dead_connections(AWAY)


def drop_dead_connections(reason: str) -> None:
    """When one connection to PostgreSQL has died, those that wait in the pool have died with it;
    the pool would find out one by one, with a pause after each."""
    pool = getattr(connection, "pool", None)
    if reason == AWAY and pool is not None:
        pool.drain()


class Unconfirmed(Exception):
    """A commit was begun and its answer was lost: what it wrote is stored, or it is not."""


@contextmanager
def confirmed() -> Iterator[None]:
    """A transaction that doesn't take a lost answer for a failure. Raises Unconfirmed then."""
    is_complete = False
    try:
        with transaction.atomic():
            yield
            is_complete = True
    except (DatabaseError, InterfaceError) as error:
        if is_complete and trouble(error) == AWAY:
            connections.close_all()
            drop_dead_connections(AWAY)
            raise Unconfirmed from error
        raise


def close_connections() -> None:
    """Close what the threads keep, so that a test database can be dropped."""
    for threads in (_threads, _change_threads):
        gate = [threads.submit(connections.close_all) for _ in range(THREADS * 4)]
        for future in gate:
            future.result()
    _writer_lane.put(connections.close_all)
    _writer_lane.wait()


# -- what a failure means --------------------------------------------------------------------

AWAY = "The database does not answer."
FULL = "The disk is full."
READ_ONLY = "The database is read-only."
LOCKED = "The database is locked."
SLOW = "The database takes too long."
DAMAGED = "The database file is damaged."
FAILING = "The disk can't be read or written."

# By SQLite's primary result code, https://www.sqlite.org/rescode.html, and by SQLSTATE,
# https://www.postgresql.org/docs/current/errcodes-appendix.html
_REASONS = {
    "SQLITE_BUSY": LOCKED,
    "SQLITE_LOCKED": LOCKED,
    "SQLITE_FULL": FULL,
    "SQLITE_READONLY": READ_ONLY,
    "SQLITE_IOERR": FAILING,
    "SQLITE_CORRUPT": DAMAGED,
    "SQLITE_NOTADB": DAMAGED,
    "55P03": LOCKED,
    "53100": FULL,
    "25006": READ_ONLY,
    "25P03": SLOW,
    "40P01": LOCKED,  # two waited for each other, and this one was chosen to give up
    "57014": SLOW,
    "58030": FAILING,
}
# Wrong SQL or a missing table; and a statement after one that failed.
_BUGS = {"SQLITE_ERROR", "25P02"}
_REASONS_OF_FILES = {
    errno.ENOSPC: FULL,
    errno.EDQUOT: FULL,
    errno.EROFS: READ_ONLY,
    errno.EFBIG: FAILING,
    errno.EIO: FAILING,
}


def trouble(error: BaseException | None) -> str | None:
    """Why the storage failed, in a sentence without details that anybody may read. None when it is
    no trouble of the storage but a bug: a broken constraint, a table that isn't there."""
    if isinstance(error, OSError):
        return _REASONS_OF_FILES.get(error.errno or 0)
    if not isinstance(error, DatabaseError | InterfaceError):
        return None
    driver = error.__cause__
    code = getattr(driver, "sqlite_errorname", None) or getattr(driver, "sqlstate", None) or ""
    code = "_".join(code.split("_")[:2])  # SQLITE_IOERR_WRITE is an SQLITE_IOERR
    if code in _REASONS:
        return _REASONS[code]
    is_away = isinstance(error, OperationalError | InterfaceError | InternalError)
    return AWAY if is_away and code not in _BUGS else None
