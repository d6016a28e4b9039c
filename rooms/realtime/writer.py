"""Group commit: everything submitted during one commit goes into the next transaction. There is no
timer, so nothing waits on an idle site, and a busy one commits hundreds of messages at a time."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TypeAlias, TypeVar

from django.utils.translation import gettext_lazy as _

from rooms.actions.messages.posts import Draft, Posted, post_messages
from rooms.errors import ChatError, Unavailable
from rooms.fanout.envelopes import Envelope
from rooms.fanout.gathering import gathering
from rooms.storage.threads import Unconfirmed, guarded, to_writer_thread

logger = logging.getLogger(__name__)

MAX_BATCH = 256  # drafts in one transaction; holds SQLite's one write lock for about 10 ms
FIND_OUT_SECONDS = 5.0  # a database that restarts is back by then
RETRY_SECONDS = 0.2
MAX_QUEUE = 4096  # drafts waiting; more are refused, which bounds the wait

# Unconfirmed if there is no way to tell whether the message was stored.
Outcome: TypeAlias = Posted | ChatError | Unconfirmed
Told = Callable[[Outcome], None]
T = TypeVar("T")
Batch = list[tuple[Draft, Told]]


class Writer:
    """The queue of this process's posts, in the order in which they were submitted."""

    def __init__(self, deliver: Callable[[Iterable[Envelope]], None]) -> None:
        self._deliver = deliver
        self._loop = asyncio.get_running_loop()
        self._queue: deque[tuple[Draft, Told]] = deque()
        self._idle = asyncio.Event()
        self._idle.set()
        self._stopping = False

    def submit(self, draft: Draft, told: Told) -> None:
        """Post a message and call `told` once it is committed or refused.

        Raises Unavailable if the queue is full or the process is stopping.
        """
        if self._stopping or len(self._queue) >= MAX_QUEUE:
            raise Unavailable(
                _("The site is too busy to accept this message right now."), retry_after=1
            )
        self._queue.append((draft, told))
        if self._idle.is_set():
            self._idle.clear()
            self._begin_soon()

    async def stop(self) -> None:
        """Finish what was submitted."""
        self._stopping = True
        await self._idle.wait()

    # In the loop

    def _begin_soon(self) -> None:
        # Not at once, so that the other drafts of this turn join it, and the events and replies of
        # the last batch leave before the next one needs the processor.
        self._loop.call_soon(self._begin)

    def _begin(self) -> None:
        size = min(MAX_BATCH, len(self._queue))
        batch = [self._queue.popleft() for _ in range(size)]
        to_writer_thread(partial(self._commit, batch))

    def _settle(
        self, batch: Batch, outcomes: Sequence[Outcome], envelopes: Sequence[Envelope]
    ) -> None:
        """Send events and replies in one turn, so that each author gets them in one write."""
        self._tell(self._deliver, envelopes)
        for (_draft, told), outcome in zip(batch, outcomes, strict=True):
            self._tell(told, outcome)
        if self._queue:
            self._begin_soon()
        else:
            self._idle.set()

    @staticmethod
    def _tell(tell: Callable[[T], None], what: T) -> None:
        try:
            tell(what)
        except Exception:  # a bug in one must not affect the others
            logger.exception("Sending the outcome of a post failed.")

    # In the writer's thread

    def _commit(self, batch: Batch) -> None:
        with gathering() as envelopes:
            outcomes = self._outcomes([draft for draft, _ in batch])
        self._loop.call_soon_threadsafe(self._settle, batch, outcomes, envelopes)

    def _outcomes(self, drafts: list[Draft]) -> Sequence[Outcome]:
        try:
            return guarded(post_messages, drafts)
        except Unconfirmed as error:
            return self._find_out(drafts) or [error] * len(drafts)
        except Unavailable as error:
            return [error] * len(drafts)
        except Exception:  # a bug in one batch must not end the queue; its authors are told
            logger.exception("A batch of %d messages failed.", len(drafts))
            return [Unavailable(_("The message could not be stored."))] * len(drafts)

    @staticmethod
    def _find_out(drafts: list[Draft]) -> Sequence[Outcome] | None:
        """Post again, which is harmless: the nonces find what was stored."""
        end = time.monotonic() + FIND_OUT_SECONDS
        while time.monotonic() < end:
            time.sleep(RETRY_SECONDS)
            try:
                return guarded(post_messages, drafts, again=True)
            except (Unavailable, Unconfirmed):
                continue
        return None
