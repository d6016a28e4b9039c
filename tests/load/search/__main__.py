"""`python -m tests.load.search`: fill a site with messages, index them, search them.

Every query by people in few and in many rooms: first within a process, then through sockets, alone
and while others post. Minutes for each database; the tables show milliseconds.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.load import machine
from tests.load.clusters import SECRET_KEY, DurablePostgres
from tests.load.errors import Wrong
from tests.load.search import answers, beside
from tests.load.search.corpus import Corpus
from tests.load.search.kinds import queries
from tests.load.search.searchers import searchers
from tests.load.servers import site_environment
from tests.processes import ROOT, ServerProcess, free_port, wait_for_port

DATABASES = ("sqlite", "postgresql")
SEARCHERS = ("five", "five quiet", "200", "2,000")
EVERYBODY = (*SEARCHERS, "5,000", "Chinese", "none")
ASKED_PER_SECOND = 20.0  # by one person, who types


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.load.search", description=__doc__)
    parser.add_argument("databases", nargs="*", default=DATABASES, help="(default: both)")
    parser.add_argument("--messages", type=int, default=1_000_000, help="(%(default)s)")
    parser.add_argument("--posts", type=float, default=1000, help="a second (%(default)s)")
    parser.add_argument("--tries", type=int, default=1, help="of each query (%(default)s)")
    chosen = parser.parse_args()
    if unknown := {*chosen.databases} - {*DATABASES}:
        parser.error(f"there is no database {', '.join(sorted(unknown))}")
    return chosen


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


@contextmanager
def environment(database: str) -> Iterator[dict[str, str]]:
    """Of an empty site."""
    data = tempfile.mkdtemp(prefix="chatsite-search-")
    settings = {**os.environ, **site_environment(Path(data)), "SECRET_KEY": SECRET_KEY}
    postgres = DurablePostgres() if database == "postgresql" else None
    if postgres is not None:
        settings["DATABASE_URL"] = postgres.database()
    try:
        yield settings
    finally:
        if postgres is not None:
            postgres.stop()
        shutil.rmtree(data)


def run(environment: dict[str, str], *command: str) -> bytes:
    """Run a program of the site, and return what it printed."""
    began = time.perf_counter()
    program = [sys.executable, *command]
    printed = subprocess.run(program, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE)
    say(f"{' '.join(command)} took {time.perf_counter() - began:.0f} s")
    return printed.stdout


@contextmanager
def serving(environment: dict[str, str]) -> Iterator[ServerProcess]:
    port = free_port()
    with machine.on_the_servers_core():
        process = subprocess.Popen(
            [sys.executable, "manage.py", "serve", "--port", str(port)],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
    server = ServerProcess(port, process)
    try:
        wait_for_port(server)
        yield server
    finally:
        os.killpg(process.pid, signal.SIGKILL)  # it has nothing that anybody wants to keep
        process.wait()
        server.stop()


def measure(settings: dict[str, str], tries: int, posts: float) -> None:
    asked = ["-m", "tests.load.search.ask", *SEARCHERS, "--tries", str(tries)]
    for order in ("newest", "best"):
        report(order, answers.read(run(settings, *asked, "--order", order)))
    report("the worst", answers.read(run(settings, *asked[:2], *EVERYBODY, "--worst")))
    corpus = Corpus()
    people = [searchers(corpus)[key] for key in SEARCHERS]
    with serving(settings) as server:
        site = beside.Site(server.port, server.process.pid)
        with site.closing():
            report("through a socket", site.ask(people, queries(corpus), ASKED_PER_SECOND))
            found, talk = site.ask_beside_posts(people, queries(corpus), ASKED_PER_SECOND, posts)
            report(
                f"beside {talk.messages:,.0f} posts/s, whose last delivery took "
                f"{talk.p50 * 1000:.1f} ms, p99 {talk.p99 * 1000:.1f} ms",
                found,
            )


def report(title: str, found: list[answers.Answer]) -> None:
    say(f"\n## {title}\n\n{answers.table(found)}\n\n{answers.slowest(found)}\n")


def main() -> int:
    chosen = arguments()
    machine.stay_off_the_server()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the servers must not outlive it
    for database in chosen.databases:
        say(f"\n# {database}\n")
        with environment(database) as settings:
            run(settings, "-m", "tests.load.search.fill", str(chosen.messages))
            run(settings, "manage.py", "search_index")
            try:
                measure(settings, chosen.tries, chosen.posts)
            except Wrong as wrong:
                say(f"Wrong: {wrong}")
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
