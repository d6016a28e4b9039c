"""The site's secret key, and what is made of it."""

import hashlib
import os
import secrets
import stat
import sys
from pathlib import Path
from urllib.parse import urlsplit

from chatsite.environment.values import refuse, text


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
