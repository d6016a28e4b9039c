"""Run this after restoring a backup, before starting the site again."""

from typing import Any

from django.core.management.base import BaseCommand

from rooms.actions.site import installation


class Command(BaseCommand):
    help = "Tell the site that its database was restored from a backup: open pages will reload."

    def handle(self, **options: Any) -> None:
        installation.renew_epoch()
        self.stdout.write("Every open page will reload its rooms when it reconnects.")
