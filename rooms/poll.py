"""The slow look at the database, which finds what never arrived: whatever the channel layer loses,
an open room receives a change within two seconds."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple, Protocol, TypeAlias

from rooms.complaints import Complaints
from rooms.envelopes import Envelope, Position
from rooms.errors import ChatError
from rooms.notices import Notices

logger = logging.getLogger(__name__)

POLL_SECONDS = 1.0
NOTICES_READ = 500  # at once


class Kept(NamedTuple):
    """Ids of notices, lowest first, and the lowest of all that are kept."""

    ids: list[int]
    oldest: int


# Where each group is now.
Positions: TypeAlias = Callable[[list[str]], Awaitable[dict[str, Position]]]
# The ids of the notices after one (None: only the last few); and the notices of ids.
NoticeIds: TypeAlias = Callable[[int | None], Awaitable[Kept]]
NoticesOf: TypeAlias = Callable[[list[int]], Awaitable[list[Envelope]]]


class Asking(Protocol):
    """Whom a poll asks for."""

    notices: Notices

    def told(self) -> Mapping[str, int]:
        """The groups to ask about, with the revision up to which each was delivered."""

    def locate(self, group: str, position: Position) -> None:
        """It is there in the database."""

    def tell_late(self, envelope: Envelope) -> None:
        """It was in the database, and may have been overtaken."""

    def come_back(self) -> None:
        """Notices were deleted that this process never read: nobody knows what it was told."""

    def begin_anew(self) -> None:
        """Somebody put a backup in the place of the database: what is known is of the future."""


class Poll:
    """Asks for one hub until it is cancelled."""

    def __init__(
        self, *, positions: Positions, notice_ids: NoticeIds, notices_of: NoticesOf
    ) -> None:
        self.positions = positions
        self._notice_ids = notice_ids
        self._notices_of = notices_of
        self.begun = asyncio.Event()  # what is committed from then on is heard of
        self._complaints = Complaints(logger)

    async def run(self, hub: Asking) -> None:
        while True:
            try:
                await self._look_for_notices(hub)
                await self._look_for_changes(hub)
            except ChatError:
                pass  # the storage is away; the next poll finds what this one would have
            except Exception as bug:  # one that stops the poll would make the process deaf
                self._complaints.warn("The poll failed.", bug=bug)
            await asyncio.sleep(POLL_SECONDS)

    async def _look_for_notices(self, hub: Asking) -> None:
        notices = hub.notices
        settled = notices.settled
        kept = await self._notice_ids(settled)
        now = asyncio.get_running_loop().time()
        if settled is None:
            notices.begin(kept.ids, now)
            self.begun.set()
            return
        if kept.ids and notices.has_missed(kept.oldest):
            hub.come_back()
            return  # the next one begins anew
        # All of them: what takes a right away must not wait behind a burst of something else.
        unseen = notices.unseen(kept.ids)
        for start in range(0, len(unseen), NOTICES_READ):
            for envelope in await self._notices_of(unseen[start : start + NOTICES_READ]):
                hub.tell_late(envelope)
        notices.settle(now)

    async def _look_for_changes(self, hub: Asking) -> None:
        told = hub.told()
        if not told:
            return
        for group, position in (await self.positions([*told])).items():
            if position.revision < told[group]:
                hub.begin_anew()
                return
            hub.locate(group, position)
