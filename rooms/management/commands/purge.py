"""Erases old deleted messages now instead of within a day."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from rooms.actions.moderation.purging import purge


class Command(BaseCommand):
    help = "Erase the text of messages deleted long ago. A running server does this once a day."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--days",
            type=int,
            default=settings.TOMBSTONE_DAYS,
            help="Minimum age in days (default: %(default)s); 0 erases everything deleted so far.",
        )

    def handle(self, *, days: int, **options: Any) -> None:
        if days < 0:
            raise CommandError("--days must be 0 or more.")
        purged = purge(days=days)
        self.stdout.write(
            f"Erased: {purged.messages} messages, {purged.held} held messages, "
            f"{purged.notes} report notes."
        )
