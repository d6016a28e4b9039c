"""A bad value stops the start with one line that names the variable and what it accepts."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

BASE = Path(__file__).parents[2]


def start(folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "CHATSITE_DATA": str(folder), **variables}
    command = [sys.executable, "manage.py", "check"]
    return subprocess.run(
        command, cwd=BASE, env=environment, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "http"),
        ("PORT", "70000"),
        ("DEBUG", "perhaps"),
        ("SECRET_KEY", "short"),
        ("ALLOWED_HOSTS", "*"),
        ("ALLOWED_HOSTS", "https://chat.example.com"),
        ("CSRF_TRUSTED_ORIGINS", "chat.example.com"),
        ("TRUSTED_PROXIES", "my-proxy"),
        ("DATABASE_URL", "mysql://localhost/chat"),
        ("DATABASE_URL", "postgres://localhost"),
        ("REDIS_URL", "localhost:6379"),
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


def test_the_defaults_start_and_make_a_secret_key_that_only_we_can_read(tmp_path: Path) -> None:
    done = start(tmp_path)
    assert done.returncode == 0, done.stderr
    key = tmp_path / "secret_key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert len(key.read_text()) >= 50
    before = key.read_text()
    start(tmp_path)
    assert key.read_text() == before, "made once"


def test_a_postgres_url_is_understood(tmp_path: Path) -> None:
    url = "postgres://me:p%40ss@db.example.com:5433/chat?sslmode=require"
    code = (
        "from chatsite.settings import DATABASES as d; d = d['default'];"
        "print(d['NAME'], d['USER'], d['PASSWORD'], d['HOST'], d['PORT'], d['OPTIONS']['sslmode'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=BASE,
        env={"PATH": os.environ["PATH"], "CHATSITE_DATA": str(tmp_path), "DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.split() == ["chat", "me", "p@ss", "db.example.com", "5433", "require"]
