"""Urgent frames never overtake bytes that were written before them."""

# mypy: allow-untyped-calls
# Twisted is only partly typed.

import asyncio
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from twisted.internet.protocol import Protocol

from rooms.fanout.envelopes import Frame
from rooms.server.admission import Census
from rooms.server.frames import FrameWriter, Turn
from rooms.server.limits import Limits
from rooms.server.transport import Transport


class Reactor:
    """A loop whose next turn never comes."""

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


async def test_an_urgent_frame_waits_behind_the_rest_of_another(
    ends: tuple[Transport, socket.socket],
) -> None:
    transport, there = ends
    transport.write(b"the rest of a frame, ")
    transport.send_now(b"a ping")
    with pytest.raises(BlockingIOError):
        there.recv(100)
    transport.doWrite()
    assert there.recv(100) == b"the rest of a frame, a ping"


def test_an_urgent_frame_is_sent_at_once_when_nothing_waits(
    ends: tuple[Transport, socket.socket],
) -> None:
    transport, there = ends
    transport.send_now(b"a ping")
    assert there.recv(100) == b"a ping"


def test_bytes_that_the_kernel_has_no_room_for_wait(ends: tuple[Transport, socket.socket]) -> None:
    transport, _ = ends
    while transport.offer(bytes(65_536)) == 65_536:
        pass
    transport.send_now(b"a ping")
    assert transport.unsent >= len(b"a ping")


def writer_to(transport: Transport) -> FrameWriter:
    writer = FrameWriter(
        transport, Turn(), bound=1000, close=lambda code, reason: None, charge=lambda who: None
    )
    transport.on_wait, transport.on_room = writer.wait, writer.feed
    return writer


async def test_a_frame_waits_behind_the_transport_s_backlog(
    ends: tuple[Transport, socket.socket],
) -> None:
    transport, there = ends
    writer = writer_to(transport)
    transport.write(b"a close frame's begin, ")
    writer.send(Frame(b"one"))
    with pytest.raises(BlockingIOError):
        there.recv(100)
    await asyncio.sleep(0)  # the turn ends
    transport.doWrite()
    writer.send(Frame(b"two"))
    assert there.recv(100) == b"a close frame's begin, \x81\x03one\x81\x03two"


async def test_a_frame_waits_behind_the_others_of_its_turn(
    ends: tuple[Transport, socket.socket],
) -> None:
    transport, there = ends
    writer = writer_to(transport)
    writer.send(Frame(b"1"))
    assert there.recv(100) == b"\x81\x011", "it was sent at once, since nothing was waiting"
    writer.write(Frame(b"2"))
    writer.send(Frame(b"3"))
    with pytest.raises(BlockingIOError):
        there.recv(100)
    await asyncio.sleep(0)
    writer.send(Frame(b"4"))
    assert there.recv(100) == b"\x81\x012\x81\x013\x81\x014"


async def test_a_closed_connection_is_sent_nothing(ends: tuple[Transport, socket.socket]) -> None:
    transport, there = ends
    writer = writer_to(transport)
    writer.end()
    writer.send(Frame(b"late"))
    await asyncio.sleep(0)
    with pytest.raises(BlockingIOError):
        there.recv(100)
