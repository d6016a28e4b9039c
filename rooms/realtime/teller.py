"""Tells the people of this process what concerns them, when a job or an operation says so to all
processes. In turns: what arrives during one is answered together in the next."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Set
from typing import Any

import msgspec

from rooms.actions.notifications import orders, telling
from rooms.actions.notifications.orders import Order
from rooms.errors import ChatError
from rooms.fanout.envelopes import Frame
from rooms.fanout.hub import Hub
from rooms.fanout.tasks import Tasks
from rooms.fanout.throttled_log import ThrottledLog
from rooms.storage.threads import in_db_thread

logger = logging.getLogger(__name__)

RETRY_SECONDS = 0.5  # while the storage is unavailable
RETURN_SECONDS = 2.0  # after the relay is back, until everybody is told again: it may flutter
MOST = 1000  # orders that wait; older ones are dropped, since all of them are hints
AT_ONCE = 200  # frames before others get a turn


class Teller:
    """The one of this process: a connection of the hub, but nobody's."""

    user_id = 0
    mine: set[str] = set()

    def __init__(self, hub: Hub, connected: Callable[[], Set[int]]) -> None:
        self._hub = hub
        self._connected = connected
        self._orders: deque[Order] = deque(maxlen=MOST)
        self._is_running = False
        self._again: asyncio.TimerHandle | None = None
        self._tasks = Tasks(ThrottledLog(logger), "Telling people failed.")
        hub.subscribe(orders.GROUP, self)
        hub.relay.returned.append(self._returned)

    async def stop(self) -> None:
        if self._again is not None:
            self._again.cancel()
        await self._tasks.stop()

    def obey(self, order: dict[str, Any], notice: int | None = None) -> None:
        try:
            self._begin(msgspec.convert(order, Order))
        except msgspec.ValidationError:
            return  # another version's

    def _returned(self) -> None:
        """Have everybody told again: of what the relay lost, nothing else says so."""
        if self._again is not None:
            self._again.cancel()
        loop = asyncio.get_running_loop()
        self._again = loop.call_later(RETURN_SECONDS, self._begin, Order(lost=True))

    def _begin(self, order: Order) -> None:
        self._orders.append(order)
        if not self._is_running:
            self._is_running = True
            self._tasks.spawn(self._run())

    def write(self, frame: Frame) -> None:
        """Nothing is written to this group."""

    send = write

    async def _run(self) -> None:
        try:
            while self._orders:
                await self._answer()
        finally:
            self._is_running = False

    async def _answer(self) -> None:
        asked = [*self._orders]
        self._orders.clear()
        try:
            found = await in_db_thread(telling.heard)(asked, self._connected())
        except ChatError:
            self._orders.extendleft(reversed(asked))
            await asyncio.sleep(RETRY_SECONDS)
            return
        for at, one in enumerate(found, 1):
            self._hub.tell_here(one)
            if at % AT_ONCE == 0:
                await asyncio.sleep(0)
