"""What a failure of the storage means, whichever database it is."""

import errno

from django.db import DatabaseError, InterfaceError, InternalError, OperationalError

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
    "40P01": LOCKED,  # a deadlock, and this transaction was the one chosen to give up
    "57014": SLOW,
    "58030": FAILING,
}
# Wrong SQL or a missing table, and any statement after one that failed in the same transaction.
_BUGS = {"SQLITE_ERROR", "25P02"}
_FILE_REASONS = {
    errno.ENOSPC: FULL,
    errno.EDQUOT: FULL,
    errno.EROFS: READ_ONLY,
    errno.EFBIG: FAILING,
    errno.EIO: FAILING,
}


def trouble(error: BaseException | None) -> str | None:
    """Say why the storage failed, in a sentence without details that anyone may read. None if the
    storage isn't at fault: a violated constraint or a missing table is a bug."""
    if isinstance(error, OSError):
        return _FILE_REASONS.get(error.errno or 0)
    if not isinstance(error, DatabaseError | InterfaceError):
        return None
    driver = error.__cause__
    code = getattr(driver, "sqlite_errorname", None) or getattr(driver, "sqlstate", None) or ""
    code = "_".join(code.split("_")[:2])  # SQLITE_IOERR_WRITE is a kind of SQLITE_IOERR
    if code in _REASONS:
        return _REASONS[code]
    is_away = isinstance(error, OperationalError | InterfaceError | InternalError)
    return AWAY if is_away and code not in _BUGS else None
