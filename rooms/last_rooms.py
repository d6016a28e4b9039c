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

    def remember(self, user_id: int, room_id: int) -> None:
        """`/` leads this person to this room from now on, or from a second later."""
        self._rooms[user_id] = room_id
        if self._writing is None:
            self._writing = asyncio.get_running_loop().create_task(self._write_soon())

    async def stop(self) -> None:
        """Write what is left."""
        if self._writing is not None:
            self._writing.cancel()
            await asyncio.gather(self._writing, return_exceptions=True)
        await self._write()

    async def _write_soon(self) -> None:
        await asyncio.sleep(PAUSE_SECONDS)
        self._writing = None
        await self._write()

    async def _write(self) -> None:
        rooms, self._rooms = self._rooms, {}
        if rooms:
            with suppress(ChatError):  # the storage is away; where `/` leads is worth no more
                await in_change_thread(profiles.remember_rooms)(rooms)
