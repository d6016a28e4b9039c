"""What a failure of the storage means."""

from django.db import OperationalError
from psycopg import errors

from rooms.db import LOCKED, trouble


def test_a_deadlock_is_no_reason_to_give_up_every_connection() -> None:
    """Only for AWAY are those of the pool closed; and it says for sure that nothing was stored."""
    error = OperationalError()
    error.__cause__ = errors.DeadlockDetected()
    assert trouble(error) == LOCKED
