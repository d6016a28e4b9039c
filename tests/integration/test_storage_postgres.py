"""PostgreSQL is killed, restarted, made read-only, frozen: the site carries on."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.chat_client import ChatClient
from tests.forkserver import fork_server
from tests.integration.storage_watch import answer_to, logs_in_at, ready
from tests.processes import eventually
from tests.services import PostgresServer
from tests.site import DEFAULTS, QUICK, Site, Visitor, furnished, serving

pytestmark = pytest.mark.postgres


class Cluster(PostgresServer):
    """A PostgreSQL that can be killed and frozen as a whole."""

    def sql(self, url: str, command: str) -> None:
        subprocess.run([self.psql, url, "-qc", command], check=True, capture_output=True)

    def rise(self) -> None:
        """Start it on the same data, and wait until it has recovered."""
        self.start()

        def answers() -> bool:
            asked = [self.psql, self._url("postgres"), "-qc", "SELECT 1"]
            return not subprocess.run(asked, check=False, capture_output=True).returncode

        eventually(answers)

    def restart(self) -> None:
        self.kill()
        self.rise()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Connections are accepted and nothing is answered."""
        everybody = [self.process.pid, *self._children()]
        for pid in everybody:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in everybody:
                os.kill(pid, signal.SIGCONT)

    def _children(self) -> list[int]:
        postmaster = self.process.pid
        task = Path(f"/proc/{postmaster}/task/{postmaster}/children")
        return [int(pid) for pid in task.read_text().split()]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    cluster = Cluster()
    yield cluster
    cluster.stop()


@pytest.fixture(scope="module")
def database(cluster: Cluster) -> str:
    return furnished(cluster)


