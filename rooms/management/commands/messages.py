"""Collects messages for the translators and compiles their translations, or checks that nothing is
stale, missing or wrong."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, no_translations

from rooms.management import catalogues


class Command(BaseCommand):
    help = "Collect the site's texts for translation in rooms/locale, and compile the catalogues."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="Only check; fail if stale.")

    @no_translations
    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        stale = []
        for name, content in catalogues.targets():
            path = settings.BASE_DIR / name
            if path.exists() and path.read_bytes() == content:
                continue
            stale.append(str(name))
            if not check:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
                self.stdout.write(f"wrote {name}")
        if check and stale:
            raise CommandError(f"Stale: {', '.join(stale)}. Run `make messages`.")
        troubles = [*catalogues.troubles()]
        for trouble in troubles:
            self.stderr.write(trouble)
        if check and troubles:
            raise CommandError("Translate these in rooms/locale, then run `make messages`.")
