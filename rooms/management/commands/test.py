"""`manage.py test`: the pytest suite, on a data folder of its own."""

import os
import subprocess
import sys
import tempfile
from argparse import REMAINDER, ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

# Settings of the site that the tests are not about. Python's own is here because the tests start a
# hundred servers: each would compile the whole project anew, a quarter of its start.
UNWANTED = (
    *("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "DEBUG", "SIGNUP", "SITE_URL"),
    "PYTHONDONTWRITEBYTECODE",
)


class Command(BaseCommand):
    help = "Run the pytest suite. What follows is passed on: manage.py test tests/unit -k markup"
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("arguments", nargs=REMAINDER)

    def run_from_argv(self, argv: list[str]) -> None:
        # Everything belongs to pytest, options too; Django's parser would refuse them.
        if {"-h", "--help"} & set(argv[2:]):
            super().run_from_argv(argv)
        else:
            self.handle(arguments=argv[2:])

    def handle(self, *args: Any, arguments: list[str], **options: Any) -> None:
        """A process of its own: settings are read already, with the site's own data folder."""
        with tempfile.TemporaryDirectory(prefix="chatsite-test-") as folder:
            environment = {**os.environ, "CHATSITE_DATA": folder}
            for name in UNWANTED:
                environment.pop(name, None)
            command = [sys.executable, "-m", "pytest", *shares(arguments), *arguments]
            done = subprocess.run(command, cwd=settings.BASE_DIR, env=environment, check=False)  # noqa: S603
        sys.exit(done.returncode)


def shares(arguments: list[str]) -> list[str]:
    """Options that share the tests among processes: one more than there are cores, since each
    waits for servers and browsers much of its time, and at most four.

    None where that is in the way: a file is run as quickly without, a debugger or a look at what
    is printed needs one process, and `-p no:xdist` asks for it. `-n` has the last word.
    """
    alone = {"--pdb", "--trace", "-s", "--capture=no", "no:xdist", "-pno:xdist"}
    if alone.intersection(arguments) or any(".py" in argument for argument in arguments):
        return []
    # Whoever is done takes over from the end of the other's line, so that files stay together.
    return ["-n", str(min(4, cores() + 1)), "--dist", "worksteal"]


def cores() -> int:
    """Those that this process may use, where the system tells."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
