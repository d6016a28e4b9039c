"""The backlog for a slow transport is bounded, and dropped hints are left to the database."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import pytest

from rooms.fanout import relay as relays
from rooms.fanout.envelopes import Envelope
from rooms.fanout.pubsub import Callbacks, LayerMessage
from rooms.fanout.relay import Relay


class Slow:
    """A transport that accepts nothing until told to."""

    subscribed: frozenset[str] = frozenset()
    writes_at_once = False

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.sent: list[Envelope] = []
        self.batches: list[int] = []

    def start(self) -> None: ...

    async def stop(self) -> None: ...

    def want(self, group: str) -> None: ...

    def leave(self, group: str) -> None: ...

    async def publish(self, messages: Sequence[tuple[str, LayerMessage]]) -> None:
        await self.open.wait()
        self.batches.append(len(messages))
        self.sent += [
            msgspec.msgpack.decode(message.data, type=Envelope) for _, message in messages
        ]

    def begin(self, messages: Sequence[tuple[str, LayerMessage]]) -> None:
        self.batches.append(len(messages))

    async def finish(self) -> None:
        await self.open.wait()


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Slow:
    transport = Slow()
    monkeypatch.setattr(relays, "pubsub_over", lambda layer, told: transport)
    monkeypatch.setattr(Relay, "_is_alone", False)
    return transport


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not is_so():  # noqa: ASYNC110  the relay tells nobody what it has sent
            await asyncio.sleep(0)


def event(room: int, revision: int) -> Envelope:
    return Envelope(group=f"room.{room}", frame=b"x", aside=b"y", revision=revision)


async def test_waiting_letters_go_out_in_batches(slow: Slow) -> None:
    relay = Relay(received=lambda envelopes: None)
    relay.start()
    for number in range(1, 1001):
        relay.send(event(1, number))
    slow.open.set()
    await until(lambda: len(slow.sent) == 1000)
    assert [one.revision for one in slow.sent] == [*range(1, 1001)]
    assert len(slow.batches) <= 5
    await relay.stop()


async def test_a_transport_that_can_is_written_to_at_once_unless_it_is_busy(slow: Slow) -> None:
    slow.writes_at_once = True
    relay = Relay(received=lambda envelopes: None)
    relay.start()
    for number in (1, 2):
        relay.send(event(1, number))
    relay.flush()
    assert slow.batches == [2]
    relay.send(event(1, 3))
    relay.flush()
    assert slow.batches == [2], "the first batch isn't confirmed yet"
    slow.open.set()
    await until(lambda: len(slow.sent) == 1)
    assert slow.batches == [2, 1]
    await relay.stop()


async def test_an_overlong_backlog_becomes_one_hint_per_room(
    slow: Slow, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relays, "MAX_BACKLOG", 100)
    relay = Relay(received=lambda envelopes: None)
    relay.start()
    with caplog.at_level(logging.WARNING):
        for number in range(1, 51):
            for room in (1, 2):
                relay.send(event(room, number))
            relay.send(Envelope(group="presence", frame=b"gossip"))
    assert "too slow" in caplog.text
    assert caplog.text.count("too slow") == 1, "a line a minute"
    slow.open.set()
    newest = {("room.1", 50), ("room.2", 50)}
    await until(lambda: newest <= {(one.group, one.revision) for one in slow.sent})
    hints = [one for one in slow.sent if one.revision is not None and one.frame is None]
    assert hints, "they send the others to the database"
    assert all(one.aside is None for one in hints)
    assert relay.unsent == 150 - len(slow.sent)
    await relay.stop()


async def test_a_failing_transport_drops_its_backlog_and_announces_its_return(
    slow: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    fails = True
    publish = slow.publish

    async def publish_or_fail(messages: Any) -> None:
        if fails:
            raise ConnectionError("away")
        await publish(messages)

    monkeypatch.setattr(slow, "publish", publish_or_fail)
    slow.open.set()
    returned = asyncio.Event()
    relay = Relay(received=lambda envelopes: None)
    relay.returned.append(returned.set)
    relay.start()
    relay.send(event(1, 1))
    await until(lambda: relay.unsent > 0)
    fails = False
    relay.send(event(1, 2))
    async with asyncio.timeout(5):
        await returned.wait()
    assert [one.revision for one in slow.sent] == [2]
    await relay.stop()


async def test_malformed_letters_are_ignored(slow: Slow) -> None:
    heard: list[Envelope] = []
    told: list[Callbacks] = []

    def over(layer: Any, parts: Callbacks) -> Slow:
        told.append(parts)
        return slow

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(relays, "pubsub_over", over)
        relay = Relay(received=heard.extend)
    good = msgspec.msgpack.encode(event(1, 1))
    told[0].received(
        [
            LayerMessage("x", b"\xff"),
            LayerMessage("x", b"\x90"),
            LayerMessage(relay.id, good),
            LayerMessage("x", good),
        ]
    )
    assert heard == [event(1, 1)]
