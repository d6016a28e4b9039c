"""Files that nobody needs any more."""

from typing import ClassVar

from rooms.actions.files import discarding
from rooms.actions.files.discarding import DeleteFiles
from rooms.jobs.kinds import Attempt
from rooms.queries.jobs import Work
from rooms.storage.threads import in_change_thread


class Tidy(Work, frozen=True):
    kind: ClassVar[str] = "files.tidy"


async def delete(work: DeleteFiles, attempt: Attempt) -> None:
    """Twice is once: what is gone stays gone."""
    await in_change_thread(discarding.delete_files)(work.uploads)


async def tidy(work: Tidy, attempt: Attempt) -> None:
    """Twice is once: what was discarded isn't found again."""
    await in_change_thread(discarding.tidy)()
