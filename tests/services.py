"""Real Redis and PostgreSQL for the tests that need them, each on its own port.

A test that needs a program that isn't installed is skipped, and says so. With CI=true it fails
instead, so that no green run hides a test that never ran.
"""

import contextlib
import getpass
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from tests.processes import free_port

DEADLINE = 20.0  # seconds for a service to answer


def chromium_program() -> str | None:
    """The path of Chromium. The headless shell opens a page in two thirds of the time."""
    names = ("chromium-headless-shell", "chromium", "chromium-browser")
    return next(filter(None, map(shutil.which, names)), None)


def need(what: str, found: str | None) -> str:
    """Return the path of a program. If there is none, skip the test, or fail it in CI."""
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


def _lives(pid: int) -> bool:
    try:
        # The state follows the name in brackets. A zombie is dead, reaped or not.
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state not in {"Z", "X"}


class RedisServer:
    """A Redis that keeps nothing on disk. `options` are those of its command line."""

    def __init__(self, *options: str) -> None:
        self.options = options
        self.program = need("redis-server", shutil.which("redis-server"))
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            [
                self.program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "",
                *self.options,
            ],
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        wait_for_port(self.port, self.process)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def pause(self) -> None:
        """Keep the connections and answer nobody, like a machine that swaps."""
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def flush(self) -> None:
        """Forget everything, and disconnect every subscriber."""
        with Redis(port=self.port) as redis:
            redis.flushall()
        self.drop_subscribers()

    def drop_subscribers(self) -> None:
        """As Redis itself does to a subscriber that leaves more than 32 MB unread."""
        with Redis(port=self.port) as redis:
            redis.client_kill_filter(_type="pubsub")


class PostgresServer:
    """A cluster in its own folder, which trusts everyone on this machine."""

    flushes = False  # to the disk, at every commit

    def __init__(self) -> None:
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
        initdb = shutil.which("initdb") or (str(found[-1]) if found else None)
        self.programs = Path(need("PostgreSQL", initdb)).resolve().parent
        self.folder = Path(tempfile.mkdtemp(prefix="chatsite-pg-"))
        # PostgreSQL refuses to run as root. Not `runuser`: it stops itself when we stop its child.
        self.user = "postgres" if getpass.getuser() == "root" else None
        if self.user:
            shutil.chown(self.folder, self.user)
        self.data = self.folder / "data"
        initdb = str(self.programs / "initdb")
        self._run(initdb, "-D", self.data, "-U", "chatsite", "-A", "trust", "--no-sync")
        self.port = free_port()
        self.psql = need("psql", shutil.which("psql"))
        self.count = 0
        self.furnished = ""  # the address of the database that `furnished` copies
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            [
                str(self.programs / "postgres"), "-D", str(self.data), "-p", str(self.port),
                "-h", "127.0.0.1", "-k", str(self.folder), *([] if self.flushes else ["-F"]),
            ],
            stderr=subprocess.DEVNULL,
            cwd=self.folder,
            user=self.user,
        )  # fmt: skip
        wait_for_port(self.port, self.process)

    def kill(self) -> None:
        """Send SIGKILL to the server and all its processes, so that none can say goodbye."""
        server = self.process.pid
        children = Path(f"/proc/{server}/task/{server}/children").read_text().split()
        killed = [server, *map(int, children)]
        for pid in killed:
            with contextlib.suppress(ProcessLookupError):  # it followed its parent
                os.kill(pid, signal.SIGKILL)
        self.process.wait()
        end = time.monotonic() + DEADLINE
        while any(map(_lives, killed)):
            assert time.monotonic() < end, f"some of {killed} are still alive"
            time.sleep(0.01)

    def database(self, *, copied_from: str = "") -> str:
        """Make a database, empty or a copy of one that isn't in use, and return its address."""
        self.count += 1
        name = f"chat{self.count}"
        end = time.monotonic() + DEADLINE
        template = f" TEMPLATE {copied_from.rpartition('/')[2]}" if copied_from else ""
        command = [self.psql, self._url("postgres"), "-qc", f"CREATE DATABASE {name}{template}"]
        while subprocess.run(command, check=False, capture_output=True).returncode:
            assert time.monotonic() < end, "PostgreSQL takes no connections"
            time.sleep(0.1)
        return self._url(name)

    def dump(self, database: str, path: Path) -> None:
        """Write all of a database into a file."""
        begun = path.with_name(f"{path.name}-begun")
        subprocess.run([self.programs / "pg_dump", "-f", begun, database], check=True)
        begun.rename(path)

    def load(self, path: Path, database: str) -> None:
        """Read what `dump` wrote into a database that is empty."""
        load: list[str | Path] = [
            self.psql,
            database,
            "-qo",
            os.devnull,
            "-v",
            "ON_ERROR_STOP=1",
            "-f",
            path,
        ]
        subprocess.run(load, check=True)

    def stop(self) -> None:
        # Not politely: that would wait for every session that a test left open.
        if self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _url(self, name: str) -> str:
        return f"postgres://chatsite@127.0.0.1:{self.port}/{name}"

    def _run(self, *command: object) -> None:
        line = [*map(str, command)]
        subprocess.run(line, check=True, stdout=subprocess.DEVNULL, cwd=self.folder, user=self.user)


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
