"""`manage.py test`: the pytest suite, on a data folder of its own."""

import os
import subprocess
import sys
import tempfile
from argparse import REMAINDER, ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand


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
            for name in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "DEBUG", "SIGNUP"):
                environment.pop(name, None)
            command = [sys.executable, "-m", "pytest", *arguments]
            done = subprocess.run(command, cwd=settings.BASE_DIR, env=environment, check=False)  # noqa: S603
        sys.exit(done.returncode)
