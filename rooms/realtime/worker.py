"""Everything that a process runs beside its sockets: the hub, presence, the writer, the sweep and
background jobs."""

import asyncio
import logging
import random
from contextlib import suppress
from typing import Any, Protocol

from django.conf import settings

from rooms import attendance
from rooms.actions.accounts import handshake, sessions
from rooms.actions.messages.history import recent_pages
from rooms.actions.site import installation, notices, polling, renewing
from rooms.errors import ChatError
from rooms.fanout import hub
from rooms.fanout.hub import Hub
from rooms.fanout.notices import Retention
from rooms.fanout.tasks import Tasks
from rooms.fanout.throttled_log import ThrottledLog
from rooms.jobs import last_seen
from rooms.jobs.indexing import Indexer
from rooms.jobs.last_rooms import LastRooms
from rooms.jobs.previews import Fetcher
from rooms.jobs.process import JobProcess
from rooms.jobs.pushing import Sender
from rooms.jobs.runner import Runner
from rooms.jobs.table import KINDS
from rooms.queries import site
from rooms.realtime.attendance import Attendance
from rooms.realtime.presence import Presence
from rooms.realtime.teller import Teller
from rooms.realtime.watching import Watching
from rooms.realtime.writer import Writer
from rooms.storage.threads import in_change_thread, in_db_thread

logger = logging.getLogger(__name__)

LAST_FRAMES_SECONDS = 0.1  # for frames in flight to arrive once everyone is told
FLUSH_SECONDS = 1.0  # for the last frames and the last rooms to be written when it drains
# Handshakes and room pages that may use database threads at the same time. After a restart everyone
# comes back at once, and people who are back already must not wait behind a thousand others.
PAGE_SLOTS = 8
CHECK_SECONDS = 0.5  # between attempts while the storage is unavailable
SWEEP_SECONDS = 20.0  # nothing announces that a session has expired, so we look


class Socket(Protocol):
    """A socket, as the worker sees it."""

    session_key: str
    user_id: int

    def obey(self, order: dict[str, Any]) -> None: ...

    def restart(self, retry_in: float) -> None: ...

    async def flushed(self) -> None: ...


