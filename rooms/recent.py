"""What was read a moment ago, for the next who asks the same: a restart brings everybody back at
once, and they all want the same page."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

V = TypeVar("V")


class Recent(Generic[V]):
    """The last `size` answers, each for `seconds`. From any thread.

    A key must name the state that the answer was read from (a revision), so that no answer is
    ever older than its question; what it doesn't name may be `seconds` old.
    """

    def __init__(self, *, size: int, seconds: float) -> None:
        self.size = size
        self.seconds = seconds
        self._answers: OrderedDict[Hashable, tuple[float, V]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, read: Callable[[], V]) -> V:
        """The answer that is there, or what `read` returns, which may run twice at once."""
        now = time.monotonic()
        with self._lock:
            at, answer = self._answers.get(key, (0.0, None))
        if answer is not None and now - at < self.seconds:
            return answer
        answer = read()
        with self._lock:
            self._answers[key] = now, answer
            self._answers.move_to_end(key)
            while len(self._answers) > self.size:
                self._answers.popitem(last=False)
        return answer

    def clear(self) -> None:
        with self._lock:
            self._answers.clear()
