"""Runs jobs: in every process, a few of each kind at a time.

A runner is woken by the hub when something in its process queues a job, and looks by itself every
few seconds for what others left: jobs for later, failed ones, and those of a process that died. A
job that isn't finished when its lease ends is due again.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

import msgspec
from django.conf import settings

from rooms.errors import ChatError
from rooms.fanout.envelopes import Frame
from rooms.fanout.hub import Hub
from rooms.fanout.tasks import Tasks
from rooms.fanout.throttled_log import ThrottledLog
from rooms.jobs.kinds import Attempt, Failed, Hopeless, Kind, Later, Next, pause_after
from rooms.jobs.process import JobProcess
from rooms.queries import jobs
from rooms.queries.jobs import Claimed, Rest
from rooms.storage.threads import in_change_thread, in_db_thread

logger = logging.getLogger(__name__)

LOOK_SECONDS = 5.0  # between looks at what is due, when nothing wakes the runner
ROUND_SECONDS = 0.1  # between rounds, so that what is queued in between shares their transactions
PLACES_APART = 2  # of a kind that another process does if there is more
FIRST_SECONDS = 60.0  # before the first job of a kind that there is always one of


class Runner:
    """The jobs of one process. It belongs to the loop that it was created in."""

    user_id = 0  # a connection of the hub, but nobody's
    mine: set[str] = set()

    def __init__(
        self,
        hub: Hub,
        kinds: Iterable[Kind[Any]],
        *,
        process: JobProcess | None = None,
        settle_seconds: float = 0,
    ) -> None:
        """What is apart and too much for this process is left to the `process`, if there is one.
        That a job is done may be noted `settle_seconds` later, together with others."""
        self._hub = hub
        self._process = process
        self._settle_seconds = settle_seconds
        self._kinds = {kind.name: kind for kind in kinds}
        self._places = {kind.name: kind.places for kind in self._kinds.values()}
        self._apart: set[str] = set()
        if process is not None:
            process.ended = self.look
            self._apart = {name for name, kind in self._kinds.items() if kind.apart}
            self._places.update(dict.fromkeys(self._apart, PLACES_APART))
        self._running = dict.fromkeys(self._kinds, 0)
        self._due: set[str] = set()  # kinds that may have a job that is due
        self._waiting: set[str] = set()  # kinds that had more jobs due than places
        self._woken = asyncio.Event()
        self._done: list[Claimed] = []  # finished, and not deleted yet
        self._held: set[Claimed] = set()
        self._round_at = 0.0  # when the next round may begin
        self._log = ThrottledLog(logger)
        self._tasks = Tasks(self._log, "A job's task failed.")

    async def _run(self) -> None:
        self._hub.subscribe(jobs.GROUP, self)
        loop = asyncio.get_running_loop()
        look_at = self._round_at = loop.time()
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(look_at):
                    await self._woken.wait()
            await asyncio.sleep(self._round_at - loop.time())
            self._round_at = loop.time() + ROUND_SECONDS
            self._woken.clear()
            try:
                if loop.time() >= look_at:
                    look_at = loop.time() + LOOK_SECONDS
                    look_at = loop.time() + await self._look()
                await self._turn()
            except ChatError:
                pass  # the storage is unavailable; leases end by themselves
            except Exception as bug:
                self._log.warn("Looking for jobs failed.", bug=bug)

    def start(self) -> None:
        self._rounds = asyncio.get_running_loop().create_task(self._run())

    async def finish(self, seconds: float) -> None:
        """Begin nothing more, and stop when what runs has ended, or after so many seconds."""
        self._rounds.cancel()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._tasks.wait()
        await self.stop()

    async def stop(self) -> None:
        """Stop what runs; another process, or the next start, takes it from the beginning."""
        self._rounds.cancel()
        await asyncio.gather(self._rounds, return_exceptions=True)
        self._hub.leave(jobs.GROUP, self)
        await self._tasks.stop()
        self._due.clear()
        with suppress(ChatError):
            await self._turn()
        for job in [*self._held]:
            await self._try(jobs.postpone, job)
        if self._process is not None:  # the last, since it may take a second
            await self._process.stop()

    @property
    def is_idle(self) -> bool:
        """Whether it knows of nothing to do."""
        return not (self._held or self._done or self._due)

    def look(self) -> None:
        """Look at once for what others queued."""
        self._due |= {*self._kinds}
        self._woken.set()

    # -- a connection of the hub --

    def obey(self, order: dict[str, Any], notice: int | None = None) -> None:
        self._remind(str(order.get("kind")), float(order.get("in", 0)))

    def write(self, frame: Frame) -> None: ...

    def send(self, frame: Frame) -> None: ...

    def _remind(self, kind: str, seconds: float) -> None:
        """Look at this kind then, unless the usual look comes sooner."""
        if 0 < seconds < LOOK_SECONDS:
            asyncio.get_running_loop().call_later(
                seconds + ROUND_SECONDS / 2, self._remind, kind, 0
            )
        elif seconds <= 0:
            self._due.add(kind)
            self._woken.set()

    # -- one round --

    async def _look(self) -> float:
        """Note which kinds have jobs that are due; return the seconds until the next look."""
        waits = await in_db_thread(jobs.due_in)([*self._kinds])
        for kind in self._kinds.values():
            if kind.every is not None and kind.name not in waits:
                await in_change_thread(jobs.ensure)(kind.work(), delay=FIRST_SECONDS)
        self._due.update(kind for kind, seconds in waits.items() if seconds <= 0)
        later = [seconds for seconds in waits.values() if seconds > 0]
        return min([LOOK_SECONDS, *later])

    async def _turn(self) -> None:
        """Delete what is done, and begin what is due: in one transaction, as each costs a flush."""
        self._leave_to_process()
        done, self._done = self._done, []
        due, self._due = self._due & {*self._kinds}, set()
        free = {name: self._places[name] - self._running[name] for name in due}
        most = {name: free[name] * self._kinds[name].share for name in due if free[name] > 0}
        taken: dict[str, list[Claimed]] = {}
        waits: dict[str, float] = {}
        if done or most:
            lease = settings.JOB_LEASE_SECONDS
            try:
                taken, waits = await in_change_thread(jobs.turn)(done, most, seconds=lease)
            except ChatError:
                self._done += done
                self._due |= due
                raise
        for name in due:
            claimed = taken.get(name, [])
            self._held.update(claimed)
            for place in range(min(free[name], len(claimed))):
                self._running[name] += 1
                self._tasks.spawn(self._occupy(self._kinds[name], claimed[place :: free[name]]))
            if len(claimed) < most.get(name, 0):
                self._waiting.discard(name)
            elif name in self._apart and self._process is not None:
                self._process.wake()
            else:
                self._waiting.add(name)
        for name, seconds in waits.items():
            self._remind(name, seconds)

    def _leave_to_process(self) -> None:
        """Have the process, if it runs, do what is apart."""
        if self._process is not None and self._process.runs and (apart := self._due & self._apart):
            self._due -= apart
            self._process.wake()

    async def _occupy(self, kind: Kind[Any], claimed: list[Claimed]) -> None:
        """Do jobs in one of the kind's places, and look for the next ones."""
        try:
            for job in claimed:
                await self._do(kind, job)
                self._held.discard(job)
        finally:
            self._running[kind.name] -= 1
            if kind.name in self._waiting:
                self._due.add(kind.name)
            if self._due:
                self._woken.set()

    async def _do(self, kind: Kind[Any], job: Claimed) -> None:
        async def renew() -> bool:
            lease = settings.JOB_LEASE_SECONDS
            return await in_change_thread(jobs.renew)(job, seconds=lease)

        try:
            if job.attempts > kind.attempts and kind.every is None:
                raise Hopeless("It never ended")  # every process that began it died
            works = kind.read(job.arguments)
            attempt = Attempt(job.id, job.attempts, renew)
            if len(works) > 1:
                await self._do_all(kind, job, works, attempt)
            else:
                await kind.handler(works[0], attempt)
        except Next:
            await self._try(jobs.go_on, job, delay=0)
            self._due.add(kind.name)
        except Later as later:
            await self._try(jobs.postpone, job, delay=later.seconds)
            self._remind(kind.name, later.seconds)
        except Hopeless as reason:
            await self._try(jobs.give_up, job, error=reason.error)
        except Exception as error:  # whatever a handler raises concerns its job alone
            await self._failed(kind, job, error)
        else:
            await self._succeeded(kind, job)

    async def _do_all(
        self, kind: Kind[Any], job: Claimed, works: list[Any], attempt: Attempt
    ) -> None:
        """Do much work, one after the other. What isn't done becomes jobs of its own."""
        left: list[Rest] = []
        for work in works:
            try:
                await kind.handler(work, attempt)
            except Next:
                left.append(Rest(work, delay=0))
            except Later as later:
                left.append(Rest(work, delay=later.seconds))
            except Exception as error:  # whatever a handler raises concerns its work alone
                self._note(kind, error)
                left.append(Rest(work, delay=pause_after(1), failures=1))
        if left:
            await in_change_thread(jobs.split)(job, left)

    async def _succeeded(self, kind: Kind[Any], job: Claimed) -> None:
        if kind.every is not None:
            await self._try(jobs.go_on, job, delay=kind.every)
        else:
            self._done.append(job)
            if len(self._done) == 1:
                asyncio.get_running_loop().call_later(self._settle_seconds, self._woken.set)

    async def _failed(self, kind: Kind[Any], job: Claimed, error: Exception) -> None:
        name = error.error if isinstance(error, Failed) else type(error).__name__
        self._note(kind, error)
        is_last = job.attempts >= kind.attempts or isinstance(error, msgspec.MsgspecError)
        if is_last and kind.every is None:
            await self._try(jobs.give_up, job, error=name)
        else:
            await self._try(jobs.retry, job, delay=pause_after(job.attempts), error=name)

    def _note(self, kind: Kind[Any], error: Exception) -> None:
        if not isinstance(error, ChatError | Failed | Later | Next | Hopeless):
            self._log.warn("A job of the kind %s failed.", kind.name, bug=error)

    async def _try(self, operation: Callable[..., None], *args: Any, **options: Any) -> None:
        """Write what becomes of a job. While the storage is away nothing does: then its lease ends,
        and it is due again."""
        with suppress(ChatError):
            await in_change_thread(operation)(*args, **options)
