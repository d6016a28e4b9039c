"""The room that each person opened last, stored in batches: nobody waits for it, and a thousand
people who reconnect together cost one statement."""

import asyncio
from contextlib import suppress

from rooms.actions.accounts import profiles
from rooms.errors import ChatError
from rooms.storage.threads import in_change_thread

PAUSE_SECONDS = 1.0  # by then, a page that is loaded finds it


class LastRooms:
    """The last rooms of one process that aren't stored yet."""

    def __init__(self) -> None:
        self._rooms: dict[int, int] = {}
        self._writing: asyncio.Task[None] | None = None
        self._ending = asyncio.Event()

    def remember(self, user_id: int, room_id: int) -> None:
        """Make `/` lead this person to this room, about a second from now."""
        self._rooms[user_id] = room_id
        if self._writing is None:
            self._writing = asyncio.get_running_loop().create_task(self._write_all())

    async def stop(self) -> None:
        """Store what is left at once."""
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
        with suppress(ChatError):  # the storage is unavailable; this isn't worth a retry
            await in_change_thread(profiles.remember_rooms)(rooms)
