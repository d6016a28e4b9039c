"""Pushes are sent: sealed for each browser, a few at a time to each push service.

A service that is slow, or that this process doesn't know yet, gets one job at a time, and all of
these together get a part of the places: whoever names an address that never answers makes nobody
else wait.
"""

import asyncio
import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from email.utils import parsedate_to_datetime
from enum import Enum, auto

from django.conf import settings

from rooms.actions.notifications import pushing, testing
from rooms.actions.notifications.pushing import Push, Sending
from rooms.actions.notifications.testing import PushTest
from rooms.errors import ChatError
from rooms.fanout.tasks import Tasks
from rooms.fanout.throttled_log import ThrottledLog
from rooms.jobs.kinds import Attempt, Hopeless, Later, pause_after
from rooms.outgoing import Answer, Client, Refused, Unreachable, sealing
from rooms.storage.threads import in_change_thread, in_db_thread

PLACES = 12  # of jobs, in each process
DOUBTFUL = 6  # of them, for services that are slow or unknown
AT_ONCE = 32  # pushes to one service
SECONDS = 10.0  # for one push
QUICK = 2.0  # seconds within which a service answers that isn't slow
TRIES = 6  # of one push
SOON = 0.3  # seconds until a job is tried again that has no place
PAUSE = 30.0  # when a service asks for one, and doesn't say how long
MOST_PAUSE = 3600.0
NOTE_SECONDS = 2.0  # until it is noted whom pushes reached
FIRST_FAILURE = 5.0  # seconds without pushes after a failure, doubled with each

logger = logging.getLogger(__name__)


class Outcome(Enum):
    SENT = auto()
    GONE = auto()  # no such browser, now or ever
    REFUSED = auto()  # this push, for good
    FAILED = auto()  # worth another try
    POSTPONED = auto()  # the service wants a pause


class Service:
    """A push service, as this process knows it."""

    def __init__(self) -> None:
        self.jobs = 0
        self.is_doubtful = True  # until it has answered in time
        self.length = sealing.LENGTH
        self.slots = asyncio.Semaphore(AT_ONCE)
        self._failures = 0
        self._pause_until = 0.0

    @property
    def pause(self) -> float:
        """Seconds until it may be asked again."""
        return max(0.0, self._pause_until - time.monotonic())

    def rest(self, seconds: float) -> None:
        self._pause_until = max(self._pause_until, time.monotonic() + min(seconds, MOST_PAUSE))

    def answered(self, seconds: float) -> None:
        self.is_doubtful = seconds > QUICK
        self._failures = 0

    def failed(self) -> None:
        """Ask it less and less. Of the pushes that fail together, the first counts."""
        self.is_doubtful = True
        if not self.pause:
            self.rest(FIRST_FAILURE * 2**self._failures)
            self._failures = min(self._failures + 1, 6)


