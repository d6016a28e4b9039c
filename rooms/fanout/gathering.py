"""Envelopes that a thread holds back, so that they leave together with something else."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from rooms.fanout.envelopes import Envelope


class _HeldBack(threading.local):
    envelopes: list[Envelope] | None = None


held_back = _HeldBack()


@contextmanager
def gathering() -> Iterator[list[Envelope]]:
    """Collect what this thread publishes instead of publishing it, so that the caller can deliver
    it together with its replies. Waking the loop twice would make two writes of them."""
    gathered: list[Envelope] = []
    held_back.envelopes = gathered
    try:
        yield gathered
    finally:
        held_back.envelopes = None
