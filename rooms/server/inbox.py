"""The queue between one socket and the application, which bounds how far the peer gets ahead."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any


class Inbox:
    """Messages that the application has not received yet. Pauses reading while it is full.

    Not an `asyncio.Queue`, because that can't slow the peer down.
    """

    def __init__(self, size: int, *, pause: Callable[[], None], resume: Callable[[], None]) -> None:
        self.size = size
        self.is_paused = False
        self._pause = pause
        self._resume = resume
        self._messages: deque[dict[str, Any]] = deque()
        self._waiter: asyncio.Future[None] | None = None

    @property
    def is_full(self) -> bool:
        return len(self._messages) >= self.size

    def put_nowait(self, message: dict[str, Any]) -> None:
        self._messages.append(message)
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
        if self.is_full and not self.is_paused:
            self.is_paused = True
            self._pause()

    async def get(self) -> dict[str, Any]:
        while not self._messages:
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        message = self._messages.popleft()
        # Half empty, not one below full: reading stops and resumes per batch, not per frame.
        if self.is_paused and len(self._messages) <= self.size // 2:
            self.is_paused = False
            self._resume()
        return message
