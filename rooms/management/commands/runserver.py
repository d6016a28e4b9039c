"""Django's `runserver`, for people who run it out of habit."""

from typing import Any

from daphne.management.commands import runserver
from django.conf import settings

from rooms.management.startup import alone, collect_static, migrate


class Command(runserver.Command):  # type: ignore[misc]  # Daphne has no types
    """With DEBUG, as in any project. Without it, pages need what `serve` prepares: migrated tables,
    and the collected static files with hashes in their names."""

    def inner_run(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            with alone():
                migrate()
                collect_static()
        super().inner_run(*args, **options)
