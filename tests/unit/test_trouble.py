"""Classifying storage failures."""

from django.db import OperationalError
from psycopg import errors

from rooms.storage.failures import LOCKED, trouble


def test_a_deadlock_does_not_close_every_connection() -> None:
    """Only AWAY closes the pool's connections, and it guarantees that nothing was stored."""
    error = OperationalError()
    error.__cause__ = errors.DeadlockDetected()
    assert trouble(error) == LOCKED
