"""Builds the index of the search anew, while the site runs."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from rooms.actions.messages import indexing

TELL_SECONDS = 5.0  # between words about how far it is


class Command(BaseCommand):
    help = (
        "Build the index of the search anew. The site may run meanwhile: people can write and"
        " search, and a search takes longer until this is done."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--missing",
            action="store_true",
            help="index only what isn't indexed yet, and don't begin anew",
        )

    def handle(self, *, missing: bool, **options: Any) -> None:
        if missing:
            indexing.renew_version()
        else:
            indexing.begin_anew()
        count, told = 0, time.monotonic()
        for more in indexing.catch_up():
            count += more
            if time.monotonic() - told > TELL_SECONDS:
                told = time.monotonic()
                self.stdout.write(f"Indexed {count} messages so far.")
        indexing.count()
        self.stdout.write(f"Indexed {count} messages.")
