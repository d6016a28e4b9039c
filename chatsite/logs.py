"""What reaches the log. A full disk concerns every request at once, and must not be filled by
their tracebacks."""

import logging
import time

from rooms.db import trouble
from rooms.errors import Unavailable

QUIET_SECONDS = 60.0


class StorageTrouble(logging.Filter):
    """Lets each kind of trouble with the storage through once a minute, in one line.

    Every other record, a bug's traceback above all, passes as it is.
    """

    def __init__(self, name: str = "") -> None:
        super().__init__(name)
        self._quiet_until: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, Unavailable):
            error = error.__cause__
        reason = trouble(error)
        if reason is None and not _is_a_consequence(record):
            return True
        if not self._is_due(reason or record.name):
            return False
        if reason is not None and error is not None:
            cause = str(error.__cause__ or error).partition("\n")[0]
            record.args = (reason, cause, record.getMessage())
            record.msg = "%s (%s) Said once a minute while it lasts. %s"
            record.exc_info = record.exc_text = None
        return True

    def _is_due(self, kind: str) -> bool:
        now = time.monotonic()
        if now < self._quiet_until.get(kind, now):
            return False
        self._quiet_until[kind] = now + QUIET_SECONDS
        return True


def _is_a_consequence(record: logging.LogRecord) -> bool:
    """A refused page's own line, and what the connection pool says to every attempt."""
    return getattr(record, "status_code", None) == 503 or record.name == "psycopg.pool"
