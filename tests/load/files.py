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
from pathlib import Path

from rooms.protocol.limits import MAX_PART
from rooms.server import raise_descriptor_limit
from tests.courier import Courier
from tests.processes import ServerProcess, free_port
from tests.run_folder import RUN_FOLDER
from tests.site import OWNER, Site, serving

MIB = 1024 * 1024
SEED = 17


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


async def read_slowly(sender: Courier, port: int, url: str, pace: int, seconds: float) -> int:
    """Read so many bytes a second for a while; return how many came."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=32 * 1024)
    said = {**sender.headers, "Host": f"127.0.0.1:{port}"}
    head = "".join(f"{name}: {value}\r\n" for name, value in said.items())
    writer.write(f"GET {url} HTTP/1.1\r\n{head}\r\n".encode())
    end, count = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        count += len(await reader.read(pace // 5))
        await asyncio.sleep(0.2)  # the pace
    writer.close()
    return count


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
            before = site.server.memory
            with Health(site.server).watched() as health:
                counts = await asyncio.gather(
                    *(
                        read_slowly(sender, port, url, chosen.pace, chosen.seconds)
                        for _ in range(chosen.readers)
                    )
                )
            each = (health.peak - before) * 1024 / chosen.readers
            rate = statistics.fmean(counts) / chosen.seconds / 1000
            say(f"{chosen.readers} readers at {rate:.0f} kB/s: {health}, {each:.0f} KiB each")


if __name__ == "__main__":
    asyncio.run(main())
