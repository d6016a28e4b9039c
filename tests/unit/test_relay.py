"""What waits for a slow transport is bounded, and what is dropped is left to the database."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import pytest

from rooms import relay as relays
from rooms.envelopes import Envelope
from rooms.pubsub import Letter, Told
from rooms.relay import Relay


class Slow:
    """A transport that takes nothing until it is told to."""

    subscribed: frozenset[str] = frozenset()

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.sent: list[Envelope] = []
        self.batches: list[int] = []

    def start(self) -> None: ...

    async def stop(self) -> None: ...

    def want(self, group: str) -> None: ...

    def leave(self, group: str) -> None: ...

    async def publish(self, letters: Sequence[tuple[str, Letter]]) -> None:
        await self.open.wait()
        self.batches.append(len(letters))
        self.sent += [msgspec.msgpack.decode(letter.data, type=Envelope) for _, letter in letters]


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


async def test_what_waits_goes_out_in_batches(slow: Slow) -> None:
    relay = Relay(received=lambda envelope: None)
    relay.start()
    for number in range(1, 1001):
        relay.send(event(1, number))
    slow.open.set()
    await until(lambda: len(slow.sent) == 1000)
    assert [one.revision for one in slow.sent] == [*range(1, 1001)]
    assert len(slow.batches) <= 5
    await relay.stop()


async def test_a_backlog_that_is_too_long_becomes_one_hint_for_each_room(
    slow: Slow, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relays, "MAX_BACKLOG", 100)
    relay = Relay(received=lambda envelope: None)
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


async def test_a_transport_that_fails_drops_what_waits_and_announces_its_return(
    slow: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    fails = True
    publish = slow.publish

    async def publish_or_fail(letters: Any) -> None:
        if fails:
            raise ConnectionError("away")
        await publish(letters)

    monkeypatch.setattr(slow, "publish", publish_or_fail)
    slow.open.set()
    returned = asyncio.Event()
    relay = Relay(received=lambda envelope: None)
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
    told: list[Told] = []

    def over(layer: Any, parts: Told) -> Slow:
        told.append(parts)
        return slow

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(relays, "pubsub_over", over)
        relay = Relay(received=heard.append)
    good = msgspec.msgpack.encode(event(1, 1))
    told[0].received(
        [Letter("x", b"\xff"), Letter("x", b"\x90"), Letter(relay.id, good), Letter("x", good)]
    )
    assert heard == [event(1, 1)]
