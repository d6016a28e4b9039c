"""In-process sockets, as in the integration tests."""

from tests.integration.conftest import connect

__all__ = ["connect"]
