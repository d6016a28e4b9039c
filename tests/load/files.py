"""`python -m tests.load.files`: a large file over a throttled line, with the server killed in the
middle, and many slow downloads of it. Reports memory of the server and answers of `/healthz`."""

import argparse
import asyncio
import hashlib
import os
import random
import re
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rooms.protocol.limits import MAX_PART
from rooms.server import raise_descriptor_limit
from tests.courier import Courier
from tests.load.downloads import TOGETHER, Crowd, reading
from tests.load.health import Health, resident, watched
from tests.processes import free_port
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
    parser.add_argument("--arrivals", type=float, default=50, help="readers/s that arrive")
    parser.add_argument("--only", choices=("upload", "downloads"), help="default: both")
    return parser.parse_args()


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


async def begin(site: Site, slug: str) -> Courier:
    owner = site.visitor().logs_in(OWNER)
    limits = {"file_mb": "0", "person_files_mb": "0", "site_files_mb": "0"}
    owner.post("/settings/site/", save="files", **limits)
    client = await owner.connects()
    await client.does("room.create", name=slug, kind="private", slug=slug)
    await client.leaves()
    return Courier(owner, slug)


def send(sender: Courier, place: str, content: bytes, line: float, *, until: int) -> None:
    """Go on with an upload, no faster than the line."""
    offset = sender.offset(place)
    while offset < until:
        began = time.monotonic()
        part = content[offset : offset + MAX_PART]
        assert sender.adds(place, offset, part).status == 204
        offset += len(part)
        time.sleep(max(0.0, len(part) / (line * 1e6) - (time.monotonic() - began)))


@contextmanager
def watching(site: Site) -> Iterator[Health]:
    with watched(site.server.port, site.server.process.pid) as health:
        yield health


def upload(data: Path, port: int, content: bytes, line: float) -> None:
    """A large file, with the server killed in the middle."""
    with serving(data, port=port) as site:
        sender = asyncio.run(begin(site, "films"))
        with watching(site) as idle:
            time.sleep(3)  # of measuring
        say(f"idle: {idle}")
        sender.sends(content[:MAX_PART])  # so that nothing is loaded for the first time
        before = resident(site.server.process.pid)
        place = sender.begins(len(content), filename="film.bin").headers["Location"]
        with watching(site) as health:
            send(sender, place, content, line, until=len(content) // 2)
        say(f"first half: {health}, RSS +{(health.peak - before) / 1024:.1f} MiB")
        at = sender.offset(place)
        sender.begins_a_part(place, at, MAX_PART, content[at : at + MIB])
        site.server.signal(signal.SIGKILL)
        site.server.wait()
    with serving(data, port=port) as site:
        assert sender.offset(place) == at
        sender.sends(content[:MAX_PART])
        before = resident(site.server.process.pid)
        with watching(site) as health:
            send(sender, place, content, line, until=len(content))
            url = sender.is_ready(place)
        say(f"second half: {health}, RSS +{(health.peak - before) / 1024:.1f} MiB")
        fetched = sender.asks("GET", url)
        same = hashlib.sha256(fetched.body).digest() == hashlib.sha256(content).digest()
        say(f"after the kill: {'the same' if same else 'OTHER'} bytes")


def downloads(data: Path, port: int, content: bytes, chosen: argparse.Namespace) -> None:
    """The same file for many slow readers."""
    with serving(data, port=port) as site:
        sender = asyncio.run(begin(site, "slowly"))
        url = sender.is_ready(sender.sends(content))
        crowd = Crowd(port, url, sender.headers, 5 * TOGETHER, chosen.pace, rate=200)
        # Every thread has its connection to the database after that, which isn't the readers'.
        with reading(crowd) as readers:
            readers.leave()
        with watching(site) as idle:
            time.sleep(chosen.seconds)  # of measuring
        say(f"idle: {idle}")
        before, kernel = resident(site.server.process.pid), in_kernel()
        crowd.count, crowd.rate = chosen.readers, chosen.arrivals
        with watching(site) as arriving, reading(crowd) as readers:
            arriving.end()
            say(f"{crowd.count} arrive within {readers.arriving:.0f} s: {arriving}")
            used = site.server.processor_seconds
            with watching(site) as health:
                time.sleep(chosen.seconds)  # of measuring
            used = (site.server.processor_seconds - used) / chosen.seconds
            kernel = (in_kernel() - kernel) / crowd.count
            rate = readers.leave() / 1000
            say(f"then, at {rate:.0f} kB/s: {health}, {used:.0%} of a core")
        with watching(site) as after:
            time.sleep(chosen.seconds)  # of measuring
        say(f"idle again: {after}")
        each = (max(arriving.peak, health.peak) - before) / crowd.count
        say(f"{each:.0f} KiB each, and {kernel:.0f} KiB in the kernel, theirs included")


def in_kernel() -> float:
    """The KiB that this machine's TCP connections hold."""
    found = re.search(r"^TCP: .* mem (\d+)$", Path("/proc/net/sockstat").read_text(), re.MULTILINE)
    assert found
    return int(found[1]) * os.sysconf("SC_PAGE_SIZE") / 1024


def main() -> None:
    chosen = arguments()
    raise_descriptor_limit()
    content = random.Random(SEED).randbytes(chosen.megabytes * 1_000_000)
    with tempfile.TemporaryDirectory() as folder:
        os.environ[RUN_FOLDER] = folder
        data, port = Path(folder) / "data", free_port()
        if chosen.only != "downloads":
            upload(data, port, content, chosen.line)
        if chosen.only != "upload":
            downloads(data, port, content, chosen)


if __name__ == "__main__":
    main()
