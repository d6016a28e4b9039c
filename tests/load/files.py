"""`python -m tests.load.files`: a large file over a throttled line, with the server killed in the
middle, and many slow downloads of it. Reports memory of the server and answers of `/healthz`."""

import argparse
import asyncio
import hashlib
import os
import random
import signal
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rooms.protocol.limits import MAX_PART
from rooms.server import raise_descriptor_limit
from tests.courier import Courier
from tests.processes import ServerProcess, free_port
from tests.run_folder import RUN_FOLDER
from tests.site import OWNER, Site, serving

MIB = 1024 * 1024
SEED = 17
TOGETHER = 20  # requests that begin at once


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.load.files", description=__doc__)
    parser.add_argument("--megabytes", type=int, default=100, help="default: %(default)s")
    parser.add_argument("--line", type=float, default=8.0, help="MB/s of the upload")
    parser.add_argument("--readers", type=int, default=1000, help="default: %(default)s")
    parser.add_argument("--pace", type=int, default=100_000, help="bytes/s of each reader")
    parser.add_argument("--seconds", type=float, default=10, help="of slow reading")
    return parser.parse_args()


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


class Health:
    """Asks `/healthz` all the time, and remembers how long each answer took."""

    def __init__(self, server: ServerProcess) -> None:
        self._server = server
        self._over = threading.Event()
        self.times: list[float] = []
        self.peak = 0.0  # MiB

    def _ask(self) -> None:
        while not self._over.is_set():
            begin = time.perf_counter()
            try:
                self._server.get("/healthz")
            except OSError:
                return
            self.times.append(time.perf_counter() - begin)
            self.peak = max(self.peak, self._server.memory)
            self._over.wait(0.02)  # the rhythm of asking

    @contextmanager
    def watched(self) -> Iterator["Health"]:
        thread = threading.Thread(target=self._ask, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._over.set()
            thread.join()

    def __str__(self) -> str:
        cuts = statistics.quantiles(self.times, n=100)
        return f"healthz p50 {cuts[49] * 1000:.1f} ms, p99 {cuts[98] * 1000:.1f} ms"


async def begin(site: Site) -> Courier:
    owner = site.visitor().logs_in(OWNER)
    limits = {"file_mb": "0", "person_files_mb": "0", "site_files_mb": "0"}
    owner.post("/settings/site/", save="files", **limits)
    client = await owner.connects()
    await client.does("room.create", name="Films", kind="private", slug="films")
    await client.leaves()
    return Courier(owner, "films")


def send(sender: Courier, place: str, content: bytes, line: float, *, until: int) -> None:
    """Go on with an upload, no faster than the line."""
    offset = sender.offset(place)
    while offset < until:
        began = time.monotonic()
        part = content[offset : offset + MAX_PART]
        assert sender.adds(place, offset, part).status == 204
        offset += len(part)
        time.sleep(max(0.0, len(part) / (line * 1e6) - (time.monotonic() - began)))


@dataclass
class Readers:
    """People who download a file and take some bytes of it every second, from the moment they have
    it: a reader who takes nothing for long is dropped."""

    sender: Courier
    port: int
    url: str
    pace: int
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    taken: int = 0  # bytes, by all of them

    async def arrive(self, count: int) -> None:
        """As many at a time as the server lets in."""
        for _ in range(0, count, TOGETHER):
            opened = await asyncio.gather(*(self._begin() for _ in range(TOGETHER)))
            self.tasks += [asyncio.create_task(self._read(*both)) for both in opened]

    async def _begin(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=16 * 1024)
        said = {**self.sender.headers, "Host": f"127.0.0.1:{self.port}"}
        head = "".join(f"{name}: {value}\r\n" for name, value in said.items())
        writer.write(f"GET {self.url} HTTP/1.1\r\n{head}\r\n".encode())
        status = await reader.readline()
        assert b" 200 " in status, status
        return reader, writer

    async def _read(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        count, begin = 0, time.monotonic()
        try:
            while True:
                due = int(self.pace * (time.monotonic() - begin)) - count
                if due > 0:
                    piece = len(await reader.read(due))
                    count += piece
                    self.taken += piece
                await asyncio.sleep(0.1)  # the pace
        finally:
            writer.close()

    async def measure(self, seconds: float) -> float:
        """Return how many bytes a second each of them gets."""
        before = self.taken
        await asyncio.sleep(seconds)  # of measuring
        return (self.taken - before) / seconds / len(self.tasks)

    async def leave(self) -> None:
        for task in self.tasks:
            task.cancel()
        ended = await asyncio.gather(*self.tasks, return_exceptions=True)
        lost = [one for one in ended if not isinstance(one, asyncio.CancelledError)]
        assert not lost, lost[:1]


async def main() -> None:
    chosen = arguments()
    raise_descriptor_limit()
    content = random.Random(SEED).randbytes(chosen.megabytes * 1_000_000)
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        os.environ[RUN_FOLDER] = folder
        data = Path(folder) / "data"
        with serving(data, port=port) as site:
            sender = await begin(site)
            with Health(site.server).watched() as idle:
                await asyncio.sleep(3)  # of measuring
            say(f"idle: {idle}")
            sender.sends(content[:MAX_PART])  # so that nothing is loaded for the first time
            before = site.server.memory
            place = sender.begins(len(content), filename="film.bin").headers["Location"]
            with Health(site.server).watched() as health:
                half = len(content) // 2
                await asyncio.to_thread(send, sender, place, content, chosen.line, until=half)
            say(f"first half: {health}, RSS +{health.peak - before:.1f} MiB")
            at = sender.offset(place)
            sender.begins_a_part(place, at, MAX_PART, content[at : at + MIB])
            site.server.signal(signal.SIGKILL)
            site.server.wait()
        with serving(data, port=port) as site:
            assert sender.offset(place) == at
            sender.sends(content[:MAX_PART])
            before = site.server.memory
            with Health(site.server).watched() as health:
                await asyncio.to_thread(
                    send, sender, place, content, chosen.line, until=len(content)
                )
                url = sender.is_ready(place)
            say(f"second half: {health}, RSS +{health.peak - before:.1f} MiB")
            fetched = await asyncio.to_thread(sender.asks, "GET", url)
            same = hashlib.sha256(fetched.body).digest() == hashlib.sha256(content).digest()
            say(f"after the kill: {'the same' if same else 'OTHER'} bytes")
            # Every thread has its connection to the database after that, which isn't the readers'.
            crowd = Readers(sender, port, url, chosen.pace)
            await crowd.arrive(5 * TOGETHER)
            await crowd.leave()
            before = site.server.memory
            with Health(site.server).watched() as health:
                readers = Readers(sender, port, url, chosen.pace)
                await readers.arrive(chosen.readers)
                rate = await readers.measure(chosen.seconds) / 1000
                await readers.leave()
            each = (health.peak - before) * 1024 / len(readers.tasks)
            say(f"{len(readers.tasks)} readers at {rate:.0f} kB/s: {health}, {each:.0f} KiB each")


if __name__ == "__main__":
    asyncio.run(main())
