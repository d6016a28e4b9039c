"""What trouble with the storage leaves of the log."""

import logging
import sys

import pytest
from django.db import IntegrityError, OperationalError

from chatsite.logs import StorageTrouble
from rooms.errors import Unavailable


def record_of(error: Exception | None, message: str = "A page failed.") -> logging.LogRecord:
    exc_info = None
    if error is not None:
        try:
            raise error
        except type(error):
            exc_info = sys.exc_info()
    return logging.LogRecord("django.request", logging.ERROR, "", 0, message, (), exc_info)


def test_trouble_is_one_line_with_its_cause_and_said_once() -> None:
    quiet = StorageTrouble()
    first = record_of(OperationalError("no route to host"))
    assert quiet.filter(first)
    assert first.exc_info is None
    assert first.getMessage() == (
        "The database does not answer. (no route to host) "
        "Said once a minute while it lasts. A page failed."
    )
    assert not quiet.filter(record_of(OperationalError("no route to host")))


def test_a_minute_later_it_is_said_again(monkeypatch: pytest.MonkeyPatch) -> None:
    quiet = StorageTrouble()
    now = 100.0
    monkeypatch.setattr("chatsite.logs.time.monotonic", lambda: now)
    assert quiet.filter(record_of(OperationalError("away")))
    now = 159.0
    assert not quiet.filter(record_of(OperationalError("away")))
    now = 161.0
    assert quiet.filter(record_of(OperationalError("away")))


def test_a_refusal_counts_as_what_caused_it() -> None:
    refusal = Unavailable("Busy.")
    refusal.__cause__ = OperationalError("away")
    quiet = StorageTrouble()
    assert quiet.filter(record_of(refusal))
    assert not quiet.filter(record_of(OperationalError("away")))


@pytest.mark.parametrize("error", [IntegrityError("not unique"), RuntimeError("a bug"), None])
def test_a_bug_keeps_every_traceback(error: Exception | None) -> None:
    quiet = StorageTrouble()
    for _ in range(3):
        record = record_of(error)
        assert quiet.filter(record)
        assert bool(record.exc_info) == bool(error)
