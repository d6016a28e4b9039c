"""What one process runs beside its sockets: the hub, presence, the writer, the sweep and the
chores."""

import asyncio
import logging
import random
from typing import Any, Protocol

from rooms import hub, last_seen
from rooms.actions import accounts, installation, notices, polling, renewing
from rooms.actions.pages import recent_pages
from rooms.chores import Chores
from rooms.complaints import Complaints
from rooms.db import in_change_thread, in_db_thread
from rooms.errors import ChatError
from rooms.hub import Hub
from rooms.last_rooms import LastRooms
from rooms.notices import Retention
from rooms.presence import Presence
from rooms.rerendering import Rerendering
from rooms.tasks import Tasks
from rooms.writer import Writer

logger = logging.getLogger(__name__)

LAST_WORDS_SECONDS = 0.1  # for what was on its way here when everybody is told
FLUSH_SECONDS = 1.0  # for the farewell and the last rooms to leave the process, when it drains
# Arrivals that may wait for a database thread at a time. A restart brings everybody back at once;
# who is here already must not wait behind a thousand who come.
ARRIVALS = 8
CHECK_SECONDS = 0.5  # between attempts while the storage is away
SWEEP_SECONDS = 20.0  # a session that expires tells nobody: it is looked for


class Socket(Protocol):
    """What a worker says to its sockets."""

    session_key: str
    user_id: int

    def obey(self, order: dict[str, Any]) -> None: ...

    def restart(self, retry_in: float) -> None: ...

    async def flushed(self) -> None: ...


class Worker:
    """One per event loop; `Worker.here()` makes it when a server has no start hook."""

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
        self.writer = Writer(self.hub.deliver)
        self.last_rooms = LastRooms()
        self.sockets: set[Socket] = set()
        self.arrivals = asyncio.Semaphore(ARRIVALS)
        self.hub.restored.append(self._restored)
        self.hub.missed.append(self._missed)
        # Pages are kept for a moment; those with somebody's former name no longer.
        self.hub.spread.append(lambda _told: recent_pages.clear())
        self._retention = Retention()
        self._checked: list[tuple[Socket, dict[str, Any]]] = []
        self._tasks = Tasks(Complaints(logger), "Checking a session failed.")
        self.hub.start()
        self._sweeper = self.loop.create_task(self._sweep())
        self._chores = self.loop.create_task(Chores().run())
        self._rerendering = self.loop.create_task(Rerendering().run())
        self._seen_at = self.loop.time()

    @classmethod
    def here(cls) -> "Worker":
        if cls._here is None or cls._here.loop is not asyncio.get_running_loop():
            cls._here = cls()
            hub.install(cls._here.hub)
        return cls._here

    async def farewell(self) -> None:
        """Tell everybody when to come back, spread so that they don't come at once, and finish
        what was submitted."""
        count = len(self.sockets)
        for socket in tuple(self.sockets):
            socket.restart(comes_back_in(count))
        self.presence.end()
        await asyncio.sleep(LAST_WORDS_SECONDS)
        await self.writer.stop()
        last = [self.last_rooms.stop(), *(socket.flushed() for socket in self.sockets)]
        await asyncio.wait([*map(asyncio.ensure_future, last)], timeout=FLUSH_SECONDS)

    async def sweep(self) -> None:
        """Close the sockets of sessions that have expired, or were deleted behind our back; and
        remove what nobody needs any more."""
        await self._end_expired()
        await in_change_thread(notices.prune_notices)(self._retention, self.loop.time())
        await in_change_thread(accounts.prune_sessions)()
        if self.loop.time() - self._seen_at >= last_seen.WRITE_SECONDS:
            self._seen_at = self.loop.time()
            await last_seen.write({socket.session_key for socket in self.sockets})

    async def _end_expired(self) -> None:
        sockets = tuple(self.sockets)
        ended = await in_db_thread(accounts.expired)(
            [(socket.session_key, socket.user_id) for socket in sockets]
        )
        for socket in sockets if ended else ():
            if (farewell := ended.get(socket.session_key)) is not None:
                socket.obey(farewell.order())

    def check(self, socket: Socket, order: dict[str, Any]) -> None:
        """Carry out an order that came late: only if the socket has no right to be here by now."""
        if not self._checked:
            self._tasks.spawn(self._check())
        self._checked.append((socket, order))

    async def _check(self) -> None:
        while some := self._checked:
            self._checked = []
            sessions = {(socket.session_key, socket.user_id) for socket, _ in some}
            try:
                dismissed = await in_db_thread(accounts.dismissed)(sessions)
            except ChatError:
                await asyncio.sleep(CHECK_SECONDS)
                self._checked = some + self._checked
                continue
            for socket, order in some:
                if socket.session_key in dismissed:
                    socket.obey(order)

    def _restored(self) -> None:
        """Everybody comes back, and finds another epoch."""
        logger.warning("The database is older than what was delivered: a backup was restored.")
        self._renewal = self.loop.create_task(self._renew())

    async def _renew(self) -> None:
        try:
            await in_change_thread(installation.renew_epoch)()
        except ChatError:
            return  # the next poll notices again
        self._missed()

    def _missed(self) -> None:
        """Everybody comes back: what they believe may be wrong."""
        for socket in tuple(self.sockets):
            socket.obey({"op": "end", "code": accounts.RECONNECT, "reason": ""})

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            try:
                await self.sweep()
            except ChatError:
                continue  # the storage is away
            except Exception:  # the sweep outlives a bug in one round
                logger.exception("The sweep failed.")

    async def stop(self) -> None:
        own = (self._sweeper, self._chores, self._rerendering)
        for task in own:
            task.cancel()
        await asyncio.gather(*own, return_exceptions=True)
        await self.writer.stop()
        await self.last_rooms.stop()
        await self.presence.stop()
        await self._tasks.stop()
        await self.hub.stop()
        hub.install(None)
        Worker._here = None


def comes_back_in(sockets: int) -> float:
    """Seconds until one of so many comes back: together they are 200 a second."""
    return round(random.uniform(0.2, 1 + sockets / 200), 2)  # noqa: S311  jitter, no secret


async def start() -> None:
    """The server's hook before the first connection."""
    Worker.here()


async def drain() -> None:
    """The server's hook on SIGTERM, before it closes the sockets with 1012."""
    await Worker.here().farewell()
