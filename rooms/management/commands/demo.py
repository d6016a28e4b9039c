"""Fills an empty site with people, rooms and weeks of conversation, to explore it."""

import secrets
import time
from argparse import ArgumentParser
from random import Random
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from django.utils import timezone

from rooms.management.demo.site import OWNER, DemoSite
from rooms.models import User


class Command(BaseCommand):
    help = (
        "Fill an empty site with people, rooms and a believable history, and print the log-ins. "
        "The same seed gives the same conversations, ending now."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--messages", type=int, default=2000, help="Default: 2000.")
        parser.add_argument(
            "--people", type=int, default=12, help=f"Besides {OWNER!r}. Default: 12."
        )
        parser.add_argument(
            "--rooms",
            type=int,
            default=6,
            help="Public and private rooms; direct ones are extra. Default: 6.",
        )
        parser.add_argument("--seed", type=int, default=1, help="Default: 1.")
        parser.add_argument("--password", default="", help="For everyone. Default: a random one.")

    def handle(self, *args: Any, **options: Any) -> None:
        for name, least in (("messages", 0), ("people", 2), ("rooms", 1)):
            if options[name] < least:
                raise CommandError(f"--{name} must be {least} or more.")
        self._prepare()
        password = options["password"] or secrets.token_urlsafe(9)
        begin = time.monotonic()
        # All or nothing: the command would refuse a half-filled site the next time.
        with transaction.atomic():
            site = DemoSite(Random(options["seed"]), timezone.now())  # noqa: S311  no secret
            site.populate(password, people=options["people"], rooms=options["rooms"])
            site.converse(options["messages"])
        self._report(site, password, options["messages"], time.monotonic() - begin)

    def _prepare(self) -> None:
        if User._meta.db_table not in connection.introspection.table_names():
            call_command("migrate", verbosity=0)
        if User.objects.exists():
            raise CommandError("This site already has accounts: demo only fills an empty one.")

    def _report(self, site: DemoSite, password: str, messages: int, seconds: float) -> None:
        names = [user.username for user in site.people]
        shown = ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")
        self.stdout.write(
            f"{messages} messages by {len(site.people) + 1} people in {len(site.rooms)} rooms "
            f"({seconds:.1f} s).\n\n"
            f"  Owner and admin:      {OWNER}\n"
            f"  People:               {shown}\n"
            f"  Everyone's password:  {password}\n\n"
            f"Next: make run, then log in at http://{settings.HOST}:{settings.PORT}/"
        )
