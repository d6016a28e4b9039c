"""Reads the environment, strictly: an invalid value stops the start with one line that says what
the variable accepts, before anything has been touched."""

import hashlib
import importlib.util
import ipaddress
import os
import re
import secrets
import stat
import sys
from collections.abc import Callable
from email.utils import parseaddr
from pathlib import Path
from typing import Any, Literal, NamedTuple, NoReturn, TypeVar
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from chatsite.sqlite import Connection

T = TypeVar("T")
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def refuse(name: str, value: str, accepts: str) -> NoReturn:
    """Stop the process with one line on stderr and exit status 1. Don't pass a `value` that may
    contain a password: the line ends up in logs."""
    sys.exit(f"{name}={value!r} is not valid: it accepts {accepts}.")


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def switch(name: str, *, default: bool) -> bool:
    value = text(name, "on" if default else "off").lower()
    if value in {"on", "true", "yes", "1"}:
        return True
    if value in {"off", "false", "no", "0"}:
        return False
    refuse(name, value, "on or off")


def choice(name: str, among: tuple[str, ...]) -> str:
    """One of these words; "" if the variable isn't set."""
    value = text(name)
    if value and value not in among:
        refuse(name, value, f"one of {', '.join(among)}")
    return value


def number(name: str, default: int, *, low: int, high: int) -> int:
    value = text(name, str(default))
    if not value.isascii() or not value.isdigit() or not low <= int(value) <= high:
        refuse(name, value, f"a whole number from {low} to {high}")
    return int(value)


def many(name: str, default: str, read: Callable[[str], T], accepts: str) -> list[T]:
    """A comma-separated list, each part read by `read` (which raises ValueError)."""
    parts = [part.strip() for part in text(name, default).split(",") if part.strip()]
    try:
        return [read(part) for part in parts]
    except ValueError:
        refuse(name, text(name, default), accepts)


def hosts(name: str, default: str) -> list[str]:
    def read(host: str) -> str:
        if host == "*" or "/" in host or " " in host:
            # "*" would let any site open a WebSocket with its visitors' cookies.
            raise ValueError(host)
        return host

    return many(name, default, read, "host names separated by commas, such as chat.example.com")


def origins(name: str) -> list[str]:
    accepts = "origins separated by commas, such as https://chat.example.com"
    return many(name, "", _origin, accepts)


def origin(name: str) -> str:
    value = text(name)
    try:
        return _origin(value) if value else ""
    except ValueError:
        refuse(name, value, "the address of the site, such as https://chat.example.com")


def _origin(text: str) -> str:
    """Normalize an origin as browsers do: lower case, no default port. Raises ValueError."""
    parts = urlsplit(text)
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    if usual is None or not parts.hostname or not re.fullmatch(r"[^/?#]+://[^\s/?#@\\]+/?", text):
        raise ValueError(text)
    origin = f"{parts.scheme}://{parts.netloc.lower()}"
    return origin.removesuffix(f":{parts.port}") if parts.port == usual else origin


def networks(name: str) -> tuple[Network, ...]:
    accepts = "addresses or networks separated by commas, such as 127.0.0.1,10.0.0.0/8"
    return tuple(many(name, "", ipaddress.ip_network, accepts))


def directory(name: str, default: str) -> Path:
    """The absolute path of a writable folder, which is created if it doesn't exist."""
    path = Path(text(name, default)).expanduser().resolve()
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        refuse(name, str(path), "a folder that can be created and written")
    if not os.access(path, os.W_OK | os.X_OK):
        refuse(name, str(path), "a folder that can be written")
    return path


def secret_key(name: str, path: Path) -> str:
    """The variable or else the file's content. The file is created on the first start, mode 0600.

    Anyone who can guess or read the key can be anyone: it signs sessions and links.
    """
    value = text(name)
    if value:
        if not _is_strong(value):
            refuse(name, "…", STRONG_KEY)
        return value
    try:
        _make_secret(path)
    except FileExistsError:
        pass
    except OSError as error:
        # The next start must not find an empty key.
        path.unlink(missing_ok=True)
        sys.exit(f"{path} can't be written: {error.strerror}.")
    if path.stat().st_mode & stat.S_IRWXO:
        sys.exit(f"{path} can be read by everyone on this machine. Run: chmod o= {path}")
    value = path.read_text().strip()
    if not _is_strong(value):
        sys.exit(f"{path} holds no valid key: it needs {STRONG_KEY}. Delete it to get a new one.")
    return value


