"""What reaches the log. A full disk concerns every request at once, and must not be filled by
their tracebacks; what strangers send must neither write lines of its own nor leave secrets there.
"""

import logging
import re
import time

from rooms.db import trouble
from rooms.errors import Unavailable
from rooms.ratelimit import Bucket

QUIET_SECONDS = 60.0
REFUSED_A_MINUTE = 100  # lines: enough to see who tries what, 20 MB a day at most


# What would begin a line, command a terminal, or read in another order than it stands.
_UNSEEN = re.compile(
    "[\x00-\x08\x0a-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
# Whoever reads the log could be whom these belong to: links that let in, cookies, passwords.
_SECRETS = [
    (re.compile(r"(/(?:invite|password/reset/key|email/confirm)/)[-\w:]+"), r"\1…"),
    (
        re.compile(
            r"""((?:token|secret|password\d?|sessionid\w*|csrf\w*)(?:=|['"]:\s?))[^\s&;,)}]+""",
            re.IGNORECASE,
        ),
        r"\1…",
    ),
    (re.compile(r"(://[^\s/@:]*:)[^\s/@]+(?=@)"), r"\1…"),
]


class Line(logging.Formatter):
    """One line for a record. What follows it, a traceback, is set off by a bar, so that no line of
    it can be taken for a record's; control characters are shown by their codes."""

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        for secret, shown in _SECRETS:
            text = secret.sub(shown, text)
        first = super().formatMessage(record).count("\n")
        message, traces = _parted(text, lines=first + 1)
        return "\n".join([_visible(message), *(f"  | {_visible(line)}" for line in traces)])


def _parted(text: str, *, lines: int) -> tuple[str, list[str]]:
    """A message, which may have line ends in it, and the lines that follow."""
    every = text.split("\n")
    return "\n".join(every[:lines]), every[lines:]


def _visible(text: str) -> str:
    return _UNSEEN.sub(lambda found: ascii(found[0])[1:-1], text)


class Refused(logging.Filter):
    """Requests that were refused for what they are: a line at most, and so many lines in a minute,
    since anybody may ask for anything at any rate. A request for another site's host, which is what
    scanners send all day, is no line at all. None of them is an error of this site's."""

    def __init__(self, name: str = "") -> None:
        super().__init__(name)
        self._lines = Bucket(REFUSED_A_MINUTE, 60, REFUSED_A_MINUTE, time.monotonic())
        self._left_out = 0

    def filter(self, record: logging.LogRecord) -> bool:
        if not _is_refusal(record):
            return True
        if record.name == "django.security.DisallowedHost":
            return False
        if self._lines.take(time.monotonic()):
            self._left_out += 1
            return False
        record.exc_info = record.exc_text = None
        record.levelno, record.levelname = logging.WARNING, "WARNING"
        if self._left_out:
            record.msg = f"{record.getMessage()} ({self._left_out} such lines were left out.)"
            record.args, self._left_out = (), 0
        return True


def _is_refusal(record: logging.LogRecord) -> bool:
    status = getattr(record, "status_code", None)
    return record.name.startswith("django.security") or (status is not None and status < 500)


class StorageTrouble(logging.Filter):
    """Lets each kind of trouble with the storage through once a minute, in one line.

    Every other record, a bug's traceback above all, passes as it is.
    """

    def __init__(self, name: str = "") -> None:
        super().__init__(name)
        self._quiet_until: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, Unavailable):
            error = error.__cause__
        reason = trouble(error)
        if reason is None and not _is_a_consequence(record):
            return True
        if not self._is_due(reason or record.name):
            return False
        if reason is not None and error is not None:
            cause = str(error.__cause__ or error).partition("\n")[0]
            record.args = (reason, cause, record.getMessage())
            record.msg = "%s (%s) Said once a minute while it lasts. %s"
            record.exc_info = record.exc_text = None
        return True

    def _is_due(self, kind: str) -> bool:
        now = time.monotonic()
        if now < self._quiet_until.get(kind, now):
            return False
        self._quiet_until[kind] = now + QUIET_SECONDS
        return True


def _is_a_consequence(record: logging.LogRecord) -> bool:
    """A refused page's own line, and what the connection pool says to every attempt."""
    return getattr(record, "status_code", None) == 503 or record.name == "psycopg.pool"
