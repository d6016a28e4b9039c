"""How long PostgreSQL may take while the site is served, and how it runs what it is asked.

Set on each connection and not in DATABASES: a migration may take minutes, and another server waits
for its end. SQLite's only wait, for the write lock, is in DATABASES.
"""

from typing import Any
from weakref import WeakSet

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

# A thread that waits for a statement serves nobody. Ours take milliseconds; what takes seconds is
# an operator's page of the admin, or a database in trouble.
STATEMENT_SECONDS = 30
LOCK_SECONDS = 5  # as SQLite
IDLE_IN_TRANSACTION_SECONDS = 30  # a process that was stopped in the middle frees its locks
# Compiling a statement pays when it runs for seconds. The largest of ours, a welcome with thousands
# of rooms, takes less time than its compilation.
JIT = "off"

_limited: WeakSet[Any] = WeakSet()  # a pool hands the same connection out again and again


def install() -> None:
    """From now on, in this process."""
    connection_created.connect(_limit, dispatch_uid="chatsite.patience")


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
