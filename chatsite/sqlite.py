"""SQLite's connections, as Django opens them."""

import os
import sqlite3
from contextlib import suppress
from typing import Any


class Connection(sqlite3.Connection):
    """Makes the file of a new database readable for its owner alone, before SQLite makes it as the
    umask says. Those beside it, the log above all, get its mode."""

    def __init__(self, database: Any, *args: Any, **kwargs: Any) -> None:
        if not str(database).startswith((":", "file:")):
            # What else is wrong is SQLite's to say.
            with suppress(OSError):
                os.close(os.open(database, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        super().__init__(database, *args, **kwargs)
