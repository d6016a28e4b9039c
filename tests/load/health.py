"""How quickly a server answers `/healthz`, and how much memory it takes meanwhile.

`python -m tests.load.health PORT PID` asks until its standard input ends. It is a process of its
own, so that no other work of the load is taken for the server's.
"""

import json
import select
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path

PAUSE_SECONDS = 0.02


@dataclass
class Health:
    """What was seen: seconds of each answer, and the most resident memory in KiB."""

    process: "subprocess.Popen[str]"
    times: list[float] = field(default_factory=list)
    peak: int = 0

    def end(self) -> None:
        """Stop asking. Doing it twice changes nothing."""
        if self.process.returncode is None:
            said, _ = self.process.communicate()
            seen = json.loads(said)
            self.times, self.peak = seen["times"], seen["peak"]

    @property
    def p99(self) -> float:
        return statistics.quantiles(self.times, n=100)[98]

    def __str__(self) -> str:
        p50 = statistics.median(self.times)
        return f"healthz p50 {p50 * 1000:.1f} ms, p99 {self.p99 * 1000:.1f} ms"


@contextmanager
def watched(port: int, pid: int) -> Iterator[Health]:
    """Ask meanwhile. The result is complete at the end."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.load.health", str(port), str(pid)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    process.stdout.readline()  # it has begun
    found = Health(process)
    try:
        yield found
    finally:
        found.end()


def resident(pid: int) -> int:
    """The memory of a process, in KiB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1])
    return 0


def main() -> None:
    port, pid = map(int, sys.argv[1:])
    sys.stdout.write("\n")
    sys.stdout.flush()
    times, peak = [], 0
    while not select.select([sys.stdin], [], [], PAUSE_SECONDS)[0]:
        begin = time.perf_counter()
        client = HTTPConnection("127.0.0.1", port, timeout=60)
        client.request("GET", "/healthz")
        client.getresponse().read()
        client.close()
        times.append(time.perf_counter() - begin)
        peak = max(peak, resident(pid))
    sys.stdout.write(json.dumps({"times": times, "peak": peak}))


if __name__ == "__main__":
    main()
