"""The process that does the jobs which are apart (`Kind.apart`), as seen by the one that starts
it."""

import asyncio
import logging
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from rooms.fanout.tasks import Tasks
from rooms.fanout.throttled_log import ThrottledLog

ROOT = Path(__file__).resolve().parents[2]
STOP_SECONDS = 1.0  # for what it has begun

logger = logging.getLogger(__name__)


class JobProcess:
    """A child process that starts when there is much to do, and ends by itself when there has been
    nothing for a while (`process_main.py`), or with this one. `ended` is called then. It belongs to
    the loop that it is used in."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._starting = False
        self.ended: Callable[[], None] = lambda: None
        self._log = ThrottledLog(logger)
        self._tasks = Tasks(self._log, "The process that does jobs couldn't be started.")

    @property
    def runs(self) -> bool:
        """Whether it is there, or about to be."""
        return self._starting or self._process is not None

    def wake(self) -> None:
        """Have it look for jobs that are due."""
        if self._process is not None:
            self._tell(self._process)
        elif not self._starting:
            self._starting = True
            self._tasks.spawn(self._run())

    async def stop(self) -> None:
        """End it. It may finish what it has begun."""
        process = self._process
        if process is not None and process.stdin is not None:
            process.stdin.close()
            with suppress(TimeoutError):
                async with asyncio.timeout(STOP_SECONDS):
                    await process.wait()
        await self._tasks.stop()

    async def _run(self) -> None:
        try:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "rooms.jobs.process_main"),
                stdin=asyncio.subprocess.PIPE,
                cwd=ROOT,
                start_new_session=True,  # a Ctrl+C is for the site, which ends this one
            )
        finally:
            self._starting = False
        self._process = process
        try:
            status = await process.wait()
        finally:
            self._process = None
            if process.returncode is None:
                process.kill()
        if status:
            self._log.warn("The process that does jobs ended with %d.", status)
        self.ended()

    def _tell(self, process: asyncio.subprocess.Process) -> None:
        if process.stdin is not None and not process.stdin.is_closing():
            process.stdin.write(b"\n")
