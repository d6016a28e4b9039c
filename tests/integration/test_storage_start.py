"""Starting with unusable storage: one sentence that says why, and exit status 1."""

import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import ROOT, free_port
from tests.site import DEFAULTS, fresh


def start(folder: Path, *, file_bytes: int | None = None, **variables: str) -> str:
    """Return what a failed start prints; no file may grow beyond `file_bytes`."""

    def fill_the_disk() -> None:
        if file_bytes is not None:
            _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
            resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, hard))

    done = subprocess.run(
        [sys.executable, "manage.py", "serve", "--port", str(free_port())],
        cwd=ROOT,
        env={**os.environ, **DEFAULTS, "CHATSITE_DATA": str(folder), **variables},
        preexec_fn=fill_the_disk,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr.strip()


def test_a_file_that_is_not_a_database(tmp_path: Path) -> None:
    shutil.copytree(fresh(), tmp_path, dirs_exist_ok=True)
    (tmp_path / "chatsite.sqlite3").write_bytes(b"precious holiday pictures" * 1000)
    said = start(tmp_path)
    assert said == "CommandError: The database can't be used: file is not a database"


def test_a_database_that_cannot_be_opened(tmp_path: Path) -> None:
    (tmp_path / "chatsite.sqlite3").mkdir()
    said = start(tmp_path)
    assert said == "CommandError: The database can't be used: unable to open database file"


@pytest.mark.parametrize(("file_bytes", "what"), [(16, "secret_key"), (4096, "database")])
def test_a_disk_that_is_full_from_the_start_leaves_nothing_half_written(
    tmp_path: Path, file_bytes: int, what: str
) -> None:
    (line,) = start(tmp_path, file_bytes=file_bytes).splitlines()
    assert what in line
    assert what == "database" or not (tmp_path / "secret_key").exists()


def test_a_postgresql_that_is_away(tmp_path: Path) -> None:
    said = start(tmp_path, DATABASE_URL=f"postgres://chat@127.0.0.1:{free_port()}/chat")
    assert "Connection refused" in said
    assert "The database can't be used" in said
