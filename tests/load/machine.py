"""The machine it runs on: cores, processor time, and what to write beside a number."""

import os
import platform
import resource
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")  # per second, of /proc/PID/stat

FLUSHES = 50
PAGE = 4096  # bytes

_cores = sorted(os.sched_getaffinity(0))
SERVER_CORES = {_cores[0]}
LOAD_CORES = {_cores[1] if len(_cores) > 1 else _cores[0]}
SHARED = len(_cores) < 2  # then the crowd takes from the server what it needs itself


def stay_off_the_server() -> None:
    """Keep this process to its own core, and let it have a socket for everybody."""
    os.sched_setaffinity(0, LOAD_CORES)
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


@contextmanager
def on_the_servers_core() -> Iterator[None]:
    """What is started meanwhile stays there, with all its threads."""
    os.sched_setaffinity(0, SERVER_CORES)
    try:
        yield
    finally:
        os.sched_setaffinity(0, LOAD_CORES)


class Usage:
    """What a server's processes and this one make of their cores from here on."""

    def __init__(self, *pids: int) -> None:
        self.pids = pids
        self._began = self._now()

    def read(self) -> dict[str, float]:
        """Shares of the time: `server` and `load` at work, and `others`, what something that
        doesn't belong here has taken of the busier of the two cores."""
        passed, server, load, servers_core, loads_core = (
            now - then for now, then in zip(self._now(), self._began, strict=True)
        )
        others = max(servers_core - server, loads_core - load, 0.0)
        return {"server": server / passed, "load": load / passed, "others": others / passed}

    def _now(self) -> list[float]:
        return [
            time.perf_counter(),
            sum(map(processor_seconds, self.pids)),
            time.process_time(),
            core_seconds(*SERVER_CORES),
            core_seconds(*LOAD_CORES),
        ]


def processor_seconds(pid: int) -> float:
    """What a process and its children have used so far, all threads together."""
    return sum(_own_seconds(one) for one in (pid, *_children(pid)))


def _own_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _children(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def core_seconds(core: int) -> float:
    """What all processes have had of a core, and other machines on the same host taken from it."""
    for line in Path("/proc/stat").read_text().splitlines():
        name, *ticks = line.split()
        if name == f"cpu{core}":
            user, nice, system, _idle, _wait, _irq, _softirq, steal = map(int, ticks[:8])
            return (user + nice + system + steal) / TICKS
    return 0.0


def describe() -> dict[str, str]:
    """What a reader needs to compare these numbers with theirs."""
    return {
        "processor": _processor(),
        "cores": f"{len(_cores)}, one for the server and one for the load"
        if not SHARED
        else "1, shared by the server and the load: no ratio below means much",
        "disk": f"{flush_seconds() * 1e3:.2f} ms to flush a page",
        "system": platform.platform(),
        "python": platform.python_version(),
        "node": _answer("node", "--version").lstrip("v") or "absent",
        "commit": _answer("git", "rev-parse", "--short", "HEAD"),
    }


def flush_seconds() -> float:
    """What a commit waits for at least, where the servers keep their data: the median of writing
    a page to a file, over what is there, and seeing it on the disk."""
    durations = []
    with tempfile.TemporaryFile(buffering=0) as file:
        file.write(bytes(PAGE * FLUSHES))
        os.fsync(file.fileno())
        for number in range(FLUSHES):
            begin = time.perf_counter()
            os.pwrite(file.fileno(), bytes(PAGE), number * PAGE)
            os.fdatasync(file.fileno())
            durations.append(time.perf_counter() - begin)
    return statistics.median(durations)


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _answer(*command: str) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""
