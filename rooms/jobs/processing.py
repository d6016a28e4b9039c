"""Files that were sent are made ready to be served, beside everything else that a process does."""

import asyncio
import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from django.conf import settings
from django.db import transaction

from rooms.actions.files import processing
from rooms.actions.files.processing import Outcome, Process
from rooms.actions.messages import indexing, updates
from rooms.fanout.throttled_log import ThrottledLog
from rooms.files import decoder, scanning
from rooms.jobs.kinds import Attempt, Failed, Later
from rooms.storage.threads import in_change_thread, in_db_thread

T = TypeVar("T")

PLACES = 2  # one is scanned or stored while a picture of the other is decoded
SCANNER_SECONDS = 15.0  # until a scanner that was away is asked again
BUSY_SECONDS = 1.0

_log = ThrottledLog(logging.getLogger(__name__))


async def process(work: Process, attempt: Attempt) -> None:
    """Twice is once: what is ready or refused isn't done again, and a process that dies before the
    row says so leaves all that was sent, from which the next one makes the same."""
    upload = await in_db_thread(processing.waiting)(work.upload)
    if upload is not None:
        outcome = await _renewing(attempt, _beside(lambda: processing.make(upload)))
        await in_change_thread(_settle)(work.upload, outcome)
    await in_change_thread(processing.tidy)(work.upload)


def _settle(upload_id: str, outcome: Outcome) -> None:
    with transaction.atomic():
        shown_by = processing.settle(upload_id, outcome)
        updates.announce(shown_by)
        indexing.changed_files(shown_by)


async def _renewing(attempt: Attempt, making: "asyncio.Future[Outcome]") -> Outcome:
    """Wait for what is being made, for as long as this process has the job."""
    while not making.done():
        await asyncio.wait([making], timeout=settings.JOB_LEASE_SECONDS / 3)
        if not making.done() and not await attempt.renew():
            raise Later(BUSY_SECONDS)
    try:
        return making.result()
    except scanning.Away:
        _log.warn("The virus scanner doesn't answer. Files wait for it.")
        raise Later(SCANNER_SECONDS) from None
    except decoder.Closed:
        raise Later(BUSY_SECONDS) from None
    except OSError as error:
        raise Failed(f"The file couldn't be stored ({type(error).__name__})") from error


def _beside(work: Callable[[], T]) -> "asyncio.Future[T]":
    """Run in a thread for which the end of the process doesn't wait."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def settle(result: Any, error: Exception | None) -> None:
        if future.cancelled():
            return
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)

    def run() -> None:
        result, failure = None, None
        try:
            result = work()
        except Exception as error:  # it is raised where somebody waits
            failure = error
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(settle, result, failure)

    threading.Thread(target=run, name="file", daemon=True).start()
    return future
