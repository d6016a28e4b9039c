"""What is written now never overtakes what was written before."""

# mypy: allow-untyped-calls
# Twisted is typed in part only.

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from twisted.internet.protocol import Protocol

from rooms.server.admission import Census
from rooms.server.limits import Limits
from rooms.server.transport import Transport


class Reactor:
    """Whose next turn never comes."""

    def addReader(self, reader: Any) -> None: ...

    def addWriter(self, writer: Any) -> None: ...

    def removeWriter(self, writer: Any) -> None: ...


@pytest.fixture
def ends() -> Iterator[tuple[Transport, socket.socket]]:
    here, there = socket.socketpair()
    there.setblocking(False)
    address = ("127.0.0.1", 1)
    with here, there:
        yield (
            Transport(
                *(here, Protocol(), address, None, 0, Reactor()),
                limits=Limits(),
                census=Census(most=None),
                trusted=True,
                present=set(),
            ),
            there,
        )


async def test_it_waits_behind_the_rest_of_a_frame(ends: tuple[Transport, socket.socket]) -> None:
    transport, there = ends
    transport.write(b"the rest of a frame, ")
    transport.send_now(b"a ping")
    with pytest.raises(BlockingIOError):
        there.recv(100)
    transport.doWrite()
    assert there.recv(100) == b"the rest of a frame, a ping"


def test_it_is_sent_at_once_when_nothing_waits(ends: tuple[Transport, socket.socket]) -> None:
    transport, there = ends
    transport.send_now(b"a ping")
    assert there.recv(100) == b"a ping"


def test_what_the_kernel_has_no_room_for_waits(ends: tuple[Transport, socket.socket]) -> None:
    transport, _ = ends
    while transport.offer(bytes(65_536)) == 65_536:
        pass
    transport.send_now(b"a ping")
    assert transport.unsent >= len(b"a ping")
