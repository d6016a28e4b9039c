"""What one process runs beside its sockets: the hub, presence and the writer."""

import asyncio
import random
from typing import Any, Protocol

from rooms import hub
from rooms.actions import reading
from rooms.db import in_db_thread
from rooms.hub import Hub
from rooms.presence import Presence
from rooms.writer import Writer

FLUSH_SECONDS = 1.0  # for the farewell to leave the process, when it drains


class Socket(Protocol):
    """What a worker says to its sockets."""

    def restart(self, retry_in: float) -> None: ...

    async def flushed(self) -> None: ...


class Worker:
    """One per event loop; `Worker.here()` makes it when a server has no start hook."""

    _here: "Worker | None" = None

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.hub = Hub(
            recover=in_db_thread(reading.missed), positions=in_db_thread(reading.positions)
        )
        self.presence = Presence(self.hub)
        self.writer = Writer()
        self.sockets: set[Socket] = set()
        self.hub.start()

    @classmethod
    def here(cls) -> "Worker":
        if cls._here is None or cls._here.loop is not asyncio.get_running_loop():
            cls._here = cls()
            hub.install(cls._here.hub)
        return cls._here

    async def farewell(self) -> None:
        """Tell everybody when to come back, spread so that they don't come at once, and finish
        what was submitted."""
        spread = 1 + len(self.sockets) / 200
        for socket in tuple(self.sockets):
            socket.restart(round(random.uniform(0.2, spread), 2))  # noqa: S311  jitter, no secret
        await self.writer.stop()
        flushes: list[Any] = [asyncio.ensure_future(socket.flushed()) for socket in self.sockets]
        if flushes:
            await asyncio.wait(flushes, timeout=FLUSH_SECONDS)

    async def stop(self) -> None:
        await self.writer.stop()
        await self.presence.stop()
        await self.hub.stop()
        hub.install(None)
        Worker._here = None


async def start() -> None:
    """The server's hook before the first connection."""
    Worker.here()


async def drain() -> None:
    """The server's hook on SIGTERM, before it closes the sockets with 1012."""
    await Worker.here().farewell()
