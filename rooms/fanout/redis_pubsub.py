"""Publish and subscribe on Redis in batches. Channels and messages are those of channels-redis's
layer, so that what a `manage.py` command sends through the layer arrives as well."""

import asyncio
from collections.abc import Collection, Sequence
from typing import Any

import msgspec

from rooms.fanout.pubsub import Callbacks, LayerMessage
from rooms.fanout.redis_wire import Refused, Wire, commands, connect

TIMEOUT_SECONDS = 1.0
RETRY_SECONDS = 0.5
PING_SECONDS = 5.0
DEAF_SECONDS = 3 * PING_SECONDS
SUBSCRIBE_AT_ONCE = 500  # channels per command

FAILURES = (OSError, TimeoutError, Refused)

_decoder = msgspec.msgpack.Decoder(LayerMessage)


class RedisPubSub:
    """Two connections to one Redis: one publishes, one listens."""

    def __init__(self, url: str, prefix: str, callbacks: Callbacks) -> None:
        self._url = url
        self._prefix = f"{prefix}__group__"
        self._callbacks = callbacks
        self._loop = asyncio.get_running_loop()
        self._wanted: set[str] = set()
        self._changed: set[str] = set()
        self._subscribed: set[str] = set()
        self._publisher: Wire | None = None
        self._replies: asyncio.Future[list[Any]] = self._loop.create_future()  # to the last `begin`
        self._listener: Wire | None = None
        self._heard_at = 0.0
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = self._loop.create_task(self._listen())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._replies.cancel()
        if self._publisher is not None:
            self._publisher.close()

    @property
    def subscribed(self) -> frozenset[str]:
        """The groups that Redis has confirmed."""
        return frozenset(self._subscribed)

    # -- out --

    async def publish(self, messages: Sequence[tuple[str, LayerMessage]]) -> None:
        """Send each to every process that listens to its group, including this one. Raises one of
        FAILURES."""
        if not self.writes_at_once:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                self._publisher = await connect(self._url, lambda replies: None)
        self.begin(messages)
        await self.finish()

    @property
    def writes_at_once(self) -> bool:
        return self._publisher is not None and not self._publisher.lost.done()

    def begin(self, messages: Sequence[tuple[str, LayerMessage]]) -> None:
        assert self._publisher is not None  # noqa: S101  the caller looked at `writes_at_once`
        encode = msgspec.msgpack.encode
        self._replies = self._publisher.begin(
            *(("PUBLISH", self._prefix + group, encode(message)) for group, message in messages)
        )

    async def finish(self) -> None:
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                await Wire.finish(self._replies)
        except BaseException:
            # Replies may still come: the next call would take them for its own.
            if self._publisher is not None:
                self._publisher.close()
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
        """Change the subscription, together with the other changes of this turn."""
        if not self._changed:
            self._loop.call_soon(self._subscribe)
        self._changed.add(group)

    def _subscribe(self) -> None:
        changed, self._changed = self._changed, set()
        if self._listener is None:
            return  # the next connection subscribes to everything that is wanted
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
                        self._callbacks.returned()
                    await self._watch(wire)
                finally:
                    self._listener = None
                    self._subscribed.clear()
                    wire.close()
            except FAILURES as error:
                self._callbacks.failed(error)
            is_first = False
            await asyncio.sleep(RETRY_SECONDS)

    async def _watch(self, wire: Wire) -> None:
        """Wait until the connection ends. If something in between drops it, nothing says so: then
        pings remain unanswered."""
        while self._loop.time() - self._heard_at < DEAF_SECONDS:
            wire.write(("PING",))
            is_lost, _ = await asyncio.wait([wire.lost], timeout=PING_SECONDS)
            if is_lost:
                raise ConnectionError("Redis closed the connection")
        raise TimeoutError("Redis doesn't answer")

    def _pushed(self, replies: list[Any]) -> None:
        self._heard_at = self._loop.time()
        messages = []
        for reply in replies:
            if not isinstance(reply, list) or len(reply) != 3:
                continue  # the answer to a ping
            kind, channel, what = reply
            if kind != b"message":
                self._confirmed(kind, channel)
                continue
            try:
                messages.append(_decoder.decode(what))
            except msgspec.MsgspecError as error:
                self._callbacks.failed(error)
        if messages:
            self._callbacks.received(messages)

    def _confirmed(self, kind: bytes, channel: bytes) -> None:
        group = channel.decode().removeprefix(self._prefix)
        if kind == b"subscribe":
            self._subscribed.add(group)
        elif kind == b"unsubscribe":
            self._subscribed.discard(group)
