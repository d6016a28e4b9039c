"""A whole deployment in its own processes: workers, their database and Redis, and people with
accounts there."""

import shutil
import signal
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg

from tests.faults.accounts import Account
from tests.faults.beliefs import Truth
from tests.faults.control import Control
from tests.faults.history import Message, Stored
from tests.processes import ROOT, ServerProcess, free_port, running
from tests.services import PostgresServer, RedisServer
from tests.site import DEFAULTS, Visitor, fresh, furnished

PEOPLE = 8


class Worker:
    """One `serve` with a given number of processes; after a kill, its successor on the same
    port."""

    def __init__(self, name: str, folder: Path, env: dict[str, str], processes: int) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        control = folder / f"{name}.control"
        self.control = Control(control)
        self._env = {**env, "FAULTS_CONTROL": str(control), "FAULTS_SEED": name}
        self._arguments = () if processes == 1 else ("--workers", str(processes))
        self._stack = ExitStack()
        self._processes: list[ServerProcess] = []

    @property
    def process(self) -> ServerProcess:
        return self._processes[-1]

    @property
    def is_running(self) -> bool:
        return self.process.process.poll() is None

    @property
    def lines(self) -> list[str]:
        """Return everything it and its predecessors have printed."""
        return [line for process in self._processes for line in process.lines]

    @property
    def children(self) -> list[int]:
        """Return the ids of its child processes."""
        pid = self.process.process.pid
        return [*map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]

    def start(self) -> None:
        command = ["-m", "tests.faults.serve", "serve", "--port", str(self.port)]
        server = running(*command, *self._arguments, port=self.port, env=self._env)
        self._processes.append(self._stack.enter_context(server))

    def kill(self) -> None:
        self.process.signal(signal.SIGKILL)
        self.process.wait()

    def end(self) -> int:
        """Send SIGTERM; return the exit status."""
        self.process.signal(signal.SIGTERM)
        return self.process.wait(10)

    def stop(self) -> None:
        self._stack.close()


