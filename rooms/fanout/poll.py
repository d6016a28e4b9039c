"""A slow poll of the database, which finds what never arrived: whatever the channel layer loses,
an open room receives a change within two seconds."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple, Protocol, TypeAlias

from rooms.errors import ChatError
from rooms.fanout.envelopes import Envelope, Position
from rooms.fanout.notices import Notices
from rooms.fanout.throttled_log import ThrottledLog

logger = logging.getLogger(__name__)

POLL_SECONDS = 1.0
NOTICES_READ = 500  # in one query


class Kept(NamedTuple):
    """Ids of notices in ascending order, and the lowest id that is stored at all."""

    ids: list[int]
    oldest: int


# The current position of each group.
Positions: TypeAlias = Callable[[list[str]], Awaitable[dict[str, Position]]]
# The ids of the notices after one (None: only the last few), and the notices with given ids.
NoticeIds: TypeAlias = Callable[[int | None], Awaitable[Kept]]
NoticesOf: TypeAlias = Callable[[list[int]], Awaitable[list[Envelope]]]


class Polled(Protocol):
    """The hub, as the poll sees it."""

    @property
    def notices(self) -> Notices:
        """Which notices the hub has acted on."""

    def told(self) -> Mapping[str, int]:
        """The groups to ask about, with the revision that each was delivered up to."""

    def locate(self, group: str, position: Position) -> None:
        """The group has reached this position in the database."""

    def tell_late(self, envelope: Envelope) -> None:
        """Deliver what was found in the database, and may have been overtaken."""

    def notices_lost(self) -> None:
        """Notices were deleted before this process read them, so what it knows may be wrong."""

    def database_restored(self) -> None:
        """The database was replaced by a backup: what this process knows lies in its future."""


class Poll:
    """Polls for one hub until it is cancelled."""

    def __init__(
        self, *, positions: Positions, notice_ids: NoticeIds, notices_of: NoticesOf
    ) -> None:
        self.positions = positions
        self._notice_ids = notice_ids
        self._notices_of = notices_of
        self.begun = asyncio.Event()  # from then on, every commit is heard of
        self._log = ThrottledLog(logger)

    async def run(self, hub: Polled) -> None:
        while True:
            try:
                await self._look_for_notices(hub)
                await self._look_for_changes(hub)
            except ChatError:
                pass  # the storage is unavailable; the next poll finds what this one would have
            except Exception as bug:  # a process whose poll has ended would miss things silently
                self._log.warn("The poll failed.", bug=bug)
            await asyncio.sleep(POLL_SECONDS)

    async def _look_for_notices(self, hub: Polled) -> None:
        notices = hub.notices
        settled = notices.settled
        kept = await self._notice_ids(settled)
        now = asyncio.get_running_loop().time()
        if settled is None:
            notices.begin(kept.ids, now)
            self.begun.set()
            return
        if kept.ids and notices.has_missed(kept.oldest):
            hub.notices_lost()
            return  # the next poll starts over
        # All of them: the loss of a right must not wait behind a burst of something else.
        unseen = notices.unseen(kept.ids)
        for start in range(0, len(unseen), NOTICES_READ):
            for envelope in await self._notices_of(unseen[start : start + NOTICES_READ]):
                hub.tell_late(envelope)
        notices.settle(now)

    async def _look_for_changes(self, hub: Polled) -> None:
        told = hub.told()
        if not told:
            return
        for group, position in (await self.positions([*told])).items():
            if position.revision < told[group]:
                hub.database_restored()
                return
            hub.locate(group, position)
