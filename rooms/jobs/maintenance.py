"""Removals that a moderator began are finished, and what was deleted long ago is purged."""

import asyncio
from typing import ClassVar

from rooms.actions.moderation import purging, removal_steps
from rooms.actions.moderation.removal_steps import CarryOut
from rooms.jobs.kinds import Attempt, Next
from rooms.queries.jobs import Work
from rooms.storage.threads import in_change_thread

PAUSE_SECONDS = 0.02  # between two steps of one removal, so that others can write
STEPS = 200  # of one call: far less than a lease


class Purge(Work, frozen=True):
    kind: ClassVar[str] = "purge"


async def carry_out(work: CarryOut, attempt: Attempt) -> None:
    """Twice is once: each step looks for what is left."""
    resume = await in_change_thread(removal_steps.carry_on)(work.removal)
    for _step in range(STEPS):
        if resume is None:
            return
        await asyncio.sleep(PAUSE_SECONDS)
        resume = await in_change_thread(removal_steps.carry_on)(work.removal, resume)
    raise Next


async def purge(work: Purge, attempt: Attempt) -> None:
    """Twice is once: what is erased isn't found again."""
    await in_change_thread(purging.purge)()
