"""SQLite connections with private database files."""

import os
import sqlite3
from contextlib import suppress
from typing import Any


class Connection(sqlite3.Connection):
    """Creates the file of a new database with mode 0600, before SQLite would create it by the
    umask. The files beside it, such as the write-ahead log, inherit the mode."""

    def __init__(self, database: Any, *args: Any, **kwargs: Any) -> None:
        if not str(database).startswith((":", "file:")):
            # SQLite reports any other problem.
            with suppress(OSError):
                os.close(os.open(database, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        super().__init__(database, *args, **kwargs)
