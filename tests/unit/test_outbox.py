"""What a socket has still to be told is bounded, and the farewell gets out."""

import asyncio
from typing import Any

from rooms.envelopes import Frame
from rooms.outbox import Outbox
from rooms.protocol import MAX_UNSENT

Sent = list[dict[str, Any]]


class Peer:
    """A peer that reads when it is told to."""

    def __init__(self) -> None:
        self.sent: Sent = []
        self.reads = asyncio.Event()
        self.reads.set()

    async def send(self, message: dict[str, Any]) -> None:
        if message["type"] == "websocket.send":
            await self.reads.wait()
        self.sent.append(message)

    @property
    def texts(self) -> list[str]:
        return [message["text"] for message in self.sent if "text" in message]


async def test_a_close_comes_after_what_is_queued_and_the_first_one_wins() -> None:
    peer = Peer()
    outbox = Outbox(peer.send)
    outbox.write(Frame(b"welcome"))
    outbox.write(Frame(b"last words"))
    outbox.close(4401, "Signed out.")
    outbox.close(1012, "late")
    outbox.write(Frame(b"too late"))
    await outbox.run()
    assert peer.texts == ["welcome", "last words"]
    assert peer.sent[-1] == {"type": "websocket.close", "code": 4401, "reason": "Signed out."}


async def test_who_leaves_a_mebibyte_unread_is_cut_off_with_4410() -> None:
    peer = Peer()
    outbox = Outbox(peer.send)
    running = asyncio.ensure_future(outbox.run())
    outbox.write(Frame(b"welcome"))
    await outbox.flushed()
    peer.reads.clear()
    chunk = Frame(b"x" * 65536)
    for _ in range(MAX_UNSENT // 65536):
        outbox.write(chunk)
    await asyncio.sleep(0)  # the sender begins to wait for the peer
    assert not outbox.closing, "a mebibyte is allowed"
    outbox.write(chunk)
    await asyncio.wait_for(running, 5)
    assert peer.sent[-1]["code"] == 4410
    assert peer.texts == ["welcome"], "what was unread is given up; it resumes by since"


async def test_a_reason_fits_into_a_close_frame() -> None:
    peer = Peer()
    outbox = Outbox(peer.send)
    outbox.write(Frame(b"welcome"))
    outbox.close(4403, "ж" * 200)
    await outbox.run()
    assert len(peer.sent[-1]["reason"].encode()) <= 123


async def test_a_peer_that_is_gone_ends_it_quietly() -> None:
    async def gone(message: dict[str, Any]) -> None:
        raise ConnectionError

    outbox = Outbox(gone)
    outbox.write(Frame(b"welcome"))
    await asyncio.wait_for(outbox.run(), 5)
    await asyncio.wait_for(outbox.flushed(), 5)
