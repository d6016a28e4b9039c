"""Publish and subscribe on Redis, in batches: the channels and messages of channels-redis's layer,
so that what a command of `manage.py` sends through the layer arrives, too."""

import asyncio
from collections.abc import Collection, Sequence
from typing import Any

import msgspec

from rooms.pubsub import Letter, Told
from rooms.redis_wire import Refused, Wire, commands, connect

TIMEOUT_SECONDS = 1.0
RETRY_SECONDS = 0.5
PING_SECONDS = 5.0
DEAF_SECONDS = 3 * PING_SECONDS
SUBSCRIBE_AT_ONCE = 500  # channels in one command

FAILURES = (OSError, TimeoutError, Refused)


_decoder = msgspec.msgpack.Decoder(Letter)


class RedisPubSub:
    """Two connections to one Redis: one publishes, one listens. Belongs to the loop that calls
    `start`."""

    def __init__(self, url: str, prefix: str, told: Told) -> None:
        self._url = url
        self._prefix = f"{prefix}__group__"
        self._told = told
        self._loop = asyncio.get_running_loop()
        self._wanted: set[str] = set()
        self._changed: set[str] = set()
        self._subscribed: set[str] = set()
        self._publisher: Wire | None = None
        self._listener: Wire | None = None
        self._heard_at = 0.0
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = self._loop.create_task(self._listen())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._publisher is not None:
            self._publisher.close()

    @property
    def subscribed(self) -> frozenset[str]:
        """The groups that Redis has confirmed."""
        return frozenset(self._subscribed)

    # -- out --

    async def publish(self, letters: Sequence[tuple[str, Letter]]) -> None:
        """To everybody who listens to the group of each, this process included. Raises what
        FAILURES names."""
        encode = msgspec.msgpack.encode
        sent = [("PUBLISH", self._prefix + group, encode(letter)) for group, letter in letters]
        async with asyncio.timeout(TIMEOUT_SECONDS):
            if self._publisher is None or self._publisher.lost.done():
                self._publisher = await connect(self._url, lambda replies: None)
            wire = self._publisher
            try:
                await wire.ask(*sent)
            except BaseException:
                # Replies may still come: the next would take them for its own.
                wire.close()
                self._publisher = None
                raise

    # -- in --

    def want(self, group: str) -> None:
        self._wanted.add(group)
        self._change(group)

    def leave(self, group: str) -> None:
        self._wanted.discard(group)
        self._change(group)

    def _change(self, group: str) -> None:
        """Together with the other changes of this turn."""
        if not self._changed:
            self._loop.call_soon(self._subscribe)
        self._changed.add(group)

    def _subscribe(self) -> None:
        changed, self._changed = self._changed, set()
        if self._listener is None:
            return  # the next connection begins with all that is wanted
        self._say("SUBSCRIBE", changed & self._wanted)
        self._say("UNSUBSCRIBE", changed - self._wanted)

    def _say(self, command: str, groups: Collection[str]) -> None:
        if self._listener is not None and groups:
            channels = [self._prefix + group for group in groups]
            self._listener.write(*commands(command, channels, SUBSCRIBE_AT_ONCE))

    async def _listen(self) -> None:
        is_first = True
        while True:
            try:
                wire = await connect(self._url, self._pushed)
                try:
                    self._listener = wire
                    self._heard_at = self._loop.time()
                    self._say("SUBSCRIBE", self._wanted)
                    if not is_first:
                        self._told.returned()
                    await self._watch(wire)
                finally:
                    self._listener = None
                    self._subscribed.clear()
                    wire.close()
            except FAILURES as error:
                self._told.failed(error)
            is_first = False
            await asyncio.sleep(RETRY_SECONDS)

    async def _watch(self, wire: Wire) -> None:
        """Until the connection ends. One that was dropped on the way ends without a word."""
        while self._loop.time() - self._heard_at < DEAF_SECONDS:
            wire.write(("PING",))
            is_lost, _ = await asyncio.wait([wire.lost], timeout=PING_SECONDS)
            if is_lost:
                raise ConnectionError("Redis closed the connection")
        raise TimeoutError("Redis says nothing")

    def _pushed(self, replies: list[Any]) -> None:
        self._heard_at = self._loop.time()
        letters = []
        for reply in replies:
            if not isinstance(reply, list) or len(reply) != 3:
                continue  # the answer to a ping
            kind, channel, what = reply
            if kind != b"message":
                self._confirmed(kind, channel)
                continue
            try:
                letters.append(_decoder.decode(what))
            except msgspec.MsgspecError as error:
                self._told.failed(error)
        if letters:
            self._told.received(letters)

    def _confirmed(self, kind: bytes, channel: bytes) -> None:
        group = channel.decode().removeprefix(self._prefix)
        if kind == b"subscribe":
            self._subscribed.add(group)
        elif kind == b"unsubscribe":
            self._subscribed.discard(group)
