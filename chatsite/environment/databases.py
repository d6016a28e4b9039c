"""The database."""

import stat
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from chatsite.environment.values import refuse, text
from chatsite.sqlite import Connection


def database(name: str, sqlite: Path) -> dict[str, Any]:
    """Django's DATABASES entry: PostgreSQL by URL, else the SQLite file."""
    url = text(name)
    if not url:
        _refuse_open_files(sqlite)
        return _sqlite(sqlite)
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = -1
    path = unquote(parts.path.lstrip("/"))
    options = dict(parse_qsl(parts.query))
    prepare = options.pop("prepare", "on")
    is_postgres = parts.scheme in {"postgres", "postgresql"} and path and port != -1
    if not is_postgres or prepare not in {"on", "off"}:
        refuse(
            name,
            "…",
            "postgres://user:password@host:port/name, with ?prepare=off behind a pooler that shares"
            " connections between transactions, or nothing for SQLite",
        )
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": path,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(port or ""),
        # A restart of the database causes no errors: connections are checked before use.
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            **_POSTGRES,
            "prepare_threshold": PREPARE_AT if prepare == "on" else None,
            **options,
        },
    }


# Hand-written statements (rooms/storage/sql.py) are prepared the second time that a connection runs
# them. Django's own are bound on the client and never prepared.
PREPARE_AT = 1

# The URL can add options: https://www.postgresql.org/docs/current/libpq-connect.html
_POSTGRES: dict[str, Any] = {
    "pool": {
        # Enough for the database threads, the writer and the pages of one worker.
        "min_size": 2,
        "max_size": 20,
        "timeout": 3,  # wait for a connection; then the page says that the site is unavailable
        # After that, a request for a connection tries at once. The pool's own attempts back off:
        # after an outage of a minute, they would come a minute late.
        "reconnect_timeout": 3,
    },
    "connect_timeout": 3,
    # Notice a host that has vanished silently in 20 s instead of two hours.
    "keepalives_idle": 10,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,  # ms
}


def _refuse_open_files(path: Path) -> None:
    """Other users of this machine must be kept out by the folder's mode, or else by the files'."""
    if path.parent.stat().st_mode & stat.S_IXOTH:
        for file in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
            if file.exists() and file.stat().st_mode & stat.S_IRWXO:
                sys.exit(f"{file} can be read by everyone on this machine. Run: chmod o= {path}*")


def _sqlite(path: Path) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        # Seconds. Opening a connection costs as much as all that a page reads. If it were kept
        # longer, a thread that serves one page a day would hold its page cache all day.
        "CONN_MAX_AGE": 60,
        "OPTIONS": {
            # For the write lock, which we hold for milliseconds; a backup or an operator may hold
            # it longer. Beyond this it is better to fail: the page's outbox posts again by itself,
            # and a waiting request blocks one of few threads.
            "timeout": 5,
            # A deferred transaction that reads and then writes fails if another one wrote in
            # between, whatever the timeout: https://www.sqlite.org/lang_transaction.html
            "transaction_mode": "IMMEDIATE",
            "factory": Connection,
            # FULL: what was acknowledged survives a power cut. Group commit makes it affordable.
            "init_command": (
                "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;"
                "PRAGMA journal_size_limit=67108864;PRAGMA cache_size=-16000;"
                # Pages of 4 KiB in the log before a checkpoint. A page that several commits change
                # is then written once; with SQLite's default of 1,000, posting is a sixth slower.
                "PRAGMA wal_autocheckpoint=4000;"
                # Overwrite erased and replaced content, so that the file doesn't keep it.
                "PRAGMA secure_delete=ON;"
            ),
        },
        # In memory, each thread would see its own database.
        "TEST": {"NAME": str(path.with_name("test.sqlite3"))},
    }
