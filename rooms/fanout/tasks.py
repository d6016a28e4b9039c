"""Background tasks with an owner: they aren't garbage-collected, and their failures are logged."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from rooms.fanout.throttled_log import ThrottledLog


class Tasks:
    """The tasks of one part of a process. A bug in one is logged as `failure`; the others go on."""

    def __init__(self, log: ThrottledLog, failure: str) -> None:
        self._log = log
        self._failure = failure
        self._tasks: set[asyncio.Task[None]] = set()

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    async def wait(self) -> None:
        """Wait until those that run now have ended."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def stop(self) -> None:
        """Cancel them all."""
        tasks = [*self._tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (bug := task.exception()) is not None:
            self._log.warn(self._failure, bug=bug)
