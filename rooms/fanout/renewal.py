"""Notices that may have been overtaken on their way: the state that each tells of is read anew
before anyone is told, so that arriving first never decides what rights someone has."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

from rooms.errors import ChatError
from rooms.fanout.envelopes import Connection, Envelope, Subject
from rooms.fanout.tasks import Tasks
from rooms.fanout.throttled_log import ThrottledLog

logger = logging.getLogger(__name__)

RETRY_SECONDS = 0.5  # between attempts while the storage is unavailable
AT_ONCE = 50  # subjects per query

# What each of these should say now, or None if something newer says it.
Renew: TypeAlias = Callable[[Sequence[Envelope]], Awaitable[list[Envelope | None]]]
# To one connection, or to everyone here.
Deliver: TypeAlias = Callable[[Envelope, Connection | None], None]

Key: TypeAlias = tuple[Subject, Connection | None]


class Renewal:
    """The late notices of one process that wait to be read, only the newest on each subject."""

    def __init__(self, renew: Renew, deliver: Deliver) -> None:
        self._renew = renew
        self._deliver = deliver
        self._waiting: dict[Key, Envelope] = {}
        self._log = ThrottledLog(logger)
        self._tasks = Tasks(self._log, "Reading late notices failed.")
        self._is_running = False

    async def stop(self) -> None:
        await self._tasks.stop()

    def look_after(self, envelope: Envelope, about: Subject, to: Connection | None = None) -> None:
        """Deliver the state of the subject once it is read."""
        self._waiting[about, to] = envelope
        if not self._is_running:
            self._is_running = True
            self._tasks.spawn(self._run())

    async def _run(self) -> None:
        try:
            while self._waiting:
                some = self._taken()
                try:
                    fresh = await self._renew([*some.values()])
                except ChatError:
                    self._waiting = some | self._waiting
                    await asyncio.sleep(RETRY_SECONDS)
                    continue
                except Exception as bug:  # an order that got lost would leave someone a right
                    self._log.warn("Reading late notices failed.", bug=bug)
                    fresh = [*some.values()]
                for (_, to), envelope in zip(some, fresh, strict=True):
                    if envelope is not None:
                        self._deliver(envelope, to)
        finally:
            self._is_running = False

    def _taken(self) -> dict[Key, Envelope]:
        """Take some of those waiting, orders first: rights must not wait behind a burst of
        something else."""
        keys = sorted(self._waiting, key=lambda key: self._waiting[key].order is None)
        return {key: self._waiting.pop(key) for key in keys[:AT_ONCE]}
