"""Django's `runserver`, for people who type it out of habit."""

from typing import Any

from daphne.management.commands import runserver
from django.conf import settings

from rooms.management.commands.serve import alone, collect_static, migrate


class Command(runserver.Command):  # type: ignore[misc]  # Daphne has no types
    """As in any project with DEBUG. Without it, pages need what `serve` makes in a fresh folder:
    the tables, and the static files by the names that they have then."""

    def inner_run(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            with alone():
                migrate()
                collect_static()
        super().inner_run(*args, **options)
