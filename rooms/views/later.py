"""A response that comes once something has happened, without a thread that waits for it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

RETRY_SECONDS = 5


class Later(HttpResponse):
    """The server awaits `until`, and makes the same request once more. This is what it answers if
    it can't wait, or has waited already."""

    def __init__(self, until: Callable[[], Awaitable[None]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, status=503, headers={"Retry-After": str(RETRY_SECONDS)}, **kwargs)
        self.until = until


def has_waited(request: HttpRequest) -> bool:
    """Whether this is the second time."""
    return bool(getattr(request, "scope", {}).get("waited"))


_watched: dict[str, asyncio.Task[None]] = {}


async def watch(
    key: str, is_over: Callable[[], Awaitable[bool]], *, seconds: float, pause: float
) -> None:
    """Ask until the answer is yes, for so long at most. All requests that wait for the same `key`
    ask together."""
    task = _watched.get(key)
    if task is None:
        task = _watched[key] = asyncio.create_task(_poll(is_over, seconds, pause))
        task.add_done_callback(lambda _: _watched.pop(key, None))
    await asyncio.shield(task)


async def _poll(is_over: Callable[[], Awaitable[bool]], seconds: float, pause: float) -> None:
    for _look in range(round(seconds / pause)):
        if await is_over():
            return
        await asyncio.sleep(pause)
