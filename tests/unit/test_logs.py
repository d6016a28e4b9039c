"""The log's records of storage trouble, bugs and hostile input."""

import logging
import sys

import pytest
from django.db import IntegrityError, OperationalError

from chatsite.logs import REFUSED_A_MINUTE, Line, Refused, StorageTrouble
from rooms.errors import Unavailable


def record_of(error: Exception | None, message: str = "A page failed.") -> logging.LogRecord:
    exc_info = None
    if error is not None:
        try:
            raise error
        except type(error):
            exc_info = sys.exc_info()
    return logging.LogRecord("django.request", logging.ERROR, "", 0, message, (), exc_info)


def test_trouble_is_logged_once_in_one_line_with_its_cause() -> None:
    quiet = StorageTrouble()
    first = record_of(OperationalError("no route to host"))
    assert quiet.filter(first)
    assert first.exc_info is None
    assert first.getMessage() == (
        "The database does not answer. (no route to host) "
        "Logged once a minute while it lasts. A page failed."
    )
    assert not quiet.filter(record_of(OperationalError("no route to host")))


def test_trouble_is_logged_again_after_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    quiet = StorageTrouble()
    now = 100.0
    monkeypatch.setattr("chatsite.logs.time.monotonic", lambda: now)
    assert quiet.filter(record_of(OperationalError("away")))
    now = 159.0
    assert not quiet.filter(record_of(OperationalError("away")))
    now = 161.0
    assert quiet.filter(record_of(OperationalError("away")))


def test_a_refusal_counts_as_its_cause() -> None:
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


def line_of(message: str, error: Exception | None = None) -> str:
    line = Line("{levelname} {name}: {message}", style="{")
    return line.format(record_of(error, message))


@pytest.mark.parametrize(
    "unseen",
    ["\n", "\r", "\r\n", "\x1b[2J", "\x00", "\x85", "\u2028", "\u202e", "\u2066", "\ud800"],
)
def test_nobody_can_forge_a_line_in_the_log(unseen: str) -> None:
    forged = f"Not Found: /{unseen}2026-11-23 12:00:00 ERROR rooms: All is lost"
    line = line_of(forged)
    assert len(line.splitlines()) == 1
    assert line.isprintable()
    assert line.startswith("ERROR django.request: Not Found: /\\")


def test_a_traceback_is_set_off_whatever_its_error_contains() -> None:
    error = RuntimeError("no\nERROR rooms: forged\x1b[31m")
    first, *rest = line_of("A page failed.", error).splitlines()
    assert first == "ERROR django.request: A page failed."
    assert "  | Traceback (most recent call last):" in rest
    assert "  | ERROR rooms: forged\\x1b[31m" in rest
    assert all(line.startswith("  | ") for line in rest)


@pytest.mark.parametrize(
    "text",
    [
        "Forbidden (CSRF cookie not set.): /invite/hunter2hunter2hunter2/",
        "Not Found: /accounts/password/reset/key/1-hunter2-hunter2/",
        "GET /setup/?token=hunter2&x=y",
        "Cookie: __Host-sessionid=hunter2; __Host-csrftoken=hunter2",
        "Cookie: sessionid_8001=hunter2; csrftoken_8001=hunter2",
        "redis://:hunter2@localhost:6379/0 refused",
        "postgres://me:hunter2@localhost/chat refused",
        "{'username': 'bob', 'password1': 'hunter2', 'csrfmiddlewaretoken': 'hunter2'}",
    ],
)
def test_no_secret_reaches_the_log(text: str) -> None:
    assert "hunter2" not in line_of(text)
    assert "hunter2" not in line_of("A page failed.", RuntimeError(text))
    assert line_of("Not Found: /rooms/lounge/") == "ERROR django.request: Not Found: /rooms/lounge/"


def refusal_of(name: str, status: int | None = None) -> logging.LogRecord:
    record = record_of(RuntimeError("Refused"), "Refused.")
    record.name, record.status_code = name, status
    return record


def test_a_stranger_s_mistake_is_logged_in_one_line_and_not_as_an_error() -> None:
    for record in (
        refusal_of("django.security.TooManyFieldsSent"),
        refusal_of("django.security.csrf", 403),
        refusal_of("django.request", 404),
    ):
        assert Refused().filter(record)
        assert record.exc_info is None
        assert record.levelname == "WARNING"


def test_a_request_for_another_host_is_not_logged() -> None:
    assert not Refused().filter(refusal_of("django.security.DisallowedHost", 400))


def test_a_scanner_s_lines_are_capped_per_minute_and_the_rest_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 100.0
    monkeypatch.setattr("chatsite.logs.time.monotonic", lambda: now)
    refused = Refused()
    written = [refused.filter(refusal_of("django.request", 404)) for _ in range(1000)]
    assert sum(written) == REFUSED_A_MINUTE
    now = 101.0
    last = refusal_of("django.request", 404)
    assert refused.filter(last)
    assert last.getMessage() == f"Refused. ({1000 - REFUSED_A_MINUTE} such lines were left out.)"
    failure = refusal_of("django.request", 500)
    assert all(refused.filter(failure) for _ in range(1000)), "our own failures are all told"
    assert failure.levelname == "ERROR"
    assert failure.exc_info
