"""Which room everybody opened last, written down for many at a time: nobody waits for it, and a
thousand who come back together cost one statement."""

import asyncio
from contextlib import suppress

from rooms.actions import profiles
from rooms.db import in_change_thread
from rooms.errors import ChatError

PAUSE_SECONDS = 1.0  # a page that is loaded later than this finds it


class LastRooms:
    """Those of one process that aren't written yet."""

    def __init__(self) -> None:
        self._rooms: dict[int, int] = {}
        self._writing: asyncio.Task[None] | None = None
        self._ending = asyncio.Event()

    def remember(self, user_id: int, room_id: int) -> None:
        """`/` leads this person to this room from a second later on."""
        self._rooms[user_id] = room_id
        if self._writing is None:
            self._writing = asyncio.get_running_loop().create_task(self._write_all())

    async def stop(self) -> None:
        """Write what is left, at once."""
        self._ending.set()
        if self._writing is not None:
            await self._writing

    async def _write_all(self) -> None:
        try:
            while self._rooms:
                with suppress(TimeoutError):
                    async with asyncio.timeout(PAUSE_SECONDS):
                        await self._ending.wait()
                await self._write()
        finally:
            self._writing = None

    async def _write(self) -> None:
        rooms, self._rooms = self._rooms, {}
        with suppress(ChatError):  # the storage is away; where `/` leads is worth no more
            await in_change_thread(profiles.remember_rooms)(rooms)