def former_keys(name: str) -> list[str]:
    """Keys that no longer sign, but whose signatures are still accepted."""
    keys = [part.strip() for part in text(name).split(",") if part.strip()]
    if not all(map(_is_strong, keys)):
        refuse(name, "…", f"keys separated by commas, each {STRONG_KEY}")
    return keys


def cookie_mark(site_url: str, key: str, database: str) -> str:
    """The suffix of cookie names. Browsers send one site's cookies to another on the same host,
    whatever its port, so it tells sites apart: by the port of SITE_URL, or without one by a hash of
    the key and the database, which all workers of a site share."""
    if site_url:
        port = urlsplit(site_url).port
        return f"_{port}" if port else ""
    return "_" + hashlib.sha256(f"cookies {key} {database}".encode()).hexdigest()[:8]


STRONG_KEY = "at least 50 random characters"


def _is_strong(key: str) -> bool:
    """The criteria of Django's deployment check W009, which is easily overlooked."""
    placeholder = key.startswith("django-insecure-")
    return len(key) >= 50 and len(set(key)) >= 5 and not placeholder


def _make_secret(path: Path) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_urlsafe(64))


def redis_url(name: str) -> str:
    value = text(name)
    if value and urlsplit(value).scheme not in {"redis", "rediss", "unix"}:
        refuse(name, "…", "redis://host:port/number, rediss://… or unix://…, or nothing")
    return value


class Mail(NamedTuple):
    """The mail server. Without a host, mail is printed on the console."""

    host: str = ""
    port: int = 25
    user: str = ""
    password: str = ""
    tls: Literal["", "asked for", "at once"] = ""
    sender: str = "chatsite@localhost"


def scanner(name: str) -> str:
    """Read where ClamAV listens."""
    value = text(name)
    parts = urlsplit(value)
    try:
        is_tcp = parts.scheme == "tcp" and parts.hostname and parts.port and not parts.path
    except ValueError:
        is_tcp = False
    if value and not is_tcp and not (value.startswith("unix:///") and len(parts.path) > 1):
        refuse(name, value, "tcp://host:port, unix:///path of its socket, or nothing")
    return value


MAIL_URL = (
    "smtp://user:password@host:port?from=chat@example.com, smtps://… for TLS from the first byte,"
    " or nothing for the console"
)


def mail(name: str) -> Mail:
    """Read the mail server's URL. With a user, `smtp` requires STARTTLS: a password is never sent
    unencrypted."""
    value = text(name)
    if not value:
        return Mail()
    parts = urlsplit(value)
    try:
        port = parts.port
    except ValueError:
        refuse(name, "…", MAIL_URL)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    sender = dict(parse_qsl(parts.query)).get("from") or (user if "@" in user else Mail().sender)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname or parts.path.strip("/"):
        refuse(name, "…", MAIL_URL)
    if "@" not in sender or any(character.isspace() for character in parseaddr(sender)[1]):
        refuse(name, "…", MAIL_URL)
    if parts.scheme == "smtps":
        return Mail(parts.hostname, port or 465, user, password, "at once", sender)
    tls: Literal["", "asked for"] = "asked for" if user else ""
    return Mail(parts.hostname, port or (587 if user else 25), user, password, tls, sender)


class Oidc(NamedTuple):
    """The OpenID Connect provider; there is none without a URL."""

    url: str = ""
    client_id: str = ""
    client_secret: str = ""
    name: str = ""


def oidc(prefix: str) -> Oidc:
    """Read all of `URL`, `CLIENT_ID` and `CLIENT_SECRET`, or none. `NAME` is on the button."""
    url, client_id = text(f"{prefix}URL"), text(f"{prefix}CLIENT_ID")
    secret = text(f"{prefix}CLIENT_SECRET")
    if not url and not client_id and not secret:
        return Oidc()
    parts = urlsplit(url)
    # The provider's answers are trusted because they come over TLS.
    is_safe = parts.scheme == "https" or parts.hostname in {"localhost", "127.0.0.1"}
    if not is_safe or parts.scheme not in {"https", "http"} or not parts.hostname or parts.query:
        refuse(f"{prefix}URL", url, "the provider's address, such as https://id.example.com/realm")
    for name, value in (("CLIENT_ID", client_id), ("CLIENT_SECRET", secret)):
        if not value:
            refuse(f"{prefix}{name}", "", "what the provider at OIDC_URL gave you for this site")
    return Oidc(url.rstrip("/"), client_id, secret, text(f"{prefix}NAME", parts.hostname))


