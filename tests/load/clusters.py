"""Several processes of one site, and what they share: a database, Redis."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.load.dialects import Chatsite, Dialect, SocketIO
from tests.load.machine import on_the_servers_core
from tests.load.people import ROOM_MESSAGES
from tests.load.servers import PEERS, furnished_site, node, site_environment
from tests.processes import ROOT, ServerProcess, free_port, wait_for_port
from tests.services import PostgresServer, RedisServer

# Of everybody's sessions, which the database has and the folder of a process doesn't.
SECRET_KEY = "".join(map(str, range(100)))


@dataclass(frozen=True)
class Running:
    """The ports of the processes, and of everything that works for the site its pid."""

    servers: Sequence[ServerProcess]
    pids: Sequence[int]

    @property
    def ports(self) -> list[int]:
        return [one.port for one in self.servers]

    @property
    def output(self) -> str:
        return "\n".join(one.output[-1000:] for one in self.servers)


@dataclass(frozen=True)
class Cluster:
    """`command` is given the port and the address of Redis. All of it runs on one core, or with
    `free` wherever the system puts it."""

    key: str
    name: str
    processes: int
    redis: bool = False
    postgres: bool = False
    free: bool = False
    dialect: Callable[[], Dialect] = Chatsite
    command: Callable[[int, str], list[str]] = lambda port, redis: [
        *(sys.executable, "manage.py", "serve", "--port", str(port)),
    ]
    needs: tuple[Path, ...] = ()

    @property
    def is_here(self) -> bool:
        return all(path.exists() for path in self.needs)

    @contextmanager
    def running(self) -> Iterator[Running]:
        with ExitStack() as stack:
            stack.enter_context(_anywhere() if self.free else on_the_servers_core())
            data = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            pids, environment = [], {**os.environ, **site_environment(data)}
            redis = stack.enter_context(_redis()) if self.redis else None
            if redis is not None:
                environment["REDIS_URL"] = redis.url
                pids.append(redis.process.pid)
            if self.postgres:
                postgres = _postgres()
                environment["DATABASE_URL"] = postgres.furnished_copy()
                environment["SECRET_KEY"] = SECRET_KEY
                pids.append(postgres.process.pid)
            if self.dialect is Chatsite:
                shutil.copytree(furnished_site(ROOM_MESSAGES), data, dirs_exist_ok=True)
            servers = []
            for _ in range(self.processes):
                command = self.command(free_port(), redis.url if redis else "")
                servers.append(stack.enter_context(_started(command, environment)))
            yield Running(servers, [*pids, *(one.process.pid for one in servers)])


@contextmanager
def _anywhere() -> Iterator[None]:
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, range(os.cpu_count() or 1))
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def _started(command: list[str], environment: dict[str, str]) -> Iterator[ServerProcess]:
    port = int(next(part for part in reversed(command) if part.isdecimal()))
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    server = ServerProcess(port, process)
    try:
        wait_for_port(server)
        yield server
    finally:
        os.killpg(process.pid, signal.SIGKILL)  # it has nothing that anybody wants to keep
        process.wait()
        server.stop()


@contextmanager
def _redis() -> Iterator[RedisServer]:
    server = RedisServer()
    try:
        yield server
    finally:
        server.kill()


class DurablePostgres(PostgresServer):
    """One that flushes each commit to the disk, as SQLite does here."""

    flushes = True

    @cache  # noqa: B019  there is one
    def _furnished(self) -> str:
        with tempfile.TemporaryDirectory() as data:
            url = self.database()
            environment = {
                **os.environ,
                **site_environment(Path(data)),
                "DATABASE_URL": url,
                "SECRET_KEY": SECRET_KEY,
            }
            command = [sys.executable, "-m", "tests.load.furnish", str(ROOM_MESSAGES)]
            subprocess.run(command, cwd=ROOT, env=environment, check=True)
        return url

    def furnished_copy(self) -> str:
        """The address of a new database with everybody and every room in it."""
        return self.database(copied_from=self._furnished())


@cache
def _postgres() -> DurablePostgres:
    return DurablePostgres()


def clean_up() -> None:
    if _postgres.cache_info().currsize:
        _postgres().stop()


_ONE = Cluster("one", "one worker", 1)
CLUSTERS = {
    cluster.key: cluster
    for cluster in (
        _ONE,
        Cluster("two", "two workers", 2, redis=True),
        Cluster("one-free", "one worker, cores free", 1, free=True),
        Cluster(
            "jobs",
            "one worker with jobs",
            1,
            command=lambda port, redis: [
                *(sys.executable, "-m", "tests.load.jobs", "serve", "--port", str(port)),
            ],
        ),
        Cluster(
            "unindexed",
            "one worker that doesn't index",
            1,
            command=lambda port, redis: [
                *(sys.executable, "-m", "tests.load.search.unindexed", "serve"),
                *("--port", str(port)),
            ],
        ),
        Cluster("two-free", "two workers, cores free", 2, redis=True, free=True),
        Cluster("postgres", "one worker, PostgreSQL", 1, postgres=True),
        Cluster("postgres-two", "two workers, PostgreSQL", 2, redis=True, postgres=True),
        Cluster(
            "socketio",
            "Socket.IO",
            1,
            dialect=SocketIO,
            command=lambda port, redis: [node, str(PEERS / "socketio.js"), str(port)],
            needs=(Path(node), PEERS / "node_modules" / "socket.io"),
        ),
        Cluster(
            "socketio-two",
            "two of Socket.IO",
            2,
            redis=True,
            dialect=SocketIO,
            command=lambda port, redis: [node, str(PEERS / "socketio.js"), redis, str(port)],
            needs=(Path(node), PEERS / "node_modules" / "@socket.io" / "redis-adapter"),
        ),
    )
}
