"""The only way from async code to the ORM.

Channels' `database_sync_to_async` runs everything in one thread for the whole process, so one
slow query would stall every socket, and it closes the connection after each call, which costs a
factor of four. These threads are our own and keep their connections.
"""

import asyncio
import functools
import logging
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import ParamSpec, TypeVar

from django.db import DatabaseError, InterfaceError, connection, connections, transaction
from django.utils.translation import gettext_lazy as _

from rooms.errors import Unavailable
from rooms.storage.failures import AWAY, trouble
from rooms.storage.lane import Lane

P = ParamSpec("P")
T = TypeVar("T")

logger = logging.getLogger(__name__)

# Four queues. Reading a page takes about a millisecond and never waits behind a change, which may
# be waiting for a lock, nor behind a search; posting, one transaction at a time, waits behind none
# of them.
THREADS = 4
SEARCHES = 2  # at a time: each may take a tenth of a second of a core
_threads = ThreadPoolExecutor(THREADS, thread_name_prefix="db")
_search_threads = ThreadPoolExecutor(SEARCHES, thread_name_prefix="db-search")
_change_threads = ThreadPoolExecutor(THREADS, thread_name_prefix="db-change")
_writer_lane = Lane("db-writer")
CLOSE_SECONDS = 1.0  # until the others are closed as well; one may hang
FRESH_SECONDS = 1.0  # a connection used more recently than this isn't checked before it is used
_last = threading.local()


def in_db_thread(function: Callable[P, T]) -> Callable[P, Awaitable[T]]:
    """Run `f`, which must only read, in a database thread: `await in_db_thread(f)(…)`.

    Raises what `f` raises, and `Unavailable` when the storage is away, locked, full or read-only.
    """
    return _in(_threads, function)


def in_change_thread(function: Callable[P, T]) -> Callable[P, Awaitable[T]]:
    """Do the same for functions that change something."""
    return _in(_change_threads, function)


def in_search_thread(function: Callable[P, T]) -> Callable[P, Awaitable[T]]:
    """Do the same for searches, which read for longer."""
    return _in(_search_threads, function)


def _in(threads: ThreadPoolExecutor, function: Callable[P, T]) -> Callable[P, Awaitable[T]]:
    @functools.wraps(function)
    async def call(*args: P.args, **kwargs: P.kwargs) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(threads, lambda: guarded(function, *args, **kwargs))

    return call


def to_writer_thread(work: Callable[[], None]) -> None:
    """Queue work for the group commit's single thread. The work handles its own errors."""
    _writer_lane.put(work)


def guarded(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call the function in this thread, which keeps its connection. Raises what `in_db_thread`
    raises."""
    try:
        _close_if_dead()
        return function(*args, **kwargs)
    except (DatabaseError, InterfaceError, OSError) as error:
        # The connection may be broken; the next call opens a new one.
        connections.close_all()
        reason = trouble(error)
        if reason is None:
            raise
        logger.exception("The storage failed, and a command was refused.")
        drop_dead_connections(reason)
        raise Unavailable(_("The site's storage is busy or away. Nothing was changed.")) from error


def _close_if_dead() -> None:
    """Drop a connection that died while it was idle: the database may have been restarted. Django
    checks connections only as it takes them from the pool, and ours stay out of it."""
    now = time.monotonic()
    is_idle = now - getattr(_last, "used", now) > FRESH_SECONDS
    _last.used = now
    if is_idle and connection.connection is not None and not connection.is_usable():
        connection.close()
        drop_dead_connections(AWAY)


def drop_dead_connections(reason: str) -> None:
    """Empty the pool once one PostgreSQL connection has died, since the others died with it. The
    pool would find that out one connection at a time, with a pause after each."""
    pool = getattr(connection, "pool", None)
    if reason == AWAY and pool is not None:
        pool.drain()


class Unconfirmed(Exception):
    """The answer to a COMMIT was lost, so the transaction may or may not have been stored."""


@contextmanager
def confirmed() -> Iterator[None]:
    """A transaction that raises Unconfirmed, not a failure, when the answer to its COMMIT is
    lost."""
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
    """Close every thread's connections, at the end of a process or before a test database is
    dropped. SQLite puts its log into the database file when the last one is closed."""
    for threads, size in (
        (_threads, THREADS),
        (_search_threads, SEARCHES),
        (_change_threads, THREADS),
    ):
        together = threading.Barrier(size)  # so that no thread closes for two
        for closed in [threads.submit(_close, together) for _thread in range(size)]:
            closed.result()
    _writer_lane.put(connections.close_all)
    _writer_lane.wait()


def _close(together: threading.Barrier) -> None:
    connections.close_all()
    with suppress(threading.BrokenBarrierError):
        together.wait(CLOSE_SECONDS)
