"""`python -m tests.load.workers [ROW …]`: what a second worker is worth, and PostgreSQL.

The processor time of a message is that of all processes of the site together, Redis and the
database included: where a core is what limits, it says how many messages there are.
"""

import argparse
import json
import signal
import statistics
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.load import clusters, machine, servers, talking
from tests.load.audience import Audience, nothing
from tests.load.clusters import CLUSTERS, Cluster, Running
from tests.load.errors import Wrong
from tests.load.lines import Arrivals
from tests.load.loop import Loop
from tests.load.machine import Usage
from tests.load.people import HALL, ROOMS, small_rooms
from tests.load.talking import Stopwatch, Talk

Figures = dict[str, float]
BUSY_ROOMS = 100  # which keep one worker at its limit
QUIET_ROOM = ROOMS  # whose people are on another
RATE = 20  # messages a second
CALM_SECONDS = 2.0
IDLE_SECONDS = 25.0
PATIENCE_SECONDS = 60.0


class Visit:
    """A cluster that runs, and sockets to it."""

    def __init__(self, cluster: Cluster, running: Running) -> None:
        self.running = running
        self.loop = Loop()
        self.dialect = cluster.dialect()
        self.doors = [Arrivals(self.loop, [port], self.dialect) for port in running.ports]
        self.door = Arrivals(self.loop, running.ports, self.dialect)

    def audiences(self, plan: Sequence[tuple[int, range]]) -> list[Audience]:
        """Of each room everybody, on all processes in turn."""
        lines = self.door.open([(person, room) for room, people in plan for person in people])
        rooms = {room: [line for line in lines if line.room == room] for room, _ in plan}
        # Each worker hears in its own order who is on the other.
        self.loop.run_for(CALM_SECONDS)
        return [Audience(self.loop, rooms[room], self.dialect) for room, _ in plan]

    def close(self) -> None:
        for door in (*self.doors, self.door):
            door.close()
        self.loop.close()


@contextmanager
def visiting(cluster: Cluster) -> Iterator[Visit]:
    with cluster.running() as running:
        visit = Visit(cluster, running)
        try:
            yield visit
        except Wrong as wrong:
            raise Wrong(f"{cluster.name}: {wrong}\n{running.output}") from wrong
        finally:
            visit.close()


def rooms(cluster: Cluster, seconds: float) -> Figures:
    """200 rooms of five, one message under way in each."""
    with visiting(cluster) as visit:
        everywhere = visit.audiences(small_rooms())
        pids = visit.running.pids
        return _figures(talking.in_turns(visit.loop, everywhere, *pids, window=1, seconds=seconds))


def fan_out(cluster: Cluster, seconds: float) -> Figures:
    """A thousand sockets, eight messages under way."""
    with visiting(cluster) as visit:
        hall = visit.audiences([(HALL, range(1000))])
        pids = visit.running.pids
        return _figures(talking.in_turns(visit.loop, hall, *pids, window=8, seconds=seconds))


def late(cluster: Cluster, seconds: float) -> Figures:
    """Two hundred sockets: the last is on the other worker as often as not."""
    with visiting(cluster) as visit:
        (hall,) = visit.audiences([(HALL, range(200))])
        pids = visit.running.pids
        return _figures(talking.at_a_rate(visit.loop, hall, *pids, rate=RATE, seconds=2 * seconds))


def late_beside(cluster: Cluster, seconds: float) -> Figures:
    """Somebody posts on a worker that is full with other rooms; the others are on the next."""
    with visiting(cluster) as visit:
        here, there = visit.doors
        plan = small_rooms()
        busy_plan = plan[:BUSY_ROOMS]
        busy_lines = here.open([(person, room) for room, people in busy_plan for person in people])
        busy = [
            Audience(visit.loop, [one for one in busy_lines if one.room == room], visit.dialect)
            for room, _ in busy_plan
        ]
        poster, *readers = dict(plan)[QUIET_ROOM]
        lines = here.open([(poster, QUIET_ROOM)])
        lines += there.open([(person, QUIET_ROOM) for person in readers])
        quiet = Audience(visit.loop, lines, visit.dialect)
        visit.loop.run_for(CALM_SECONDS)
        return _figures(_talk_beside(visit, busy, quiet, 2 * seconds))


def _talk_beside(visit: Visit, busy: list[Audience], quiet: Audience, seconds: float) -> Talk:
    talking.gather(visit.loop, [*busy, quiet])
    for one in busy:
        one.heard = one.post
        one.post()
    talking.post_for(visit.loop, quiet, RATE, talking.WARM_SECONDS)
    watch = Stopwatch([quiet], *visit.running.pids)
    talking.post_for(visit.loop, quiet, RATE, seconds)
    for one in busy:
        one.heard = nothing
    talking.settle(visit.loop, [*busy, quiet])
    return watch.read()


def idle(cluster: Cluster, seconds: float) -> Figures:
    """A thousand sockets a worker that say nothing."""
    with visiting(cluster) as visit:
        count = 1000 * len(visit.running.servers)
        visit.door.open([(person, 1 + person % ROOMS) for person in range(count)])
        visit.loop.run_for(CALM_SECONDS)
        watch = Usage(*visit.running.pids)
        visit.loop.run_for(IDLE_SECONDS)
        return {"percent": watch.read()["server"] * 100 / len(visit.running.servers)}


