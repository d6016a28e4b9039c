"""The site's PostgreSQL in this thread of a test, in place of the database that tests have."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connections
from django.db.utils import ConnectionHandler
from pytest_django import DjangoDbBlocker

from chatsite import environment


@contextmanager
def on_postgres(url: str, blocker: DjangoDbBlocker) -> Iterator[None]:
    """Use this database, whose address is that of `furnished`, for all that this thread does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOME_DATABASE", url)
        entry = environment.database("SOME_DATABASE", Path("unused"))
    del entry["OPTIONS"]["pool"]  # whose threads would outlive the test
    usual = connections["default"]
    connections["default"] = ConnectionHandler({"default": entry})["default"]
    try:
        with blocker.unblock():
            yield
            connections["default"].close()
    finally:
        connections["default"] = usual
