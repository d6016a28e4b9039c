"""What to run after a backup was restored, before the site is started again."""

from typing import Any

from django.core.management.base import BaseCommand

from rooms.actions import installation


class Command(BaseCommand):
    help = "Say that the database was restored from a backup: every open page will load anew."

    def handle(self, **options: Any) -> None:
        installation.renew_epoch()
        self.stdout.write("Every page will load its rooms anew when it reconnects.")
