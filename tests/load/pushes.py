"""`python -m tests.load.pushes`: what people who talk notice while a message goes out by push to
thousands of browsers.

Somebody calls a room of everybody; elsewhere five people talk at a steady rate, before and
meanwhile. The push service is a process that opens nothing and takes everything. In between, as
many pushes are sent by a process that has nothing to do with the site, which shows what of it is
the machine's.
"""

import argparse
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from tests.load import machine, servers, talking
from tests.load.audience import Audience
from tests.load.dialects import Chatsite
from tests.load.errors import Wrong
from tests.load.lines import Arrivals, Line
from tests.load.loop import Loop
from tests.load.people import CALLER, PEOPLE, ROOM_MESSAGES, TALKING
from tests.load.servers import furnished_site, site_environment
from tests.processes import ROOT, ServerProcess, free_port, wait_for_port

CALL = {"type": "message.post", "room": "everybody", "body": "@room hello", "nonce": "the-call"}
RATE = 50  # messages a second of those who talk
# Until the system writes to the disk what it has kept for half a minute, as it does from then on.
WARM_SECONDS = 35.0
BEFORE_SECONDS = 25.0
WITHIN_SECONDS = 120.0  # for all pushes to arrive


class Service:
    """The push service."""

    def __init__(self, folder: Path) -> None:
        self._port, self._counted = free_port(), folder / "counted"
        command = [sys.executable, "-m", "tests.load.push_sink"]
        self._process = subprocess.Popen(
            [*command, str(self._port), str(self._counted)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        wait_for_port(ServerProcess(self._port, self._process))

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def counted(self) -> int:
        return self._counted.stat().st_size

    def end(self) -> None:
        self._process.kill()
        self._process.wait()


@dataclass(frozen=True)
class Round:
    """Delays in seconds, of those who talk; pushes a second."""

    before: list[float]
    elsewhere: list[float]  # while another process pushed as much
    meanwhile: list[float]
    pushes: float

    @property
    def ratio(self) -> float:
        return p99(self.meanwhile) / p99(self.before)

    @property
    def own_ratio(self) -> float:
        """What the site adds to what the machine has to do for the pushes."""
        return p99(self.meanwhile) / p99(self.elsewhere)

    def __str__(self) -> str:
        phases = map(_shown, (self.before, self.elsewhere, self.meanwhile))
        return f"{' → '.join(phases)} ms; {self.pushes:.0f} pushes/s"


def p99(delays: list[float]) -> float:
    return sorted(delays)[len(delays) * 99 // 100]


def _shown(delays: list[float]) -> str:
    return f"{statistics.median(delays) * 1000:.1f} / {p99(delays) * 1000:.1f}"


def one_round(browsers: int) -> Round:
    """Everybody has as many browsers as it takes for so many in all."""
    loop, dialect = Loop(), Chatsite()
    with tempfile.TemporaryDirectory() as folder, _site(Path(folder), browsers) as (site, service):
        door = Arrivals(loop, [site.port], dialect)
        number, people = TALKING
        try:
            talkers = Audience(loop, door.open([(one, number) for one in people]), dialect)
            (caller,) = door.open([(CALLER, None)])
            talking.gather(loop, [talkers])
            talking.post_for(loop, talkers, RATE, WARM_SECONDS)
            warm = len(talkers.delays)
            talking.post_for(loop, talkers, RATE, BEFORE_SECONDS)
            before = len(talkers.delays)
            _talk_beside(loop, talkers, service, browsers)
            elsewhere, counted = len(talkers.delays), service.counted
            seconds = _talk_while(loop, talkers, caller, service, counted + browsers)
            talking.settle(loop, [talkers])
        finally:
            door.close()
            loop.close()
    delays = talkers.delays
    return Round(
        delays[warm:before], delays[before:elsewhere], delays[elsewhere:], browsers / seconds
    )


def _talk_beside(loop: Loop, talkers: Audience, service: Service, pushes: int) -> None:
    """Talk while a process that is no site sends so many pushes."""
    command = [sys.executable, "-m", "tests.load.push_elsewhere", service.origin, str(pushes)]
    with subprocess.Popen(command, cwd=ROOT) as elsewhere:
        os.sched_setaffinity(elsewhere.pid, range(os.cpu_count() or 1))  # like the site's
        while elsewhere.poll() is None:
            talking.post_for(loop, talkers, RATE, 0.5)


def _talk_while(
    loop: Loop, talkers: Audience, caller: Line, service: Service, arrived: int
) -> float:
    """Call everybody, and talk on until so many pushes have arrived. Returns the seconds."""
    caller.send(msgspec.json.encode(CALL))
    began = time.perf_counter()
    while service.counted < arrived:
        if time.perf_counter() - began > WITHIN_SECONDS:
            raise Wrong(f"only {service.counted} of {arrived} pushes arrived")
        talking.post_for(loop, talkers, RATE, 0.5)
    return time.perf_counter() - began


@contextmanager
def _site(folder: Path, browsers: int) -> Iterator[tuple[ServerProcess, Service]]:
    with ExitStack() as stack:
        service = Service(folder)
        stack.callback(service.end)
        data = folder / "site"
        shutil.copytree(furnished_site(ROOM_MESSAGES), data)
        environment = {
            **os.environ,
            **site_environment(data),
            "OUTGOING_ALLOW": "127.0.0.0/8",
        }
        furnish = [sys.executable, "-m", "tests.load.subscribe", service.origin, str(browsers)]
        subprocess.run(furnish, cwd=ROOT, env=environment, check=True)
        port = free_port()
        os.sched_setaffinity(0, range(os.cpu_count() or 1))
        process = subprocess.Popen(
            [sys.executable, "manage.py", "serve", "--port", str(port)],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        machine.stay_off_the_server()
        site = ServerProcess(port, process)
        stack.callback(site.stop)
        stack.callback(process.wait)
        stack.callback(os.killpg, process.pid, signal.SIGKILL)
        wait_for_port(site)
        yield site, service


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.load.pushes", description=__doc__)
    parser.add_argument("--browsers", type=int, default=2 * PEOPLE, help="(default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="(default: %(default)s)")
    chosen = parser.parse_args()
    machine.stay_off_the_server()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the servers must not outlive it
    try:
        rounds = [one_round(chosen.browsers) for _ in range(chosen.rounds)]
    except Wrong as wrong:
        sys.stderr.write(f"Wrong, so nothing was measured. {wrong}\n")
        return 1
    finally:
        servers.clean_up()
    for one in rounds:
        sys.stdout.write(f"p50 / p99 of a post before, beside others' pushes, and ours: {one}\n")
    ratio = statistics.median(one.ratio for one in rounds)
    own = statistics.median(one.own_ratio for one in rounds)
    sys.stdout.write(f"p99 meanwhile, of that beside others' pushes: {own:.2f}\n")
    sys.stdout.write(
        f"p99 meanwhile, of before: {ratio:.2f} (≤ 1.1 {'✓' if ratio <= 1.1 else '✗'})\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
