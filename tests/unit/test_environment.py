"""A bad value stops the start with one line that names the variable and what it accepts."""

import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from chatsite import environment
from tests.forkserver import fork_server

BASE = Path(__file__).parents[2]


def start(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "CHATSITE_DATA": str(folder), **variables}
    return fork_server().finish("manage.py", "check", *arguments, env=environment)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "http"),
        ("PORT", "70000"),
        ("DEBUG", "perhaps"),
        ("SECRET_KEY", "short"),
        ("SECRET_KEY_FALLBACKS", "short,0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdef"),
        ("SECRET_KEY", "django-insecure-0123456789abcdefghijklmnopqrstuvwxyz"),
        ("SECRET_KEY", "abcd" * 20),
        ("ALLOWED_HOSTS", "*"),
        ("ALLOWED_HOSTS", "https://chat.example.com"),
        ("CSRF_TRUSTED_ORIGINS", "chat.example.com"),
        ("CSRF_TRUSTED_ORIGINS", "https://user@chat.example.com"),
        ("CSRF_TRUSTED_ORIGINS", "https://chat.example.com:port"),
        ("SITE_URL", "chat.example.com"),
        ("SITE_URL", "https://chat.example.com/chat"),
        ("SITE_URL", "ftp://chat.example.com"),
        ("TRUSTED_PROXIES", "my-proxy"),
        ("OUTGOING_ALLOW", "push.example.com"),
        ("OUTGOING_ALLOW", "10.0.0.1/8"),
        ("CLAMAV_URL", "localhost:3310"),
        ("CLAMAV_URL", "tcp://localhost"),
        ("CLAMAV_URL", "tcp://localhost:many"),
        ("CLAMAV_URL", "unix://clamd.sock"),
        ("DATABASE_URL", "mysql://localhost/chat"),
        ("DATABASE_URL", "postgres://localhost"),
        ("DATABASE_URL", "postgres://localhost/chat?prepare=maybe"),
        ("REDIS_URL", "localhost:6379"),
        ("EMAIL_URL", "mail.example.com"),
        ("EMAIL_URL", "smtp://user:pass@mail.example.com:many"),
        ("EMAIL_URL", "smtp://mail.example.com?from=nobody"),
        ("OIDC_URL", "http://id.example.com"),
        ("OIDC_URL", "id.example.com"),
        ("STAFF_MFA", "perhaps"),
        ("SIGNUP", "maybe"),
        ("RATE_LIMITS", "some"),
        ("CHATSITE_DATA", "/dev/null/data"),
    ],
)
def test_a_bad_value_is_one_clear_line(tmp_path: Path, name: str, value: str) -> None:
    done = start(tmp_path, **{name: value})
    assert done.returncode == 1
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith(f"{name}=")
    assert "accepts" in line


def test_the_defaults_start_and_create_a_private_secret_key(tmp_path: Path) -> None:
    done = start(tmp_path)
    assert done.returncode == 0, done.stderr
    key = tmp_path / "secret_key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert len(key.read_text()) >= 50
    before = key.read_text()
    start(tmp_path)
    assert key.read_text() == before, "created only once"


@pytest.mark.parametrize("content", ["", "short", "x" * 80, "django-insecure-" + "abcdefgh" * 9])
def test_an_invalid_key_in_the_file_stops_the_start(tmp_path: Path, content: str) -> None:
    key = tmp_path / "secret_key"
    key.write_text(content)
    key.chmod(0o600)
    done = start(tmp_path)
    assert done.returncode == 1
    (line,) = done.stderr.strip().splitlines()
    assert "Delete it to get a new one" in line
    assert not content or content not in line


def test_a_world_readable_key_stops_the_start(tmp_path: Path) -> None:
    start(tmp_path)
    (tmp_path / "secret_key").chmod(0o644)
    done = start(tmp_path)
    assert done.returncode == 1
    assert done.stderr.strip().endswith(f"chmod o= {tmp_path / 'secret_key'}")


def test_a_world_readable_database_stops_the_start(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    folder.chmod(0o755)
    assert start(folder).returncode == 0
    database = folder / "chatsite.sqlite3"
    for file in (database, folder / "chatsite.sqlite3-wal"):
        file.touch()
        file.chmod(0o644)
        done = start(folder)
        assert done.returncode == 1
        assert done.stderr.strip() == (
            f"{file} can be read by everyone on this machine. Run: chmod o= {database}*"
        )
        file.chmod(0o640)
    assert start(folder).returncode == 0
    database.chmod(0o644)
    folder.chmod(0o700)
    assert start(folder).returncode == 0, "nobody else can reach it"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://me:hunter2@localhost/chat"),
        ("DATABASE_URL", "postgres://me:hunter2@localhost"),
        ("REDIS_URL", "http://:hunter2@localhost:6379"),
        ("SECRET_KEY", "hunter2"),
        ("EMAIL_URL", "mail://me:hunter2@mail.example.com"),
    ],
)
def test_a_refusal_repeats_no_password(tmp_path: Path, name: str, value: str) -> None:
    done = start(tmp_path, **{name: value})
    assert done.returncode == 1
    assert "hunter2" not in done.stdout + done.stderr