class Bucket(NamedTuple):
    """Where files are kept, in a store that speaks Amazon's S3."""

    endpoint: str
    name: str
    key: str
    secret: str
    region: str


FILES_URL = (
    "s3://KEY:SECRET@host:port/bucket, with ?region=eu-central-1 where the store wants one and"
    " ?tls=off for one on this machine, or nothing for this machine's disk"
)


def bucket(name: str) -> Bucket | None:
    """Read the store of files; None: this machine's disk."""
    value = text(name)
    if not value:
        return None
    try:
        # Amazon's secrets may have a slash in them.
        parts = urlsplit(re.sub(r"(?<=://)[^@]*(?=@)", lambda one: quote(one[0], ":%"), value))
        port = parts.port
    except ValueError:
        refuse(name, "…", FILES_URL)
    options = dict(parse_qsl(parts.query))
    region, tls = options.pop("region", ""), options.pop("tls", "on")
    bucket = parts.path.strip("/")
    is_whole = parts.scheme == "s3" and parts.hostname and parts.username and parts.password
    if not is_whole or not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,62}", bucket):
        refuse(name, "…", FILES_URL)
    if options or tls not in {"on", "off"}:
        refuse(name, "…", FILES_URL)
    if importlib.util.find_spec("storages") is None or importlib.util.find_spec("boto3") is None:
        sys.exit(f"{name} needs more packages. Run: pip install -r requirements-s3.txt")
    host = f"{parts.hostname}:{port}" if port else f"{parts.hostname}"
    return Bucket(
        endpoint=f"{'https' if tls == 'on' else 'http'}://{host}",
        name=bucket,
        key=unquote(parts.username or ""),
        secret=unquote(parts.password or ""),
        region=region,
    )


def accel(name: str, bucket: Bucket | None) -> str:
    """The location at which a proxy serves the folder of files by itself, when it is told to."""
    value = text(name)
    if value and not re.fullmatch(r"/[\w./-]*/", value):
        refuse(name, value, "a location of the proxy that begins and ends with /, or nothing")
    if value and bucket is not None:
        sys.exit(f"{name} is for files on this machine's disk, and FILES_URL is set.")
    return value


def stores(bucket: Bucket | None) -> dict[str, Any]:
    """Django's STORAGES entries: `default` for pictures of people, of the site and its emoji, and
    in a bucket `files` for what people send."""
    if bucket is None:
        return {"default": {"BACKEND": "django.core.files.storage.FileSystemStorage"}}
    from boto3.s3.transfer import TransferConfig
    from botocore.config import Config

    options = {
        "endpoint_url": bucket.endpoint,
        "bucket_name": bucket.name,
        "access_key": bucket.key,
        "secret_key": bucket.secret,
        "region_name": bucket.region or "us-east-1",
        "file_overwrite": True,
        # Threads of its own would each keep 8 MiB in memory.
        "transfer_config": TransferConfig(use_threads=False),
        "client_config": Config(
            signature_version="s3v4",
            connect_timeout=3,
            read_timeout=20,
            retries={"mode": "standard", "total_max_attempts": 3},
            s3={"addressing_style": "path"},
            # Not every store knows Amazon's newer checksums.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    }
    backend = "rooms.files.buckets.Bucket"
    return {
        "default": {"BACKEND": backend, "OPTIONS": {**options, "location": "media"}},
        "files": {"BACKEND": backend, "OPTIONS": {**options, "location": "files"}},
    }


def cache(redis: str) -> dict[str, Any]:
    """Django's CACHES entry: shared through Redis, or else per process."""
    if not redis:
        return {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    return {
        "BACKEND": "chatsite.cache.SharedCache",
        "LOCATION": redis,
        "KEY_PREFIX": "chatsite",
    }


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
    if is_postgres and prepare in {"on", "off"}:
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
    refuse(
        name,
        "…",
        "postgres://user:password@host:port/name, with ?prepare=off behind a pooler that shares"
        " connections between transactions, or nothing for SQLite",
    )


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
