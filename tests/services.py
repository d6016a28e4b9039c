"""Real Redis and PostgreSQL for the tests that need them, on ports of their own.

What isn't installed is skipped with its reason; with CI=true that is a failure instead, so that no
green run hides a test that never ran.
"""

import getpass
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes import free_port

DEADLINE = 20.0  # seconds for a service to answer


def need(what: str, found: str | None) -> str:
    """The path of a program; otherwise skip the test, or fail it in CI."""
    if found:
        return found
    message = f"{what} is not installed"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


def wait_for_port(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        if process.poll() is not None:
            raise AssertionError(f"{process.args!r} ended with {process.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise AssertionError(f"nothing listens on port {port}")


class RedisServer:
    """One that keeps nothing on disk."""

    def __init__(self) -> None:
        self.program = need("redis-server", shutil.which("redis-server"))
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            [self.program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""],
            stdout=subprocess.DEVNULL,
        )
        wait_for_port(self.port, self.process)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


class PostgresServer:
    """A cluster in a folder of its own, which trusts everybody on this machine."""

    def __init__(self) -> None:
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
        initdb = shutil.which("initdb") or (str(found[-1]) if found else None)
        programs = Path(need("PostgreSQL", initdb)).parent
        self.folder = Path(tempfile.mkdtemp(prefix="chatsite-pg-"))
        # PostgreSQL refuses to run as root.
        self.user = ["runuser", "-u", "postgres", "--"] if getpass.getuser() == "root" else []
        if self.user:
            shutil.chown(self.folder, "postgres")
        data = self.folder / "data"
        self._run(programs / "initdb", "-D", data, "-U", "chatsite", "-A", "trust", "--no-sync")
        self.port = free_port()
        self.process = subprocess.Popen(
            [
                *self.user, str(programs / "postgres"), "-D", str(data), "-p", str(self.port),
                "-h", "127.0.0.1", "-k", str(self.folder), "-F",
            ],
            stderr=subprocess.DEVNULL,
            cwd=self.folder,
        )  # fmt: skip
        wait_for_port(self.port, self.process)
        self.psql = need("psql", shutil.which("psql"))
        self.count = 0

    def database(self) -> str:
        """The address of a new, empty database."""
        self.count += 1
        name = f"chat{self.count}"
        end = time.monotonic() + DEADLINE
        command = [self.psql, self._url("postgres"), "-qc", f"CREATE DATABASE {name}"]
        while subprocess.run(command, check=False, capture_output=True).returncode:
            assert time.monotonic() < end, "PostgreSQL takes no connections"
            time.sleep(0.1)
        return self._url(name)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _url(self, name: str) -> str:
        return f"postgres://chatsite@127.0.0.1:{self.port}/{name}"

    def _run(self, *command: object) -> None:
        line = [*self.user, *map(str, command)]
        subprocess.run(line, check=True, stdout=subprocess.DEVNULL, cwd=self.folder)


@pytest.fixture
def redis_server() -> Iterator[RedisServer]:
    server = RedisServer()
    yield server
    server.kill()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    server = PostgresServer()
    yield server
    server.stop()
