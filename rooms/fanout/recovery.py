"""Recovery of what the relay lost: a hole in a group's sequence is read from the database once for
the whole process."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

from rooms.errors import ChatError
from rooms.fanout.envelopes import Connection, Envelope, Frame, Position
from rooms.fanout.tasks import Tasks
from rooms.fanout.throttled_log import ThrottledLog
from rooms.fanout.topics import Topic

logger = logging.getLogger(__name__)

GRACE_SECONDS = 0.03  # an event that was overtaken by the next one usually follows this closely
RETRY_SECONDS = 0.5  # between attempts to read a hole while the storage is unavailable

# The events of a group after a position, oldest first and without a gap; or one event with `jump`.
Recover: TypeAlias = Callable[[str, Position], Awaitable[list[Envelope]]]


class Recovery:
    """Fills the holes in the topics of one process."""

    def __init__(self, topics: Mapping[str, Topic], recover: Recover) -> None:
        self._topics = topics
        self._recover = recover
        self._filling: set[str] = set()
        self._tasks = Tasks(ThrottledLog(logger), "Reading missed events failed.")

    async def stop(self) -> None:
        await self._tasks.stop()

    def look_after(self, group: str) -> None:
        """Fill the group's hole, if it has one."""
        topic = self._topics.get(group)
        if topic is not None and topic.hole and group not in self._filling:
            self._filling.add(group)
            self._tasks.spawn(self._fill(group))

    def catch_up(self, group: str, connection: Connection, told: Position) -> None:
        """Announce to one watcher what the others know already."""
        self._tasks.spawn(self._catch_up(group, connection, told))

    async def _fill(self, group: str) -> None:
        try:
            await asyncio.sleep(GRACE_SECONDS)
            while (topic := self._topics.get(group)) is not None and topic.hole:
                try:
                    missed = await self._recover(group, topic.position)
                except ChatError:
                    await asyncio.sleep(RETRY_SECONDS)
                    continue
                for envelope in missed:
                    topic.receive(envelope)
                if not missed:
                    topic.give_up()
        finally:
            self._filling.discard(group)

    async def _catch_up(self, group: str, connection: Connection, told: Position) -> None:
        topic = self._topics.get(group)
        until = topic.revision if topic else None
        try:
            missed = await self._recover(group, told)
        except ChatError:
            return  # its next welcome has the exact counts
        for envelope in missed:
            is_known = (envelope.revision or 0) <= (until or 0)
            if envelope.aside is not None and (is_known or envelope.jump):
                connection.write(Frame(envelope.aside))
