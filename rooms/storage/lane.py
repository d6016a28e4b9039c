"""A single worker thread for fire-and-forget jobs."""

import logging
import threading
from collections.abc import Callable
from queue import SimpleQueue

logger = logging.getLogger(__name__)

Job = Callable[[], object]


class Lane:
    """Runs jobs one at a time, in order, in a thread that starts with the first of them.

    An executor with one thread would make a future, a lock and a condition for each job, which
    costs more than handing over a post. The thread is a daemon: whoever needs a job to be done
    before the process ends waits for it.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._jobs: SimpleQueue[Job] = SimpleQueue()
        self._starting = threading.Lock()
        self._has_started = False

    def put(self, job: Job) -> None:
        """Queue a job, from any thread."""
        self._jobs.put(job)
        if not self._has_started:
            self._start()

    def wait(self) -> None:
        """Block until every job queued so far is done."""
        done = threading.Event()
        self.put(done.set)
        done.wait()

    def _start(self) -> None:
        with self._starting:
            if not self._has_started:
                threading.Thread(target=self._run, name=self._name, daemon=True).start()
                self._has_started = True

    def _run(self) -> None:
        while True:
            job = self._jobs.get()
            try:
                job()
            except Exception:  # a bug in one job doesn't stop the next
                logger.exception("A job in the thread %s failed.", self._name)
