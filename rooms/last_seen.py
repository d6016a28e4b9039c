"""Which sessions were used lately, written down for all of them at once: neither a page nor a
socket writes a row for it."""

import threading
from collections.abc import Iterable
from contextlib import suppress

from rooms.actions import sessions
from rooms.db import in_change_thread
from rooms.errors import ChatError

WRITE_SECONDS = 300.0  # what the page of sessions calls "now" may be as old

_used: set[str] = set()
_lock = threading.Lock()


def note(session_key: str | None) -> None:
    """This session was used just now. From any thread."""
    if session_key:
        with _lock:
            _used.add(session_key)


async def write(connected: Iterable[str]) -> None:
    """Write down those noted since the last time, and those with a socket."""
    with _lock:
        used = {*_used, *connected}
        _used.clear()
    if used:
        with suppress(ChatError):  # the storage is away; the next time says it again
            await in_change_thread(sessions.note_use)(used)
