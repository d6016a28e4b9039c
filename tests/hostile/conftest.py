"""Sockets in process, as the tests of the parts have them."""

from tests.integration.conftest import connect

__all__ = ["connect"]
