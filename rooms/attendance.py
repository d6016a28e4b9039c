"""Who is at the site right now, as far as this process has heard: every process announces its own
people (`rooms/realtime/attendance.py`). Knows no model and no socket; safe from any thread."""

import threading
from collections.abc import Mapping
from enum import IntEnum


class Level(IntEnum):
    """How present somebody is. Of several tabs, and of several processes, the highest counts."""

    OFFLINE = 0
    IDLE = 1  # no tab of theirs had input for ten minutes
    ONLINE = 2
    ACTIVE = 3  # a tab of theirs had input within the last minute


class Register:
    """The level of everyone who is connected to any process. An edge costs the same however many
    people there are: it looks only at the processes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._heard: dict[str, dict[int, Level]] = {}
        self._levels: dict[int, Level] = {}

    def note(self, process: str, levels: Mapping[int, Level]) -> dict[int, Level]:
        """Note what a process says of these people. Returns the former levels of those whose own
        has changed."""
        with self._lock:
            said = self._heard.setdefault(process, {})
            for user_id, level in levels.items():
                if level:
                    said[user_id] = level
                else:
                    said.pop(user_id, None)
            return self._settle(levels)

    def replace(self, process: str, levels: Mapping[int, Level]) -> dict[int, Level]:
        """Do the same with everyone whom a process has."""
        with self._lock:
            before = self._heard.get(process, {})
            self._heard[process] = {one: level for one, level in levels.items() if level}
            return self._settle({**before, **levels})

    def forget(self, process: str) -> dict[int, Level]:
        """Forget a process and, unless they are elsewhere, its people."""
        with self._lock:
            return self._settle(self._heard.pop(process, {}))

    def level(self, user_id: int) -> Level:
        return self._levels.get(user_id, Level.OFFLINE)

    def present(self) -> set[int]:
        """Return everyone who is online or idle."""
        with self._lock:
            return {*self._levels}

    def _settle(self, people: Mapping[int, Level]) -> dict[int, Level]:
        changed: dict[int, Level] = {}
        for user_id in people:
            before = self._levels.get(user_id, Level.OFFLINE)
            said = [one[user_id] for one in self._heard.values() if user_id in one]
            now = max(said, default=Level.OFFLINE)
            if now != before:
                changed[user_id] = before
            if now:
                self._levels[user_id] = now
            else:
                self._levels.pop(user_id, None)
        return changed


_register = Register()


def install(register: Register) -> None:
    """Make this the register of the process."""
    global _register
    _register = register


def level(user_id: int) -> Level:
    """How present somebody is now."""
    return _register.level(user_id)


def present() -> set[int]:
    """Return the ids of everyone who is online or idle now."""
    return _register.present()


def is_active(user_id: int) -> bool:
    """Whether a tab of this person had input within the last minute."""
    return _register.level(user_id) == Level.ACTIVE
