"""A socket's queue is bounded, and its close frame still goes out."""

import asyncio
from typing import Any

from rooms.fanout.envelopes import Frame
from rooms.protocol.limits import MAX_UNSENT
from rooms.realtime.sendqueue import SendQueue

Sent = list[dict[str, Any]]


class Peer:
    """A peer that reads only when told to."""

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


async def test_a_close_follows_the_queued_frames_and_the_first_close_wins() -> None:
    peer = Peer()
    queue = SendQueue(peer.send)
    queue.write(Frame(b"welcome"))
    queue.write(Frame(b"last words"))
    queue.close(4401, "Signed out.")
    queue.close(1012, "late")
    queue.write(Frame(b"too late"))
    await queue.run()
    assert peer.texts == ["welcome", "last words"]
    assert peer.sent[-1] == {"type": "websocket.close", "code": 4401, "reason": "Signed out."}


async def test_a_client_that_leaves_a_mebibyte_unread_is_cut_off_with_4410() -> None:
    peer = Peer()
    queue = SendQueue(peer.send)
    running = asyncio.ensure_future(queue.run())
    queue.write(Frame(b"welcome"))
    await queue.flushed()
    peer.reads.clear()
    chunk = Frame(b"x" * 65536)
    for _ in range(MAX_UNSENT // 65536):
        queue.write(chunk)
    await asyncio.sleep(0)  # let the sender start waiting for the peer
    assert not queue.closing, "a mebibyte is allowed"
    queue.write(chunk)
    await asyncio.wait_for(running, 5)
    assert peer.sent[-1]["code"] == 4410
    assert peer.texts == ["welcome"], "unread frames are dropped; the client resumes with `since`"


async def test_a_reason_fits_in_a_close_frame() -> None:
    peer = Peer()
    queue = SendQueue(peer.send)
    queue.write(Frame(b"welcome"))
    queue.close(4403, "ж" * 200)
    await queue.run()
    assert len(peer.sent[-1]["reason"].encode()) <= 123


async def test_a_lost_peer_ends_the_outbox_quietly() -> None:
    async def gone(message: dict[str, Any]) -> None:
        raise ConnectionError

    queue = SendQueue(gone)
    queue.write(Frame(b"welcome"))
    await asyncio.wait_for(queue.run(), 5)
    await asyncio.wait_for(queue.flushed(), 5)
