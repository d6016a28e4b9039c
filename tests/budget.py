"""What a run costs, by folder, beside what tests/README.md allows."""

import os
import re
from collections import Counter, defaultdict
from collections.abc import Generator, Iterator
from operator import itemgetter
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
ALLOWED = re.compile(r"^\| `(\w+)/` \| (\d+) \|", re.MULTILINE)
COLLECTION = "collection"
OUTPUT = "budget"  # its key in what an xdist worker hands to the process that started it
TICKS = os.sysconf("SC_CLK_TCK")


class Budget:
    """Counts processor seconds, since wall time also shows what else the machine does.

    A worker looks only where one folder's tests end and another's begin: a shared server or browser
    starts and stops within its folder, and what a single test used of it can't be told anyway.
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self.tests: Counter[str] = Counter()
        self._last = 0.0

    def pytest_collection_finish(self) -> None:
        self._book(COLLECTION)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(
        self, item: pytest.Item, nextitem: pytest.Item | None
    ) -> Generator[None, object, object]:
        result = yield
        folder = folder_of(item)
        self.tests[folder] += 1
        if nextitem is None or folder_of(nextitem) != folder:
            self._book(folder)
        return result

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output[OUTPUT] = (dict(self.seconds), dict(self.tests))

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        seconds, tests = getattr(node, "workeroutput", {}).get(OUTPUT, ({}, {}))
        for folder, spent in seconds.items():
            self.seconds[folder] += spent
        self.tests.update(tests)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.section("processor seconds, and those that tests/README.md allows")
        terminalreporter.write_line("\n".join(self._rows()))

    def _rows(self) -> Iterator[str]:
        allowed = allowances()
        for folder, seconds in sorted(self.seconds.items(), key=itemgetter(1), reverse=True):
            bound = allowed.get(folder)
            of = f" of {bound:3}" if bound else " " * 7
            over = "  OVER" if bound and seconds > bound else ""
            tests = f"{self.tests[folder]:6} tests" if folder in self.tests else ""
            yield f"{folder:12} {seconds:6.1f}{of} {tests}{over}"
        yield f"{'all':12} {sum(self.seconds.values()):6.1f}"

    def _book(self, folder: str) -> None:
        now = processor_seconds()
        # A process that outlives its parent takes its seconds with it.
        self.seconds[folder] += max(0.0, now - self._last)
        self._last = now


def folder_of(item: pytest.Item) -> str:
    """The folder of tests/ that it lies in."""
    return item.path.relative_to(HERE).parts[0]


def allowances() -> dict[str, int]:
    table = (HERE / "README.md").read_text()
    return {folder: int(seconds) for folder, seconds in ALLOWED.findall(table)}


def processor_seconds() -> float:
    """Of this process and its descendants: those that live, and those that were waited for."""
    parents: dict[int, int] = {}
    ticks: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue  # it has ended meanwhile
        pid = int(stat.parent.name)
        parents[pid] = int(fields[1])
        ticks[pid] = sum(map(int, fields[11:15]))  # utime, stime, cutime, cstime
    me = os.getpid()
    return sum(ticks[pid] for pid in parents if me in lineage(pid, parents)) / TICKS


def lineage(pid: int, parents: dict[int, int]) -> Iterator[int]:
    """A process and its ancestors."""
    while pid in parents:
        yield pid
        pid = parents[pid]
