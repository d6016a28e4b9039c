"""Group commit: whatever arrived while the last commit ran goes into the next transaction. No
timer, so nothing waits when the site is idle, and a busy one commits hundreds at a time."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TypeAlias, TypeVar

from django.utils.translation import gettext_lazy as _

from rooms.actions.posts import Draft, Posted, post_messages
from rooms.db import Unconfirmed, guarded, to_writer_thread
from rooms.envelopes import Envelope
from rooms.errors import ChatError, Unavailable
from rooms.hub import gathering

logger = logging.getLogger(__name__)

MAX_BATCH = 256  # drafts in one transaction; SQLite holds its one write lock for about 10 ms
FIND_OUT_SECONDS = 5.0  # a database that was restarted answers by then
RETRY_SECONDS = 0.2
MAX_QUEUE = 4096  # drafts waiting; more are refused, so that waiting has an end

# Unconfirmed when nobody can tell whether it was stored.
Outcome: TypeAlias = Posted | ChatError | Unconfirmed
Told = Callable[[Outcome], None]
T = TypeVar("T")
Batch = list[tuple[Draft, Told]]


class Writer:
    """The one queue of this process's posts, in the order in which they came."""

    def __init__(self, deliver: Callable[[Iterable[Envelope]], None]) -> None:
        self._deliver = deliver
        self._loop = asyncio.get_running_loop()
        self._queue: deque[tuple[Draft, Told]] = deque()
        self._idle = asyncio.Event()
        self._idle.set()
        self._stopping = False

    def submit(self, draft: Draft, told: Told) -> None:
        """Call `told` once it is committed, or refused.

        Raises Unavailable when the queue is full or the process is stopping.
        """
        if self._stopping or len(self._queue) >= MAX_QUEUE:
            raise Unavailable(_("The site is too busy to take this message now."), retry_after=1)
        self._queue.append((draft, told))
        if self._idle.is_set():
            self._idle.clear()
            self._begin_soon()

    async def stop(self) -> None:
        """Finish what was submitted, then end."""
        self._stopping = True
        await self._idle.wait()

    # In the loop

    def _begin_soon(self) -> None:
        # Not at once: the other drafts of this turn go with it. And what the last batch has to say
        # leaves before the next one wants the processor.
        self._loop.call_soon(self._begin)

    def _begin(self) -> None:
        size = min(MAX_BATCH, len(self._queue))
        batch = [self._queue.popleft() for _ in range(size)]
        to_writer_thread(partial(self._commit, batch))

    def _settle(
        self, batch: Batch, outcomes: Sequence[Outcome], envelopes: Sequence[Envelope]
    ) -> None:
        """Events and answers in one turn, so that an author's are one write."""
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
        except Exception:  # a bug in one answer is nothing to the others
            logger.exception("Telling what became of a post failed.")

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
        except Exception:  # the queue outlives a bug in one batch; its authors are told
            logger.exception("A batch of %d messages failed.", len(drafts))
            return [Unavailable(_("The message could not be stored."))] * len(drafts)

    @staticmethod
    def _find_out(drafts: list[Draft]) -> Sequence[Outcome] | None:
        """Post again, which is harmless: the nonces find what is stored."""
        end = time.monotonic() + FIND_OUT_SECONDS
        while time.monotonic() < end:
            time.sleep(RETRY_SECONDS)
            try:
                return guarded(post_messages, drafts, again=True)
            except (Unavailable, Unconfirmed):
                continue
        return None
