"""Group commit: whatever arrived while the last commit ran goes into the next transaction. No
timer, so nothing waits when the site is idle, and a busy one commits hundreds at a time."""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence

from rooms.actions.messages import Draft, post_messages
from rooms.db import Unconfirmed, in_writer_thread
from rooms.errors import ChatError, Unavailable
from rooms.models import Message

logger = logging.getLogger(__name__)

MAX_BATCH = 256  # drafts in one transaction; SQLite holds its one write lock for about 10 ms
FIND_OUT_SECONDS = 5.0  # a database that was restarted answers by then
RETRY_SECONDS = 0.2
MAX_QUEUE = 4096  # drafts waiting; more are refused, so that waiting has an end


class Writer:
    """The one queue of this process's posts, in the order in which they came."""

    def __init__(self) -> None:
        self._queue: deque[tuple[Draft, asyncio.Future[Message]]] = deque()
        self._wanted = asyncio.Event()
        self._stopping = False
        self._task = asyncio.get_running_loop().create_task(self._run())

    def submit(self, draft: Draft) -> asyncio.Future[Message]:
        """A future of the stored message, done once it is committed.

        Its exception is the draft's refusal, or Unconfirmed when nobody can tell whether it was
        stored. Raises Unavailable when the queue is full or the process is stopping.
        """
        if self._stopping or len(self._queue) >= MAX_QUEUE:
            raise Unavailable("The site is too busy to take this message now.", retry_after=1)
        outcome: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._queue.append((draft, outcome))
        self._wanted.set()
        return outcome

    async def stop(self) -> None:
        """Finish what was submitted, then end."""
        self._stopping = True
        self._wanted.set()
        await self._task

    async def _run(self) -> None:
        while self._queue or not self._stopping:
            await self._wanted.wait()
            self._wanted.clear()
            while self._queue:
                size = min(MAX_BATCH, len(self._queue))
                await self._commit([self._queue.popleft() for _ in range(size)])

    async def _commit(self, batch: list[tuple[Draft, asyncio.Future[Message]]]) -> None:
        outcomes: Sequence[Message | ChatError | Unconfirmed]
        drafts = [draft for draft, _ in batch]
        try:
            outcomes = await in_writer_thread(post_messages)(drafts)
        except Unconfirmed as error:
            outcomes = await self._find_out(drafts) or [error] * len(batch)
        except Unavailable as error:
            outcomes = [error] * len(batch)
        except Exception:  # the queue outlives a bug in one batch; its authors are told
            logger.exception("A batch of %d messages failed.", len(batch))
            outcomes = [Unavailable("The message could not be stored.")] * len(batch)
        for (_, future), outcome in zip(batch, outcomes, strict=True):
            if future.done():
                continue  # its socket is gone; the nonce will find the message
            if isinstance(outcome, ChatError | Unconfirmed):
                future.set_exception(outcome)
            else:
                future.set_result(outcome)

    async def _find_out(self, drafts: list[Draft]) -> Sequence[Message | ChatError] | None:
        """Post again, which is harmless: the nonces find what is stored."""
        loop = asyncio.get_running_loop()
        end = loop.time() + FIND_OUT_SECONDS
        while loop.time() < end:
            await asyncio.sleep(RETRY_SECONDS)
            try:
                return await in_writer_thread(post_messages)(drafts, again=True)
            except (Unavailable, Unconfirmed):
                continue
        return None
