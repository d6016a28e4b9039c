"""What a process does for the site when nobody waits for it: it finishes what a moderator began,
and erases what was deleted long ago."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial

from rooms.actions import purging, removals
from rooms.complaints import Complaints
from rooms.db import in_change_thread, in_db_thread
from rooms.errors import ChatError

logger = logging.getLogger(__name__)

CHORE_SECONDS = 2.0
PURGE_SECONDS = 24 * 3600.0
FIRST_PURGE_SECONDS = 60.0  # after the start, which has enough to do
PAUSE_SECONDS = 0.02  # between two parts of one: others write as well


class Chores:
    """Of one process; those of several do the same work together."""

    def __init__(self) -> None:
        self._complaints = Complaints(logger)

    async def run(self) -> None:
        """Until it is cancelled."""
        loop = asyncio.get_running_loop()
        purge_at = loop.time() + FIRST_PURGE_SECONDS
        while True:
            await asyncio.sleep(CHORE_SECONDS)
            await self._try(self.finish_removals)
            if loop.time() >= purge_at:
                purge_at = loop.time() + PURGE_SECONDS
                await self._try(in_change_thread(purging.purge))

    async def finish_removals(self) -> None:
        """What is left of them, in all rooms."""
        for removal in await in_db_thread(removals.unfinished)():
            await self._try(partial(self._finish, removal))

    async def _try(self, chore: Callable[[], Awaitable[object]]) -> None:
        """A bug in one is nothing to the others; what is left of it comes with the next round."""
        try:
            await chore()
        except ChatError:
            pass  # the storage is away
        except Exception as bug:
            self._complaints.warn("A chore failed.", bug=bug)

    async def _finish(self, removal: int) -> None:
        place = await in_change_thread(removals.carry_on)(removal)
        while place is not None:
            await asyncio.sleep(PAUSE_SECONDS)
            place = await in_change_thread(removals.carry_on)(removal, place)
