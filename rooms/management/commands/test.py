"""`manage.py test`: the pytest suite, with its own data folder."""

import os
import subprocess
import sys
import tempfile
from argparse import REMAINDER, ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

# Settings that would change what the tests see. Python's own is here because the tests start many
# servers: each would compile the whole project again, a quarter of its start.
UNWANTED = (
    *("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "DEBUG", "SIGNUP", "SITE_URL"),
    "PYTHONDONTWRITEBYTECODE",
)


class Command(BaseCommand):
    help = (
        "Run the pytest suite. Arguments are passed to pytest: manage.py test tests/unit -k markup"
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("arguments", nargs=REMAINDER)

    def run_from_argv(self, argv: list[str]) -> None:
        # All arguments are pytest's, options too; Django's parser would refuse them.
        if {"-h", "--help"} & set(argv[2:]):
            super().run_from_argv(argv)
        else:
            self.handle(arguments=argv[2:])

    def handle(self, *args: Any, arguments: list[str], **options: Any) -> None:
        """Run pytest in a new process: this one has read its settings, and the data folder."""
        with tempfile.TemporaryDirectory(prefix="chatsite-test-") as folder:
            environment = {**os.environ, "CHATSITE_DATA": folder}
            for name in UNWANTED:
                environment.pop(name, None)
            command = [sys.executable, "-m", "pytest", *shares(arguments), *arguments]
            done = subprocess.run(command, cwd=settings.BASE_DIR, env=environment, check=False)  # noqa: S603
        sys.exit(done.returncode)


def shares(arguments: list[str]) -> list[str]:
    """Options that share the tests among processes: one more than there are cores, since each
    spends much of its time waiting for servers and browsers, and at most four.

    None where that is in the way: a single file is as quick without, a debugger or a look at the
    output needs one process, and `-p no:xdist` asks for it. A later `-n` has the last word.
    """
    alone = {"--pdb", "--trace", "-s", "--capture=no", "no:xdist", "-pno:xdist"}
    if alone.intersection(arguments) or any(".py" in argument for argument in arguments):
        return []
    # Whole files, so that a module's server starts once, in the order of tests/order.py.
    dealt = ("--dist", "loadfile", "--no-loadscope-reorder")
    return ["-n", str(min(4, cores() + 1)), *dealt]


def cores() -> int:
    """The number that this process may use, if the system says."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
