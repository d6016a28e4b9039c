"""A kind of job that posts its id to an address of the test, which counts what arrives."""

import asyncio
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, ClassVar

from rooms.jobs.kinds import Attempt, Kind
from rooms.queries.jobs import Work
from tests.faults.cluster import Cluster

LEASE_SECONDS = 2.0  # of a job in these tests
LOOK_SECONDS = 0.5


class Delivery(Work, frozen=True):
    kind: ClassVar[str] = "delivery"
    port: int
    name: str


async def deliver(work: Delivery, attempt: Attempt) -> None:
    def post() -> None:
        address = f"http://127.0.0.1:{work.port}/{work.name}"
        with urllib.request.urlopen(address, data=b"", timeout=10):
            pass

    await asyncio.to_thread(post)


DELIVERY: Kind[Any] = Kind(Delivery, deliver, places=8, attempts=1000)


class Sink:
    def __init__(self, port: int) -> None:
        self.port = port
        self.arrived: Counter[str] = Counter()

    def queue(self, cluster: Cluster, names: list[str]) -> None:
        """Queue a delivery for each name, in one transaction."""
        now = datetime.now(UTC).replace(tzinfo=None)
        rows = [(name, f'[{{"port":{self.port},"name":"{name}"}}]', str(now)) for name in names]
        statement = (
            "INSERT INTO rooms_job (kind, key, arguments, due, created_at, lease, error, again,"
            " attempts) VALUES ('delivery', ?, ?, ?, ?, '', '', {}, 0)"
        )
        if cluster.database:
            statement = statement.replace("?", "%s").format("false")
        with closing(cluster.connect()) as connection:
            connection.cursor().executemany(
                statement.format("0"), [(name, told, when, when) for name, told, when in rows]
            )
            connection.commit()

    def has(self, count: int) -> bool:
        return len(self.arrived) >= count

    def left(self, cluster: Cluster) -> int:
        return cluster.jobs("delivery")


@contextmanager
def listening() -> Iterator[Sink]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sink.arrived[self.path.removeprefix("/")] += 1
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_told: Any) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        sink = Sink(server.server_address[1])
        Thread(target=server.serve_forever, daemon=True).start()
        yield sink
        server.shutdown()
