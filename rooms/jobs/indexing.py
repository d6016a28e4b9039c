"""What was posted is added to the index of the search, in every process, with little of its time:
posting comes first, and a search looks directly at what isn't indexed yet."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import ClassVar, TypeVar

from rooms.actions.messages import indexing
from rooms.errors import ChatError
from rooms.fanout.throttled_log import ThrottledLog
from rooms.jobs.kinds import Attempt
from rooms.queries.jobs import Work
from rooms.queries.search.entries import Stretch
from rooms.storage.threads import in_change_thread, in_db_thread

T = TypeVar("T")

TURN_SECONDS = 1.0  # between turns: what is posted meanwhile shares their transactions
LOOK_SECONDS = 30.0  # between looks at all rooms, for what other processes have left
FIRST_SECONDS = 5.0  # until the first look, while everybody comes back
LEAST = 0.03  # of a core, however busy the process is
MOST = 0.3  # of a core, however much there is to do
OF_IDLE = 0.5  # of what the process leaves of a core

SETTLE_AFTER = 2000  # messages
COUNT_SHARE = 0.05  # of a core


class Indexer:
    """The indexing of one process. It belongs to the loop that it was created in."""

    def __init__(self) -> None:
        self._log = ThrottledLog(logging.getLogger(__name__))
        self._load = Load()
        self._left: set[int] = set()  # rooms that may have something to index

    def start(self) -> None:
        self._turns = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """Stop; another process, or the next start, goes on where this one was."""
        self._turns.cancel()
        await asyncio.gather(self._turns, return_exceptions=True)

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        look_at = loop.time() + FIRST_SECONDS
        while True:
            await asyncio.sleep(TURN_SECONDS)
            self._left |= indexing.take_expected()
            try:
                if loop.time() >= look_at:
                    look_at = loop.time() + LOOK_SECONDS
                    await in_change_thread(indexing.renew_version)()
                    await self._index(everywhere=True)
                elif self._left:
                    await self._index(everywhere=False)
            except ChatError:
                pass  # the storage is unavailable
            except Exception as bug:
                self._log.warn("Indexing messages failed.", bug=bug)

    async def _index(self, *, everywhere: bool) -> None:
        """Index until nothing is left that no other process does."""
        moves = True
        while moves:
            rooms = None if everywhere else self._left
            stretches = await in_db_thread(indexing.pending)(rooms)
            moves = await self._take(stretches)
        # What another process is at, it may leave unfinished.
        if self._left:
            self._left = await in_db_thread(indexing.unfinished)(self._left)

    async def _take(self, stretches: Sequence[Stretch]) -> bool:
        """Index these stretches, step by step. Returns whether any of them was left to do."""
        left = {one.room_id for one in stretches}
        unsettled = 0
        for part in indexing.parts(stretches):
            mine = [one for one in part if one.room_id in left]
            if not mine:
                continue
            spent, done = await in_change_thread(_timed)(partial(indexing.step, mine))
            left -= {one.room_id for one in mine} - done
            unsettled += sum(one.size for one in mine)
            if unsettled >= SETTLE_AFTER:
                await in_change_thread(indexing.settle)()
                unsettled = 0
            await asyncio.sleep(self._load.pause_after(spent))
        if unsettled:
            await in_change_thread(indexing.settle)()
        return bool(left)


class Load:
    """How busy this process is, and how much of a core is left for what can wait."""

    def __init__(self) -> None:
        self._since = time.monotonic(), time.process_time()
        self._own = 0.0

    def pause_after(self, spent: float) -> float:
        """Return for how many seconds to do nothing after so many seconds of processor time."""
        now, used = time.monotonic(), time.process_time()
        (then, before), self._since = self._since, (now, used)
        others = max(0.0, used - before - spent) / max(now - then, 1e-6)
        share = min(MOST, max(LEAST, (1 - others) * OF_IDLE))
        return spent * (1 - share) / share


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    """Do something. Returns the processor time that it took, and what it returned."""
    began = time.thread_time()
    done = work()
    return time.thread_time() - began, done


class CountGrams(Work, frozen=True):
    kind: ClassVar[str] = "search.count"


async def count_grams(work: CountGrams, attempt: Attempt) -> None:
    """Twice is once: the newest messages are counted anew."""
    count = await in_change_thread(indexing.begin_count)()
    while count is not None:
        spent, goes_on = await in_change_thread(_timed)(partial(indexing.go_on_counting, count))
        if not goes_on:
            return
        await asyncio.sleep(spent / COUNT_SHARE)