class Worker:
    """One per event loop. `Worker.here()` creates it on servers without a start hook."""

    _here: "Worker | None" = None

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.hub = Hub(
            recover=in_db_thread(polling.missed),
            positions=in_db_thread(polling.positions),
            notice_ids=in_db_thread(notices.notice_ids),
            notices_of=in_db_thread(notices.notices),
            renew=in_db_thread(renewing.renewed),
        )
        self.presence = Presence(self.hub)
        register = attendance.Register()
        attendance.install(register)
        self.watching = Watching(register)
        self.attendance = Attendance(self.hub, register, self.watching.moved)
        self.hub.spread.append(self.watching.hear)
        self.writer = Writer(self.hub.deliver)
        self.last_rooms = LastRooms()
        self.sockets: set[Socket] = set()
        self.teller = Teller(self.hub, lambda: {one.user_id for one in self.sockets})
        self.page_slots = asyncio.Semaphore(PAGE_SLOTS)
        self.hub.restored.append(self._restored)
        self.hub.missed.append(self._missed)
        # Cached pages may contain someone's former name.
        self.hub.spread.append(lambda _told: recent_pages.clear())
        self._retention = Retention()
        self._checked: list[tuple[Socket, dict[str, Any]]] = []
        self._tasks = Tasks(ThrottledLog(logger), "Checking a session failed.")
        self.hub.start()
        self._sweeper = self.loop.create_task(self._sweep())
        process = JobProcess() if settings.JOBS_APART else None
        self.jobs = Runner(self.hub, KINDS, process=process)
        self.jobs.start()
        self.indexer = Indexer()
        self.indexer.start()
        self._seen_at = self.loop.time()

    @classmethod
    def here(cls) -> "Worker":
        if cls._here is None or cls._here.loop is not asyncio.get_running_loop():
            cls._here = cls()
            hub.install(cls._here.hub)
        return cls._here

    async def drain(self) -> None:
        """Tell everyone when to reconnect, spread over time, and finish what was submitted."""
        count = len(self.sockets)
        for socket in tuple(self.sockets):
            socket.restart(comes_back_in(count))
        self.presence.end()
        self.attendance.end()
        await asyncio.sleep(LAST_FRAMES_SECONDS)
        await self.writer.stop()
        flushed = [socket.flushed() for socket in self.sockets]
        last = [self.jobs.stop(), self.indexer.stop(), self.last_rooms.stop(), *flushed]
        await asyncio.wait([*map(asyncio.ensure_future, last)], timeout=FLUSH_SECONDS)

    async def sweep(self) -> None:
        """Close the sockets of sessions that have expired or were deleted behind our back, and
        delete old notices and sessions."""
        await self._end_expired()
        await in_change_thread(notices.prune_notices)(self._retention, self.loop.time())
        await in_change_thread(sessions.prune_sessions)()
        if self.loop.time() - self._seen_at >= last_seen.WRITE_SECONDS:
            self._seen_at = self.loop.time()
            await last_seen.write({socket.session_key for socket in self.sockets})
            await last_seen.write_people(self.attendance.taken())

    async def _end_expired(self) -> None:
        sockets = tuple(self.sockets)
        ended = await in_db_thread(handshake.expired)(
            [(socket.session_key, socket.user_id) for socket in sockets]
        )
        for socket in sockets if ended else ():
            if (farewell := ended.get(socket.session_key)) is not None:
                socket.obey(farewell.order())

    def check(self, socket: Socket, order: dict[str, Any]) -> None:
        """Carry out a late order to close a socket, unless its session is valid by now."""
        if not self._checked:
            self._tasks.spawn(self._check())
        self._checked.append((socket, order))

    async def _check(self) -> None:
        while some := self._checked:
            self._checked = []
            asked = {(socket.session_key, socket.user_id) for socket, _ in some}
            try:
                dismissed = await in_db_thread(handshake.dismissed)(asked)
            except ChatError:
                await asyncio.sleep(CHECK_SECONDS)
                self._checked = some + self._checked
                continue
            for socket, order in some:
                if socket.session_key in dismissed:
                    socket.obey(order)

    def _restored(self) -> None:
        """Start a new epoch and make everyone reconnect."""
        logger.warning("The database is older than what was delivered: a backup was restored.")
        self._renewal = self.loop.create_task(self._renew())

    async def _renew(self) -> None:
        try:
            await in_change_thread(installation.renew_epoch)()
        except ChatError:
            return  # the next poll will notice it again
        self._missed()

    def _missed(self) -> None:
        """Make everyone reconnect: what their pages show may be wrong."""
        for socket in tuple(self.sockets):
            socket.obey({"op": "end", "code": sessions.RECONNECT, "reason": ""})

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            try:
                await self.sweep()
            except ChatError:
                continue  # the storage is unavailable
            except Exception:  # a bug in one round must not end the sweep
                logger.exception("The sweep failed.")

    async def stop(self) -> None:
        self._sweeper.cancel()
        await asyncio.gather(self._sweeper, return_exceptions=True)
        await self.jobs.stop()
        await self.indexer.stop()
        await Sender.close()
        await Fetcher.close()
        await self.writer.stop()
        await self.last_rooms.stop()
        await self.presence.stop()
        await self.attendance.stop()
        await self.teller.stop()
        self.watching.stop()
        await self._tasks.stop()
        await self.hub.stop()
        hub.install(None)
        Worker._here = None


def comes_back_in(sockets: int) -> float:
    """Seconds until one of this many sockets reconnects: together they make 200 a second."""
    return round(random.uniform(0.2, 1 + sockets / 200), 2)  # noqa: S311  jitter, not a secret


async def start() -> None:
    """The server's hook before the first connection."""
    Worker.here()
    with suppress(ChatError):  # the storage is unavailable; pages read it again
        await in_db_thread(site.current)()


async def drain() -> None:
    """The server's hook on SIGTERM, before it closes the sockets with 1012."""
    await Worker.here().drain()
