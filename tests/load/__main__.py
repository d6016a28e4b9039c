"""`python -m tests.load [ROW …]`: measure, check, compare.

The rounds of all servers are interleaved, so that what else the machine does meets them alike.
"""

import argparse
import signal
import sys
import time
from pathlib import Path

from tests.load import machine, report, servers
from tests.load.errors import Wrong
from tests.load.rows import ROWS, Row
from tests.load.servers import SERVERS


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.load", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"of {', '.join(ROWS)}")
    parser.add_argument("--rounds", type=int, default=3, help="of each row (default: %(default)s)")
    parser.add_argument(
        "--seconds", type=float, default=3, help="of measuring in a round (default: %(default)s)"
    )
    parser.add_argument(
        "--peers",
        default="all",
        help=f"all, none, or some of {', '.join(key for key in SERVERS if key != 'site')}, "
        "separated by commas",
    )
    parser.add_argument("--json", type=Path, help="where to write every round")
    chosen = parser.parse_args()
    chosen.rows = chosen.rows or [*ROWS]
    if unknown := {*chosen.rows} - {*ROWS}:
        parser.error(f"there is no row {', '.join(sorted(unknown))}")
    chosen.peers = {"all": [*SERVERS], "none": []}.get(chosen.peers, chosen.peers.split(","))
    if unknown := {*chosen.peers} - {*SERVERS}:
        parser.error(f"there is no peer {', '.join(sorted(unknown))}")
    return chosen


def run(rows: list[Row], peers: list[str], rounds: int, seconds: float) -> report.Rounds:
    """Raises Wrong as soon as anything is. A peer that isn't installed has no rounds."""
    results: report.Rounds = {}
    for row in rows:
        begin = time.perf_counter()
        chosen = [key for key in row.contenders if key == "site" or key in peers]
        measured = results[row.key] = {key: [] for key in chosen}
        count = min(rounds, row.rounds)
        for number in range(count):
            for server in [SERVERS[key] for key in chosen if SERVERS[key].is_here]:
                figures = row.measure(server, seconds)
                measured[server.key].append(figures)
                say(f"{row.key} {number + 1}/{count}: {server.name} {row.show(figures)}")
        say(f"{row.key} took {time.perf_counter() - begin:.0f} s")
    return results


def say(line: str) -> None:
    """What goes on, beside the result."""
    sys.stderr.write(line + "\n")


def main() -> int:
    chosen = arguments()
    machine.stay_off_the_server()
    # The servers must not outlive it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    rows = [ROWS[key] for key in chosen.rows]
    try:
        results = run(rows, chosen.peers, chosen.rounds, chosen.seconds)
    except Wrong as wrong:
        say(f"Wrong, so nothing was measured. {wrong}")
        return 1
    finally:
        servers.clean_up()
    sys.stdout.write(
        f"{report.table(results)}\n\n{report.shares(results)}\n\n{report.notes(results)}\n"
    )
    if chosen.json:
        report.save(chosen.json, results)
    return 0


if __name__ == "__main__":
    sys.exit(main())