def test_a_public_site_passes_the_deployment_check(tmp_path: Path) -> None:
    public = {
        "CSRF_TRUSTED_ORIGINS": "https://chat.example.com",
        "ALLOWED_HOSTS": "chat.example.com",
    }
    done = start(tmp_path, "--deploy", "--fail-level", "WARNING", **public)
    assert done.returncode == 0, done.stderr
    debug = start(tmp_path, "--deploy", "--fail-level", "WARNING", **public, DEBUG="on")
    assert "security.W018" in debug.stderr


def settings_of(folder: Path, name: str, **variables: str) -> dict[str, Any]:
    """Return the default entry of DATABASES or CACHES."""
    code = f"import json; from chatsite import settings as s; print(json.dumps(s.{name}['default']"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}, default=str))"],
        cwd=BASE,
        env={"PATH": os.environ["PATH"], "CHATSITE_DATA": str(folder), **variables},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    settings: dict[str, Any] = json.loads(done.stdout)
    return settings


def test_a_postgres_url_is_understood(tmp_path: Path) -> None:
    url = "postgres://me:p%40ss@db.example.com:5433/chat?sslmode=require&connect_timeout=9"
    database = settings_of(tmp_path, "DATABASES", DATABASE_URL=url)
    told = [database[name] for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT")]
    assert told == ["chat", "me", "p@ss", "db.example.com", "5433"]
    assert database["OPTIONS"]["sslmode"] == "require"
    assert database["OPTIONS"]["connect_timeout"] == "9", "the URL takes precedence"
    assert database["CONN_HEALTH_CHECKS"]


def test_sqlite_stores_what_it_acknowledges_and_waits_five_seconds_for_its_lock(
    tmp_path: Path,
) -> None:
    options = settings_of(tmp_path, "DATABASES")["OPTIONS"]
    assert options["timeout"] == 5
    assert options["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in options["init_command"]
    assert "synchronous=FULL" in options["init_command"]


def test_with_redis_the_cache_is_shared(tmp_path: Path) -> None:
    assert "locmem" in settings_of(tmp_path, "CACHES")["BACKEND"]
    shared = settings_of(tmp_path, "CACHES", REDIS_URL="redis://127.0.0.1:6379/3")
    assert shared["BACKEND"] == "chatsite.cache.SharedCache"
    assert shared["LOCATION"] == "redis://127.0.0.1:6379/3"
    assert shared["KEY_PREFIX"] == "chatsite"


@pytest.mark.parametrize(
    ("value", "origin"),
    [
        ("https://chat.example.com", "https://chat.example.com"),
        ("HTTPS://Chat.Example.com/", "https://chat.example.com"),
        ("https://chat.example.com:443", "https://chat.example.com"),
        ("http://chat.example.com:443", "http://chat.example.com:443"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("", ""),
    ],
)
def test_an_origin_is_written_the_way_browsers_do(
    monkeypatch: pytest.MonkeyPatch, value: str, origin: str
) -> None:
    monkeypatch.setenv("SITE_URL", value)
    assert environment.origin("SITE_URL") == origin


@pytest.mark.parametrize(
    "value",
    [
        *("https://", "https://:8000", "https://a b", "https://a/b", "https://a?b", "https://a#b"),
        *("https://u@a", "https://a:99999", "https://a\\b", "//a", "javascript://a", "a"),
    ],
)
def test_an_invalid_origin_stops_the_start(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("SITE_URL", value)
    with pytest.raises(SystemExit, match=r"^SITE_URL=.* accepts "):
        environment.origin("SITE_URL")


def test_two_sites_on_one_host_have_different_cookie_names() -> None:
    mark = environment.cookie_mark
    assert mark("https://chat.example.com", "key", "db") == ""
    assert mark("https://chat.example.com:8443", "key", "db") == "_8443"
    marks = {mark("", key, database) for key in ("key", "other") for database in ("db", "other")}
    assert len(marks) == 4
    assert all(re.fullmatch(r"_[0-9a-f]{8}", one) for one in marks)