class Cluster:
    """Workers on one data folder, with SQLite unless there is a PostgreSQL."""

    def __init__(
        self,
        folder: Path,
        workers: int,
        redis: RedisServer | None = None,
        postgres: PostgresServer | None = None,
        processes: int = 1,
        limits: str = "off",
    ) -> None:
        self.folder = folder
        self._redis, self._postgres = redis, postgres
        self.database = furnished(postgres) if postgres else ""
        env = self.environment = {
            **DEFAULTS,
            "CHATSITE_DATA": str(folder),
            "REDIS_URL": redis.url if redis else "",
            "DATABASE_URL": self.database,
            "RATE_LIMITS": limits,
            "OUTGOING_ALLOW": "127.0.0.1",
            # A parent starts its workers by the program's path, not by its module name.
            "PYTHONPATH": str(ROOT),
        }
        self.workers = [
            Worker(f"worker{index}", folder, env, processes) for index in range(workers)
        ]
        self.accounts: list[Account] = []

    @property
    def redis(self) -> RedisServer:
        assert self._redis is not None, "this deployment has no Redis"
        return self._redis

    @property
    def postgres(self) -> PostgresServer:
        assert self._postgres is not None, "this deployment has no PostgreSQL"
        return self._postgres

    @property
    def addresses(self) -> list[str]:
        return [worker.address for worker in self.workers]

    def start(self) -> None:
        self.heal()
        with ThreadPoolExecutor() as threads:
            list(threads.map(self._sign_up, range(PEOPLE)))
        self.accounts.sort(key=lambda account: account.name)

    def _sign_up(self, index: int) -> None:
        name = f"person{index}"
        visitor = Visitor(self.workers[index % len(self.workers)].address).signs_up(name)
        with closing(self.connect()) as connection:
            found = connection.execute("SELECT username, id FROM rooms_user").fetchall()
        self.accounts.append(Account(name, dict(found)[name], visitor.headers["Cookie"]))

    def heal(self) -> None:
        """Restart what a fault has stopped."""
        for worker in self.workers:
            if not worker._processes or not worker.is_running:
                worker.start()

    def stored(self, room: str) -> Stored:
        """Return a room as the database holds it."""
        with closing(self.connect()) as connection:
            rooms = connection.execute("SELECT slug, id, revision, last_number FROM rooms_room")
            _, room_id, revision, last_number = next(row for row in rooms if row[0] == room)
            return Stored(revision, last_number, list(_messages(connection, room_id)))

    def truth(self) -> Truth:
        """Return rights, rooms and people as the database holds them."""
        with closing(self.connect()) as connection:

            def read(statement: str) -> list[tuple[Any, ...]]:
                rows: list[tuple[Any, ...]] = connection.execute(statement).fetchall()
                return rows

            rooms = read("SELECT id, slug, name, archived_at, kind FROM rooms_room")
            slugs = {row[0]: row[1] for row in rooms}
            mutes = read("SELECT user_id, room_id FROM rooms_mute WHERE lifted_at IS NULL")
            return Truth(
                roles={
                    (user, slugs[room]): role
                    for user, room, role in read(
                        "SELECT user_id, room_id, role FROM rooms_membership"
                    )
                },
                rooms={slug: (name, archived is not None) for _, slug, name, archived, _ in rooms},
                direct={slug for _, slug, _, _, kind in rooms if kind == "direct"},
                names={
                    pk: shown or username
                    for pk, shown, username in read(
                        "SELECT id, display_name, username FROM rooms_user"
                    )
                },
                mutes={(user, room and slugs[room]) for user, room in mutes},
                ignores={*read("SELECT user_id, other_id, kind FROM rooms_ignore")},
            )

    def jobs(self, kind: str) -> int:
        """Return how many jobs of a kind wait or run."""
        with closing(self.connect()) as connection:
            counted = connection.execute(f"SELECT COUNT(*) FROM rooms_job WHERE kind = '{kind}'")  # noqa: S608
            return int(counted.fetchone()[0])

    def connect(self) -> Any:
        """Open a connection to the database, in a transaction."""
        if self.database:
            # One snapshot: nothing may change between the statements.
            connection = psycopg.connect(self.database)
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            return connection
        connection_ = sqlite3.connect(self.folder / "chatsite.sqlite3", isolation_level=None)
        connection_.execute("BEGIN")
        return connection_


def _messages(connection: Any, room_id: int) -> Iterator[Message]:
    reactions: dict[int, set[tuple[str, int]]] = {}
    for message_id, emoji, user_id in connection.execute(
        "SELECT message_id, emoji, user_id FROM rooms_reaction"
    ):
        reactions.setdefault(message_id, set()).add((emoji, user_id))
    rows = connection.execute(
        "SELECT id, number, revision, nonce, author_id, body, edited_at, deleted_at, room_id"
        " FROM rooms_message ORDER BY number"
    )
    for pk, number, revision, nonce, author, body, edited_at, deleted_at, room in rows:
        if room == room_id:
            deleted = deleted_at is not None
            yield Message(
                number=number,
                revision=revision,
                nonce=nonce,
                author=author,
                body=None if deleted else body,
                edited=edited_at is not None,
                reactions=frozenset() if deleted else frozenset(reactions.get(pk, ())),
            )


@contextmanager
def deployed(folder: Path, workers: int, **more: Any) -> Iterator[Cluster]:
    """A running deployment, and eight people with accounts. `more` is as in Cluster."""
    shutil.copytree(fresh(), folder, dirs_exist_ok=True)
    cluster = Cluster(folder, workers, **more)
    with ExitStack() as stack:
        for worker in cluster.workers:
            stack.callback(worker.stop)
        cluster.start()
        yield cluster
        for worker in cluster.workers:
            if worker.is_running:
                # A second signal tells a stopping server not to wait for anyone.
                worker.process.signal(signal.SIGTERM)
