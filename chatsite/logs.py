"""Log filters and the log format.

A storage failure hits every request at once, and mustn't fill the disk with tracebacks. What
strangers send mustn't forge log lines, and secrets mustn't end up in the log.
"""

import logging
import re
import time

from rooms.errors import Unavailable
from rooms.ratelimit import Bucket
from rooms.storage.failures import trouble

QUIET_SECONDS = 60.0
REFUSED_A_MINUTE = 100  # log lines: enough to see who tries what, at most 20 MB a day

# Characters that start a new line, control a terminal, or change the reading order.
_UNSEEN = re.compile(
    "[\x00-\x08\x0a-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
# Secrets that would let a reader of the log in: links, cookies, passwords.
_SECRETS = [
    (re.compile(r"(/(?:invite|unsubscribe|password/reset/key|email/confirm)/)[-\w:]+"), r"\1…"),
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
    """One line per record. The lines of a traceback are marked with a bar, so that none can pass
    for a record; control characters are shown by their codes."""

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        for secret, shown in _SECRETS:
            text = secret.sub(shown, text)
        first = super().formatMessage(record).count("\n")
        message, traces = _parted(text, lines=first + 1)
        return "\n".join([_visible(message), *(f"  | {_visible(line)}" for line in traces)])


def _parted(text: str, *, lines: int) -> tuple[str, list[str]]:
    """Split off the message, which may contain line breaks, from the lines after it."""
    every = text.split("\n")
    return "\n".join(every[:lines]), every[lines:]


def _visible(text: str) -> str:
    return _UNSEEN.sub(lambda found: ascii(found[0])[1:-1], text)


class Refused(logging.Filter):
    """Limits what refused requests log: one line each, as a warning, and only so many a minute,
    since anyone can send any number of them. Requests for another site's host, which scanners send
    all day, aren't logged at all."""

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
    """Logs each kind of storage failure once a minute, in one line.

    All other records, such as tracebacks of bugs, pass unchanged.
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
            record.msg = "%s (%s) Logged once a minute while it lasts. %s"
            record.exc_info = record.exc_text = None
        return True

    def _is_due(self, kind: str) -> bool:
        now = time.monotonic()
        if now < self._quiet_until.get(kind, now):
            return False
        self._quiet_until[kind] = now + QUIET_SECONDS
        return True


def _is_a_consequence(record: logging.LogRecord) -> bool:
    """Whether it is only a consequence: the line of a 503 page, or of the connection pool."""
    return getattr(record, "status_code", None) == 503 or record.name == "psycopg.pool"
