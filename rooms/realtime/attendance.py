"""The people at the site: each process announces its own people, as presence in a room does
(`presence.py`), and all of them keep the same register (`rooms/attendance.py`). Never touches the
ORM, and nothing of it is stored."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from rooms.attendance import Level, Register
from rooms.fanout.envelopes import Connection, Envelope
from rooms.fanout.hub import Hub

GROUP = "attendance"
LEAVE_SECONDS = 4.0  # a page that is loaded again is back sooner, even over a slow line
GATHER_SECONDS = 0.1  # within it, all edges become one report
SNAPSHOT_SECONDS = 10.0
ENDED_SECONDS = 8.0  # for the people of a process that is stopping to reach another one
FORGET_SECONDS = 35.0  # after three missed snapshots, as in rooms

Levels = dict[int, Level]


class Report(msgspec.Struct, array_like=True, frozen=True, kw_only=True):
    """What one process says of its own people. A `whole` report is a snapshot: anyone
    who isn't in it is gone. `number` counts a process's reports, so that a lost one is noticed;
    `asks` names a process that should send a snapshot. `ended` marks the last one."""

    process: str
    number: int = 0
    levels: Levels = {}
    whole: bool = False
    asks: str = ""
    ended: bool = False


class Attendance:
    """The people of this process, by tab, and what it hears of the others. `changed` is called with
    the former levels of those whose level is another one now. Belongs to the loop of its hub."""

    def __init__(
        self, hub: Hub, register: Register, changed: Callable[[Mapping[int, Level]], None]
    ) -> None:
        self.register = register
        self._hub = hub
        self._id = hub.relay.id
        self._changed = changed
        self._loop = asyncio.get_running_loop()
        self._tabs: dict[int, dict[Connection, Level]] = {}
        self._lingering: dict[int, asyncio.TimerHandle] = {}  # whose last tab has closed
        self._mine: Levels = {}
        self._seen: set[int] = set()  # who wasn't idle since somebody asked
        self._heard_at: dict[str, float] = {}
        self._numbers: dict[str, int] = {}
        self._number = 0
        self._unsaid: set[int] = set()
        self._everything_due = False
        hub.listen(GROUP, self._hear)
        hub.relay.returned.append(self._say_everything_soon)
        self._task = self._loop.create_task(self._gossip())

    def arrive(self, tab: Connection, level: Level) -> None:
        """Note that a tab is here, or that it has another level."""
        self._tabs.setdefault(tab.user_id, {})[tab] = level
        self._settle(tab.user_id)

    def depart(self, tab: Connection) -> None:
        """Note that a tab has closed. Unless another one opens soon, the person is offline then."""
        tabs = self._tabs.get(tab.user_id, {})
        if tabs.pop(tab, None) is None:
            return
        if tabs:
            self._settle(tab.user_id)
            return
        del self._tabs[tab.user_id]
        # Nobody is at the keyboard of a page that is gone.
        self._set(tab.user_id, min(self._mine[tab.user_id], Level.ONLINE))
        leave = self._loop.call_later(LEAVE_SECONDS, self._left, tab.user_id)
        self._lingering[tab.user_id] = leave

    def taken(self) -> set[int]:
        """Return those of this process's people who weren't idle since the last time."""
        seen = self._seen
        self._seen = {user_id for user_id, level in self._mine.items() if level > Level.IDLE}
        return seen

    async def stop(self) -> None:
        """Stop, and tell the other processes."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        for leave in self._lingering.values():
            leave.cancel()
        self.end()

    def end(self) -> None:
        """Tell the other processes that our people are leaving."""
        self._say(ended=True)

    def _settle(self, user_id: int) -> None:
        leave = self._lingering.pop(user_id, None)
        if leave is not None:
            leave.cancel()
        self._set(user_id, max(self._tabs[user_id].values()))

    def _left(self, user_id: int) -> None:
        self._lingering.pop(user_id, None)
        self._set(user_id, Level.OFFLINE)

    def _set(self, user_id: int, level: Level) -> None:
        if self._mine.get(user_id, Level.OFFLINE) == level:
            return
        if level > Level.IDLE:
            self._seen.add(user_id)
        if level:
            self._mine[user_id] = level
        else:
            self._mine.pop(user_id, None)
        if not self._unsaid:
            self._loop.call_later(GATHER_SECONDS, self._say_edges)
        self._unsaid.add(user_id)
        self._note(self.register.note(self._id, {user_id: level}))

    def _note(self, before: Mapping[int, Level]) -> None:
        if before:
            self._changed(before)

    # -- gossip between processes --

    def _say(self, **what: Any) -> None:
        self._number += 1
        report = Report(process=self._id, number=self._number, **what)
        order = {"report": msgspec.msgpack.encode(report)}
        self._hub.publish([Envelope(group=GROUP, order=order)])

    def _say_edges(self) -> None:
        said, self._unsaid = self._unsaid, set()
        if said:
            self._say(levels={one: self._mine.get(one, Level.OFFLINE) for one in said})

    def _say_everything(self) -> None:
        self._everything_due = False
        self._unsaid.clear()
        self._say(levels=self._mine, whole=True)

    def _say_everything_soon(self) -> None:
        """Send one snapshot for all who ask at the same moment."""
        if not self._everything_due:
            self._everything_due = True
            self._loop.call_later(GATHER_SECONDS, self._say_everything)

    async def _gossip(self) -> None:
        while True:
            await asyncio.sleep(SNAPSHOT_SECONDS)
            self._say_everything()
            silent = self._loop.time() - FORGET_SECONDS
            for process in [one for one, at in self._heard_at.items() if at < silent]:
                self._forget(process)

    def _hear(self, heard: Envelope) -> None:
        report = _parse(heard.order)
        if report is None:
            return
        process = report.process
        if report.ended:
            self._loop.call_later(ENDED_SECONDS, self._forget, process)
            return
        if report.asks == self._id or process not in self._heard_at:
            self._say_everything_soon()  # it has missed something, or is new
        if report.number != self._numbers.get(process, 0) + 1 and not report.whole:
            self._say(asks=process)
        self._numbers[process], self._heard_at[process] = report.number, self._loop.time()
        note = self.register.replace if report.whole else self.register.note
        self._note(note(process, report.levels))

    def _forget(self, process: str) -> None:
        self._heard_at.pop(process, None)
        self._numbers.pop(process, None)
        self._note(self.register.forget(process))


def _parse(order: dict[str, Any] | None) -> Report | None:
    """Decode the report in an order. Returns None if it is malformed."""
    try:
        return msgspec.msgpack.decode((order or {})["report"], type=Report)
    except (KeyError, TypeError, msgspec.MsgspecError):
        return None