class Sender:
    """What one process knows of push services, and its way to them. It belongs to the loop it was
    made in."""

    _here: "Sender | None" = None

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self._client = Client(allow=settings.OUTGOING_ALLOW, connections=PLACES * AT_ONCE)
        self._services: dict[str, Service] = {}
        self._doubtful = 0
        self.writing = asyncio.Semaphore(1)
        self._reached: list[int] = []
        self._log = ThrottledLog(logger)
        self._tasks = Tasks(self._log, "Noting whom pushes reached failed.")

    @classmethod
    def here(cls) -> "Sender":
        if cls._here is None or cls._here.loop is not asyncio.get_running_loop():
            cls._here = cls()
        return cls._here

    @classmethod
    async def close(cls) -> None:
        here, cls._here = cls._here, None
        if here is not None and here.loop is asyncio.get_running_loop():
            await here._tasks.stop()
            await here._note()
            await here._client.close()

    @contextmanager
    def place(self, origin: str) -> Iterator[Service]:
        """A place for a job that sends to this service. Raises Later if there is none."""
        service = self._services.setdefault(origin, Service())
        if service.pause:
            raise Later(service.pause)
        is_doubtful = service.is_doubtful
        if is_doubtful and (service.jobs or self._doubtful >= DOUBTFUL):
            raise Later(SOON)
        service.jobs += 1
        self._doubtful += is_doubtful
        try:
            yield service
        finally:
            service.jobs -= 1
            self._doubtful -= is_doubtful

    def reached(self, subscriptions: Sequence[int]) -> None:
        """Note that these browsers get what is sent to them: soon, with others, since each note is
        a transaction that posts wait for."""
        if subscriptions and not self._reached:
            self._tasks.spawn(self._note_later())
        self._reached += subscriptions

    async def _note_later(self) -> None:
        await asyncio.sleep(NOTE_SECONDS)
        await self._note()

    async def _note(self) -> None:
        reached, self._reached = self._reached, []
        if reached:
            with suppress(ChatError):  # the next push of that day is as good
                await in_change_thread(pushing.settle)(reached, [])

    async def send(self, sending: Sending, service: Service) -> tuple[Outcome, int]:
        """Send one push. Returns what the service answered, too; 0 if it didn't."""
        async with service.slots:
            if service.pause:
                return Outcome.POSTPONED, 0
            began = time.monotonic()
            try:
                answer = await self._post(sending, service.length)
                if answer.status == 413 and service.length > sealing.SHORTER:
                    service.length = sealing.SHORTER
                    answer = await self._post(sending, service.length)
            except (Refused, ValueError):
                return Outcome.GONE, 0
            except Unreachable:
                service.failed()
                return Outcome.FAILED, 0
            service.answered(time.monotonic() - began)
            return self._outcome(answer, service), answer.status

    async def _post(self, sending: Sending, length: int) -> Answer:
        sealed = sealing.seal(sending.text, sending.p256dh, sending.auth, length=length)
        return await self._client.post(sending.endpoint, sealed, sending.headers, seconds=SECONDS)

    def _outcome(self, answer: Answer, service: Service) -> Outcome:
        if answer.status < 300:
            return Outcome.SENT
        if answer.status in {404, 410}:
            return Outcome.GONE
        if answer.status in {429, 503}:
            service.rest(_seconds(answer.headers.get("retry-after", "")))
            return Outcome.POSTPONED
        if answer.status >= 500:
            service.failed()
            return Outcome.FAILED
        self._log.warn("A push service refused a push with %d.", answer.status)
        return Outcome.REFUSED


async def push(work: Push, attempt: Attempt) -> None:
    """Twice may be twice, if a process dies between sending and saying so: then the second has the
    topic of the first, and replaces it at the service or, by its tag, in the browser."""
    sender = Sender.here()
    with sender.place(work.service) as service:
        async with sender.writing:
            sendings = await in_db_thread(pushing.sendings)(work)
        sent = await asyncio.gather(*(sender.send(sending, service) for sending in sendings))
    ids: dict[Outcome, list[int]] = {outcome: [] for outcome in Outcome}
    reached = []
    for sending, (outcome, _status) in zip(sendings, sent, strict=True):
        ids[outcome].append(sending.subscription)
        if outcome is Outcome.SENT and sending.is_first:
            reached.append(sending.subscription)
    sender.reached(reached)
    if gone := ids[Outcome.GONE]:
        await in_change_thread(pushing.settle)([], gone)
    if postponed := ids[Outcome.POSTPONED]:
        delay = max(service.pause, SOON)
        await in_change_thread(pushing.again)(work, postponed, delay=delay, failed=False)
    if failed := ids[Outcome.FAILED]:
        if work.tries + 1 >= TRIES:
            raise Hopeless("The push service doesn't answer")
        delay = pause_after(work.tries + 1)
        await in_change_thread(pushing.again)(work, failed, delay=delay, failed=True)


async def test(work: PushTest, attempt: Attempt) -> None:
    """Twice shows one notification, by its tag."""
    found = await in_db_thread(testing.sending)(work)
    if found is None:
        return
    origin, sending = found
    sender = Sender.here()
    try:
        with sender.place(origin) as service:
            outcome, status = await sender.send(sending, service)
    except Later:
        outcome, status = Outcome.POSTPONED, 0
    if outcome is Outcome.GONE:
        await in_change_thread(pushing.settle)([], [sending.subscription])
    await in_change_thread(testing.note)(work.mark, outcome.name.lower(), status)


def _seconds(retry_after: str) -> float:
    """Read the header: seconds, or a date."""
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after[:6])
    try:
        return max(0.0, parsedate_to_datetime(retry_after).timestamp() - time.time())
    except (ValueError, OverflowError):
        return PAUSE
