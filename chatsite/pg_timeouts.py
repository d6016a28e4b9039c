"""PostgreSQL's timeouts while the site is served, and its JIT setting.

They are set on each connection instead of in DATABASES because a migration may take minutes, with
other servers waiting for it. SQLite's only timeout, for its write lock, is in DATABASES.
"""

from typing import Any
from weakref import WeakSet

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

# A thread that waits for a statement serves nobody. Ours take milliseconds; only admin pages, or a
# database in trouble, take seconds.
STATEMENT_SECONDS = 30
LOCK_SECONDS = 5  # as for SQLite
IDLE_IN_TRANSACTION_SECONDS = 30  # releases the locks of a process that hangs
# JIT compilation pays off for statements that run for seconds. Our largest, a welcome with
# thousands of rooms, takes less time than compiling it.
JIT = "off"

_limited: WeakSet[Any] = WeakSet()  # a pool reuses connections


def install() -> None:
    """Apply the timeouts to every new connection of this process."""
    connection_created.connect(_limit, dispatch_uid="chatsite.pg_timeouts")


def _limit(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    if connection.vendor != "postgresql" or connection.connection in _limited:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('statement_timeout', %s, false), set_config('lock_timeout', %s,"
            " false), set_config('idle_in_transaction_session_timeout', %s, false),"
            " set_config('jit', %s, false)",
            [f"{STATEMENT_SECONDS}s", f"{LOCK_SECONDS}s", f"{IDLE_IN_TRANSACTION_SECONDS}s", JIT],
        )
    _limited.add(connection.connection)
