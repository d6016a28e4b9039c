"""`python -m tests.load.jobs serve …` is `manage.py serve …` where every post queues a job, which
does nothing."""

import os
import sys
from collections.abc import Sequence
from typing import Any, ClassVar
from unittest.mock import patch


def queue_with_each_post() -> None:
    from rooms.jobs import table
    from rooms.jobs.kinds import Attempt, Kind
    from rooms.queries import jobs, posting

    class Errand(jobs.Work, frozen=True):
        kind: ClassVar[str] = "errand"

    async def nothing(work: Errand, attempt: Attempt) -> None: ...

    write = posting.write

    def write_and_queue(cursor: Any, rows: Sequence[Any], *what: Any) -> None:
        write(cursor, rows, *what)
        jobs.enqueue_many([Errand()] * len(rows))

    table.KINDS.append(Kind(Errand, nothing))
    patch.object(posting, "write", write_and_queue).start()


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "chatsite.settings"
    import django

    django.setup()
    queue_with_each_post()
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