@pytest.fixture(scope="module")
def site(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("postgres")
    with serving(folder, env={"DATABASE_URL": database}) as site:
        site.visitor().signs_up("alice")
        yield site
        assert "Traceback" not in site.server.output


@pytest.fixture(scope="module")
def visitor(site: Site) -> Visitor:
    return site.visitor().logs_in("alice")


@pytest_asyncio.fixture
async def alice(visitor: Visitor) -> AsyncIterator[ChatClient]:
    """Alice, in a new room of her own."""
    alice = await visitor.connects()
    room = await alice.does("room.create", name=f"Room {time.monotonic_ns()}", kind="public")
    await alice.opens(room["room"]["slug"])
    yield alice
    await alice.leaves()


async def test_after_a_crash_posts_and_pages_work_without_a_restart_of_the_site(
    cluster: Cluster, site: Site, alice: ChatClient, visitor: Visitor
) -> None:
    await alice.posts("before")
    cluster.kill()
    try:
        assert await alice.is_refused("message.post", **post(alice, "refused")) == "unavailable"
        room, cookie = f"/rooms/{alice.room}/", visitor.headers
        json = {**cookie, "Accept": "application/json"}
        page, admin, members, readiness = await asyncio.gather(
            asyncio.to_thread(answer_to, site, room, **cookie),
            asyncio.to_thread(answer_to, site, "/admin/", **cookie),
            asyncio.to_thread(answer_to, site, f"{room}members/", **json),
            asyncio.to_thread(answer_to, site, "/readyz"),
        )
        for answer in (page, admin, members):
            assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
        assert page.headers["Content-Type"].startswith("text/html")
        assert members.json()["error"]["code"] == "unavailable"
        assert readiness.body == b"The database does not answer.\n"
    finally:
        await asyncio.to_thread(cluster.rise)
    begin = time.monotonic()
    failures = 0
    while (await alice.asks("message.post", **post(alice, "after")))["type"] == "error":
        failures += 1
    assert failures <= 1, "one failed call per connection"
    assert "after" in await asyncio.to_thread(visitor.get, f"/rooms/{alice.room}/")
    assert await asyncio.to_thread(logs_in_at, site, "alice") == 302
    await asyncio.to_thread(eventually, lambda: ready(site))
    assert time.monotonic() - begin < 10
    assert "refused" not in await asyncio.to_thread(visitor.get, f"/rooms/{alice.room}/")


async def test_a_restart_of_an_idle_database_causes_no_error(
    cluster: Cluster, site: Site, alice: ChatClient, visitor: Visitor
) -> None:
    await alice.posts("before")
    await asyncio.to_thread(cluster.restart)
    await asyncio.sleep(1.1)  # connections used within the last second are trusted
    await alice.posts("after")
    assert "after" in await asyncio.to_thread(visitor.get, f"/rooms/{alice.room}/")


async def test_a_read_only_database_can_be_read(
    cluster: Cluster, database: str, site: Site, alice: ChatClient, visitor: Visitor
) -> None:
    await alice.posts("before")
    set_read_only(cluster, database, "on")
    try:
        refusal = await until_refused(alice)
        assert refusal == "unavailable"
        assert "before" in await asyncio.to_thread(visitor.get, f"/rooms/{alice.room}/")
        page = await alice.does("history", room=alice.room, before=2)
        assert len(page["messages"]) == 1
        assert await asyncio.to_thread(logs_in_at, site, "alice") == 503
        await asyncio.to_thread(eventually, lambda: not ready(site))
        refused = await asyncio.to_thread(answer_to, site, "/readyz")
        assert refused.body == b"The database is read-only.\n"
    finally:
        set_read_only(cluster, database, "off")
    await asyncio.to_thread(eventually, lambda: ready(site))
    await alice.posts("after")


def test_a_frozen_database_does_not_hold_up_readiness_checks(cluster: Cluster, site: Site) -> None:
    eventually(lambda: ready(site))
    with cluster.frozen():
        time.sleep(1.1)  # until the last answer is no longer cached
        begin = time.monotonic()
        refused = answer_to(site, "/readyz")
        assert time.monotonic() - begin < 6
        assert (refused.status, refused.body) == (503, b"The database does not answer.\n")
    eventually(lambda: ready(site))


async def test_a_held_lock_is_not_waited_for_for_ever(
    cluster: Cluster, database: str, site: Site, alice: ChatClient
) -> None:
    """Neither by the readiness check nor by a database thread."""
    await alice.posts("before")
    with locked_tables(cluster, database):
        await asyncio.to_thread(eventually, lambda: not ready(site))
        begin = time.monotonic()
        refused = await asyncio.to_thread(answer_to, site, "/readyz")
        assert time.monotonic() - begin < 6
        assert refused.body == b"The database is locked.\n"
        assert await alice.is_refused("message.post", **post(alice, "refused")) == "unavailable"
    await asyncio.to_thread(eventually, lambda: ready(site))
    assert (await alice.posts("after"))["number"] == 2


@contextmanager
def locked_tables(cluster: Cluster, database: str) -> Iterator[None]:
    lock = "BEGIN; LOCK rooms_installation, rooms_message; SELECT pg_sleep(60)"
    holder = subprocess.Popen([cluster.psql, database, "-qc", lock], stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        # Terminate the backend itself, which would keep sleeping without its client.
        end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'BEGIN; L%'"
        cluster.sql(database, end)
        holder.wait()


def post(client: ChatClient, body: str) -> dict[str, Any]:
    return {"room": client.room, "body": body, "nonce": f"{body}-{time.monotonic_ns()}"}


async def until_refused(client: ChatClient) -> str:
    """Backends notice a changed setting only around their next statement."""
    async with asyncio.timeout(5):
        while True:
            reply = await client.asks("message.post", **post(client, "tried"))
            if reply["type"] == "error":
                return str(reply["code"])


def set_read_only(cluster: Cluster, database: str, value: str) -> None:
    cluster.sql(database, f"ALTER SYSTEM SET default_transaction_read_only = {value}")
    cluster.sql(database, "SELECT pg_reload_conf()")


@pytest.mark.parametrize(("asked", "prepared"), [("", 1), ("?prepare=off", 0)])
def test_a_hand_written_statement_is_prepared_once_for_all_values(
    database: str, tmp_path: Path, asked: str, prepared: int
) -> None:
    script = """
from django.db import connection
from rooms.storage.sql import select
for number in (1, 40_000, 3_000_000_000):
    select("SELECT id FROM rooms_user WHERE id = %s", [number])
with connection.cursor() as cursor:
    cursor.execute("SELECT count(*) FROM pg_prepared_statements")
    print(cursor.fetchone()[0])
"""
    env = {**os.environ, "DATABASE_URL": database + asked, "CHATSITE_DATA": str(tmp_path)}
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", script]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == [str(prepared)]


def test_a_search_finds_what_looking_at_everything_finds_on_postgres(
    database: str, tmp_path: Path
) -> None:
    """A fifth of what `test_search_machine.py` plays on SQLite."""
    env = {**DEFAULTS, **QUICK, "DATABASE_URL": database, "CHATSITE_DATA": str(tmp_path)}
    command = ["-m", "tests.integration.search_machine"]
    done = fork_server().finish(*command, env={**os.environ, **env})
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_is_counted_as_unread_and_in_inboxes_is_the_same_on_postgres(
    database: str, tmp_path: Path
) -> None:
    """A fifth of what `test_inbox_machine.py` plays on SQLite."""
    env = {**DEFAULTS, **QUICK, "DATABASE_URL": database, "CHATSITE_DATA": str(tmp_path)}
    command = ["-m", "tests.integration.inbox_machine"]
    done = fork_server().finish(*command, env={**os.environ, **env})
    assert done.returncode == 0, done.stdout + done.stderr
