"""Messages that an older renderer made are rendered anew: a few at a time and with pauses, so that
nobody notices."""

import asyncio
import time
from typing import ClassVar

from rooms.actions.messages import rendering
from rooms.jobs.kinds import Attempt, Next
from rooms.queries.jobs import Work
from rooms.storage.threads import in_change_thread

SHARE = 0.1  # of a core, at most
PAUSE_SECONDS = 0.02  # between two steps, at least, so that others can write
TURN_SECONDS = 10.0  # of one call: far less than a lease


class Rerender(Work, frozen=True):
    kind: ClassVar[str] = "rerender"


async def rerender(work: Rerender, attempt: Attempt) -> None:
    """Twice is once: what was rendered isn't found again, and of two processes that do the same
    step, one undoes it."""
    loop = asyncio.get_running_loop()
    end = loop.time() + TURN_SECONDS
    left = await in_change_thread(rendering.begin)()
    while left is not None:
        spent, left = await in_change_thread(_timed_step)(left)
        await asyncio.sleep(max(PAUSE_SECONDS, spent * (1 - SHARE) / SHARE))
        if loop.time() > end:
            raise Next


def _timed_step(walk: rendering.Walk) -> tuple[float, rendering.Walk | None]:
    """Do a step. Returns the processor time that it took, and what is left."""
    began = time.thread_time()
    left = rendering.step(walk)
    return time.thread_time() - began, left
