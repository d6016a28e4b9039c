"""A cache of answers that live for about a second, for reconnect storms: after a restart everyone
comes back at once, and many of them want the same page."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

V = TypeVar("V")


class Recent(Generic[V]):
    """The last `size` answers, each kept for `seconds`. Thread-safe.

    A key has to name the state that its answer was read from (a revision), so that no answer is
    older than its question. Anything that the key doesn't name may be `seconds` old.
    """

    def __init__(self, *, size: int, seconds: float) -> None:
        self.size = size
        self.seconds = seconds
        self._answers: OrderedDict[Hashable, tuple[float, V]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, read: Callable[[], V]) -> V:
        """Return the cached answer, or else what `read` returns. Two threads may call `read` for
        the same key at once."""
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
