"""A thread that does one work after the other, for who wants no answer."""

import logging
import threading
from collections.abc import Callable
from queue import SimpleQueue

logger = logging.getLogger(__name__)

Work = Callable[[], object]


class Lane:
    """An executor of one thread makes a future, a lock and a condition for each work: more than it
    takes to hand over a post. The thread begins with the first work and ends with the process; who
    wants a work to be done by then waits for it."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._works: SimpleQueue[Work] = SimpleQueue()
        self._beginning = threading.Lock()
        self._has_begun = False

    def put(self, work: Work) -> None:
        """Do it when all that was put before is done. From any thread."""
        self._works.put(work)
        if not self._has_begun:
            self._begin()

    def wait(self) -> None:
        """Until all that was put before is done."""
        done = threading.Event()
        self.put(done.set)
        done.wait()

    def _begin(self) -> None:
        with self._beginning:
            if not self._has_begun:
                threading.Thread(target=self._run, name=self._name, daemon=True).start()
                self._has_begun = True

    def _run(self) -> None:
        while True:
            work = self._works.get()
            try:
                work()
            except Exception:  # a bug in one work is nothing to the next
                logger.exception("A work of the thread %s failed.", self._name)
