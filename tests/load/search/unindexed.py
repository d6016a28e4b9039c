"""`python -m tests.load.search.unindexed serve …` is `manage.py serve …` that indexes nothing."""

import os
import sys
from unittest.mock import patch

if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "chatsite.settings"
    import django

    django.setup()

    from rooms.jobs.indexing import Indexer

    async def nothing(indexer: Indexer) -> None: ...

    patch.object(Indexer, "_run", nothing).start()
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
