"""The one way from async code to the ORM.

Channels' `database_sync_to_async` runs everything in one thread for the whole process, so one
slow query would stall every socket, and it closes the connection after each call, which costs a
factor of four. These threads are our own and keep their connections.
"""

import asyncio
import functools
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.db import DatabaseError, InterfaceError, connections

from rooms.errors import Unavailable

P = ParamSpec("P")
T = TypeVar("T")

# SQLite runs one write at a time anyhow; reads of a page take about a millisecond.
THREADS = 4
_threads = ThreadPoolExecutor(THREADS, thread_name_prefix="db")
# Posting never waits behind four slow reads.
_writer_thread = ThreadPoolExecutor(1, thread_name_prefix="db-writer")


def in_db_thread(function: Callable[P, T]) -> Callable[P, Awaitable[T]]:
    """`await in_db_thread(f)(…)` runs `f` in a database thread.

    Raises what `f` raises; a database that is away or locked becomes `Unavailable`.
    """
    return _in(_threads, function)


def in_writer_thread(function: Callable[P, T]) -> Callable[P, Awaitable[T]]:
    """The same, in the one thread of the group commit."""
    return _in(_writer_thread, function)


def _in(threads: ThreadPoolExecutor, function: Callable[P, T]) -> Callable[P, Awaitable[T]]:
    @functools.wraps(function)
    async def call(*args: P.args, **kwargs: P.kwargs) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(threads, lambda: _guarded(function, *args, **kwargs))

    return call


def _guarded(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    try:
        return function(*args, **kwargs)
    except (DatabaseError, InterfaceError) as error:
        # A kept connection may be broken; the next call opens a new one.
        connections.close_all()
        raise Unavailable("The site's storage is busy or away. Nothing was changed.") from error


def close_connections() -> None:
    """Close what the threads keep, so that a test database can be dropped."""
    for threads, count in ((_threads, THREADS), (_writer_thread, 1)):
        gate = [threads.submit(connections.close_all) for _ in range(count * 4)]
        for future in gate:
            future.result()
