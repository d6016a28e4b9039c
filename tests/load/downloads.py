"""People who download one file slowly, all at once.

`python -m tests.load.downloads` reads what to do as a line of JSON, says a line once all of them
have their file, and goes on reading it until its standard input ends. It is a process of its own,
as `health` is.
"""

import itertools
import json
import os
import select
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import msgspec

TICK_SECONDS = 0.1  # in which each of them reads once
GROUPS = 10  # one after the other, as people aren't in step
TOGETHER = 20  # requests under way
HURRY = 5  # added to the process's niceness, so that `health` comes first
_taken = bytearray(1024 * 1024)  # what they read, which nobody looks at


class Crowd(msgspec.Struct):
    """What to do."""

    port: int
    path: str
    headers: Mapping[str, str]
    count: int
    pace: int  # bytes/s that each of them takes
    rate: float  # that arrive in a second


@dataclass
class Readers:
    """The other process."""

    process: "subprocess.Popen[str]"
    arriving: float = 0.0  # seconds until all had their file

    def leave(self) -> float:
        """End, and return the bytes a second that each of them got. Raises if one was dropped."""
        said, _ = self.process.communicate()
        assert self.process.returncode == 0, "Somebody's download broke off"
        return float(json.loads(said)["rate"])


def arrive(crowd: Crowd) -> Readers:
    """Start them, and wait until all have begun to read."""
    begin = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.load.downloads"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(msgspec.json.encode(crowd).decode() + "\n")
    process.stdin.flush()
    assert process.stdout.readline(), "Not all of them got the file"
    return Readers(process, time.monotonic() - begin)


@contextmanager
def reading(crowd: Crowd) -> Iterator[Readers]:
    """Have them read meanwhile."""
    readers = arrive(crowd)
    try:
        yield readers
    finally:
        if readers.process.poll() is None:
            readers.process.kill()
            readers.process.wait()


class Reader:
    """One of them. It reads from the moment it has its file: one that takes nothing is dropped."""

    def __init__(self, crowd: Crowd) -> None:
        self._pace = crowd.pace
        self._began: float | None = None
        self.count = 0
        said = {**crowd.headers, "Host": f"127.0.0.1:{crowd.port}"}
        head = "".join(f"{name}: {value}\r\n" for name, value in said.items())
        self._socket = socket.create_connection(("127.0.0.1", crowd.port))
        self._socket.sendall(f"GET {crowd.path} HTTP/1.1\r\n{head}\r\n".encode())
        self._socket.setblocking(False)

    @property
    def has_begun(self) -> bool:
        return self._began is not None

    def take(self, now: float) -> None:
        """Read what is due."""
        with suppress(BlockingIOError):
            if self._began is None:
                head = self._socket.recv(512)
                assert head.startswith(b"HTTP/1.1 200 "), head
                self._began = now
            due = int(self._pace * (now - self._began)) - self.count
            if due > 0:
                got = self._socket.recv_into(_taken, min(due, len(_taken)))
                assert got, "The connection ended"
                self.count += got


def main() -> None:
    os.nice(HURRY)
    crowd = msgspec.json.decode(sys.stdin.readline(), type=Crowd)
    readers: list[Reader] = []
    begin = time.monotonic()
    since, before = 0.0, 0
    for turn in itertools.count():
        now = time.monotonic()
        if since and select.select([sys.stdin], [], [], 0)[0]:
            break
        waiting = sum(not one.has_begun for one in readers)
        due = min(crowd.count, int(crowd.rate * (now - begin)) + 1) - len(readers)
        readers += [Reader(crowd) for _ in range(min(due, TOGETHER - waiting))]
        for one in readers[turn % GROUPS :: GROUPS]:
            one.take(now)
        if not since and sum(one.has_begun for one in readers) == crowd.count:
            since, before = now, sum(one.count for one in readers)
            sys.stdout.write("here\n")
            sys.stdout.flush()
        time.sleep(max(0.0, TICK_SECONDS / GROUPS - (time.monotonic() - now)))  # the pace
    got = sum(one.count for one in readers) - before
    rate = got / (time.monotonic() - since) / crowd.count
    sys.stdout.write(json.dumps({"rate": rate}))


if __name__ == "__main__":
    main()
