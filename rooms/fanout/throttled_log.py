"""A log for failures that go on and on, so that they don't fill the disk."""

import logging
import time

PAUSE_SECONDS = 60.0


class ThrottledLog:
    """Writes the first line, then at most one a minute."""

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger
        self._quiet_until = 0.0

    def warn(self, text: str, *what: object, bug: BaseException | None = None) -> None:
        """Log a warning; with `bug`, an error with its traceback."""
        now = time.monotonic()
        if now < self._quiet_until:
            return
        self._quiet_until = now + PAUSE_SECONDS
        level = logging.WARNING if bug is None else logging.ERROR
        self._logger.log(level, text, *what, exc_info=bug)
