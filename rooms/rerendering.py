"""What a process does for messages that an older renderer made: a few at a time, with pauses, so
that nobody who is here notices."""

import asyncio
import logging
import secrets
import time

from rooms.actions import rendering
from rooms.complaints import Complaints
from rooms.db import in_change_thread
from rooms.errors import ChatError

logger = logging.getLogger(__name__)

FIRST_SECONDS = 5.0  # after the start, which has enough to do
AGAIN_SECONDS = 60.0  # between two looks for something to do
SHARE = 0.1  # of a core, at most
PAUSE_SECONDS = 0.02  # between two steps, at least: others write as well


class Rerendering:
    """Of one process; of several, one does it at a time."""

    def __init__(self) -> None:
        self._worker = secrets.token_hex(8)
        self._complaints = Complaints(logger)

    async def run(self) -> None:
        """Until it is cancelled."""
        await asyncio.sleep(FIRST_SECONDS)
        while True:
            try:
                await self.walk()
            except ChatError:
                pass  # the storage is away; it is resumed where it was left
            except Exception as bug:
                self._complaints.warn("Rendering stored messages anew failed.", bug=bug)
            await asyncio.sleep(AGAIN_SECONDS)

    async def walk(self) -> None:
        """Render what there is to render."""
        left = await in_change_thread(rendering.begin)(self._worker)
        while left is not None:
            spent, left = await in_change_thread(_timed_step)(left)
            await asyncio.sleep(max(PAUSE_SECONDS, spent * (1 - SHARE) / SHARE))


def _timed_step(walk: rendering.Walk) -> tuple[float, rendering.Walk | None]:
    """A step, and the seconds of processor that it took."""
    began = time.thread_time()
    left = rendering.step(walk)
    return time.thread_time() - began, left
