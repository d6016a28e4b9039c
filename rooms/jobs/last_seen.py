"""When each session was last used, and each person was last here, stored for all of them together,
so that neither pages nor sockets write a row for it."""

import threading
from collections.abc import Collection, Iterable
from contextlib import suppress

from rooms.actions.accounts import profiles, sessions
from rooms.errors import ChatError
from rooms.storage.threads import in_change_thread

WRITE_SECONDS = 300.0  # how old "now" on the sessions page may be

_used: set[str] = set()
_lock = threading.Lock()


def note(session_key: str | None) -> None:
    """Note that this session was used just now. From any thread."""
    if session_key:
        with _lock:
            _used.add(session_key)


async def write(connected: Iterable[str]) -> None:
    """Store the sessions noted since the last time, and those with a socket."""
    with _lock:
        used = {*_used, *connected}
        _used.clear()
    if used:
        with suppress(ChatError):  # the storage is unavailable; this isn't worth a retry
            await in_change_thread(sessions.note_use)(used)


async def write_people(seen: Collection[int]) -> None:
    """Store that these people were here since the last time."""
    if seen:
        with suppress(ChatError):
            await in_change_thread(profiles.note_seen)(seen)