def _figures(talk: Talk) -> Figures:
    """With delays in milliseconds, and the processor time of a message in microseconds."""
    figures = {name: value for name, value in asdict(talk).items() if name != "usage"}
    cost = talk.usage["server"] / talk.messages * 1e6
    return {
        **figures,
        **talk.usage,
        "cost": cost,
        "p50": talk.p50 * 1000,
        "p99": talk.p99 * 1000,
    }


# -- the rows --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """`measure` of each contender; the last bar is of the first contender's `figure`, as a multiple
    of the second's, or alone."""

    key: str
    work: str
    contenders: tuple[str, ...]
    measure: Callable[[Cluster, float], Figures]
    figure: str
    bound: float
    at_most: bool
    shows: str  # of the figures, as `str.format` writes them

    def bar(self, medians: dict[str, Figures]) -> str:
        first, *others = self.contenders
        value = medians[first][self.figure]
        if others:
            value /= medians[others[0]][self.figure]
        reached = value <= self.bound if self.at_most else value >= self.bound
        sign = "≤" if self.at_most else "≥"
        return f"{value:.2f} ({sign} {self.bound:g} {'✓' if reached else '✗'})"


_SPEED = "{messages:,.0f}/s, {cost:.0f} µs"
_DELAY = "{p50:.1f} / {p99:.1f} ms"
ROWS = {
    row.key: row
    for row in (
        Row(
            "cost",
            "200 rooms of 5, one core: processor time a message, of one worker's",
            ("two", "one", "socketio", "socketio-two"),
            rooms,
            "cost",
            1.7,
            True,
            _SPEED,
        ),
        Row(
            "free",
            "the same, cores free: messages/s, of one worker's",
            ("two-free", "one-free"),
            rooms,
            "messages",
            1.0,
            False,
            _SPEED,
        ),
        Row(
            "postgres",
            "the same, one core: PostgreSQL's messages/s, of SQLite's",
            ("postgres", "one"),
            rooms,
            "messages",
            0.75,
            False,
            _SPEED,
        ),
        Row(
            "postgres-two",
            "the same, one core: two workers on PostgreSQL, of one",
            ("postgres-two", "postgres"),
            rooms,
            "messages",
            0.6,
            False,
            _SPEED,
        ),
        Row(
            "jobs",
            "the same, one core, where each post queues a job: messages/s, of without",
            ("jobs", "one"),
            rooms,
            "messages",
            0.95,
            False,
            _SPEED,
        ),
        Row(
            "indexing",
            "the same, one core, indexed for the search: messages/s, of without",
            ("one", "unindexed"),
            rooms,
            "messages",
            0.95,
            False,
            _SPEED,
        ),
        Row(
            "fan-out",
            "fan-out to 1,000 sockets over two workers: deliveries/s, of one's",
            ("two", "one"),
            fan_out,
            "deliveries",
            0.85,
            False,
            "{deliveries:,.0f}/s",
        ),
        Row(
            "late",
            "200 sockets on two workers, 20 messages/s: p50 / p99, p99 in ms",
            ("two",),
            late,
            "p99",
            8,
            True,
            _DELAY,
        ),
        Row(
            "late-beside",
            "readers on another worker than the author's, which is full: p50 / p99, p99 in ms",
            ("two",),
            late_beside,
            "p99",
            100,
            True,
            _DELAY,
        ),
        Row(
            "idle",
            "1,000 idle sockets a worker: % of a core for each",
            ("two", "one"),
            idle,
            "percent",
            1.2,
            True,
            "{percent:.2f} %",
        ),
    )
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.load.workers", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"of {', '.join(ROWS)}")
    parser.add_argument("--rounds", type=int, default=5, help="(default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=3, help="of a round (%(default)s)")
    parser.add_argument("--json", type=Path, help="where to write every round")
    chosen = parser.parse_args()
    if unknown := {*chosen.rows} - {*ROWS}:
        parser.error(f"there is no row {', '.join(sorted(unknown))}")
    machine.stay_off_the_server()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the servers must not outlive it
    rounds: dict[str, dict[str, list[Figures]]] = {}
    try:
        for row in [ROWS[key] for key in chosen.rows or ROWS]:
            rounds[row.key] = _measure(row, chosen.rounds, chosen.seconds)
            sys.stdout.write(_line(row, rounds[row.key]) + "\n")
            sys.stdout.flush()
    except Wrong as wrong:
        sys.stderr.write(f"Wrong, so nothing was measured. {wrong}\n")
        return 1
    finally:
        clusters.clean_up()
        servers.clean_up()
    if chosen.json:
        chosen.json.write_text(json.dumps(rounds, indent=1) + "\n")
    return 0


def _measure(row: Row, count: int, seconds: float) -> dict[str, list[Figures]]:
    """The rounds of all contenders are interleaved."""
    here = [CLUSTERS[key] for key in row.contenders if CLUSTERS[key].is_here]
    found: dict[str, list[Figures]] = {one.key: [] for one in here}
    for number in range(count):
        for one in here:
            figures = row.measure(one, seconds)
            found[one.key].append(figures)
            shown = row.shows.format(**figures)
            sys.stderr.write(f"{row.key} {number + 1}/{count}: {one.name} {shown}\n")
    return found


def _line(row: Row, rounds: dict[str, list[Figures]]) -> str:
    medians = {
        key: {name: statistics.median(one[name] for one in each) for name in each[0]}
        for key, each in rounds.items()
    }
    cells = [f"{CLUSTERS[key].name} {row.shows.format(**each)}" for key, each in medians.items()]
    return f"| {row.work} | {'; '.join(cells)} | {row.bar(medians)} |"


if __name__ == "__main__":
    sys.exit(main())
