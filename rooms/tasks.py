"""What runs beside the loop's turns, kept so that it isn't collected, and heard when it fails."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from rooms.complaints import Complaints


class Tasks:
    """Of one part of a process. A bug in one is logged as `failure`, the others go on."""

    def __init__(self, complaints: Complaints, failure: str) -> None:
        self._complaints = complaints
        self._failure = failure
        self._tasks: set[asyncio.Task[None]] = set()

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    async def stop(self) -> None:
        """Cancel them all."""
        tasks = [*self._tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (bug := task.exception()) is not None:
            self._complaints.warn(self._failure, bug=bug)
