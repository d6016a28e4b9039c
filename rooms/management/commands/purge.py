"""Erase what was deleted long ago, at once instead of within the day."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from rooms.actions.purging import purge


class Command(BaseCommand):
    help = "Erase the text of what was deleted long ago. A running server does so once a day."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--days",
            type=int,
            default=settings.TOMBSTONE_DAYS,
            help="How many days ago (%(default)s); 0: everything that is deleted now.",
        )

    def handle(self, *, days: int, **options: Any) -> None:
        if days < 0:
            raise CommandError("--days counts from now: 0 or more.")
        purged = purge(days=days)
        self.stdout.write(
            f"Erased: {purged.messages} messages, {purged.held} held messages, "
            f"{purged.notes} notes of reports."
        )
