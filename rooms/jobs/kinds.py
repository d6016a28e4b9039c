"""What a kind of job is: what it is told, what does it, and how much of it at once."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import msgspec

from rooms.queries.jobs import Work

W = TypeVar("W", bound=Work)


class Later(Exception):
    """Raised by a handler that couldn't do anything yet, such as when a service asked for a pause.
    It is called again, and this was no attempt."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class Next(Exception):
    """Raised by a handler that has done some steps of many: it is called again at once."""


class Failed(Exception):
    """Raised by a handler for a failure that is no bug, such as a service that is away. It is tried
    again like after any other; `error` is shown to the site's staff, as that of `Hopeless` is."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


class Hopeless(Exception):
    """Raised by a handler when trying again is no use. `error` is shown to the site's staff: a word
    of ours, nothing that somebody else chose."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call of a handler. `renew` keeps the job for another lease, and returns False if another
    process has it by now."""

    job: int  # the same for all attempts: what a service can recognise a repetition by
    number: int  # from 1
    renew: Callable[[], Awaitable[bool]] = field(compare=False)


@dataclass(frozen=True, slots=True)
class Kind(Generic[W]):
    """A kind of job. A slow service holds up nobody else: each kind has a number of places in each
    process, and one of these takes `share` jobs at a time, more than one where each is done in far
    less than a second. A job that keeps failing is tried for `attempts` times, about two days with
    twelve.

    There is always one job of a kind with `every`. It is done again after that many seconds, and
    never given up.

    If there is much to do of a kind that is `apart`, another process does it, since its handler
    takes milliseconds of Python at a time.
    """

    work: type[W]
    handler: Callable[[W, Attempt], Awaitable[None]]
    places: int = 4
    share: int = 1
    attempts: int = 12
    every: float | None = None
    apart: bool = False

    @property
    def name(self) -> str:
        return self.work.kind

    def read(self, arguments: str) -> list[W]:
        """Raises msgspec.ValidationError for what this version can't read."""
        return msgspec.json.decode(arguments, type=list[self.work])  # type: ignore[name-defined]


def pause_after(attempts: int) -> float:
    """Seconds to wait after this many failures: 5, 20, 80 … up to six hours."""
    return float(min(5 * 4 ** (attempts - 1), 6 * 3600))
