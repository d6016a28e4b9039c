"""Publish and subscribe over any channel layer, with nothing but Channels' API: the embedded layer,
and whatever other than Redis a deployment configures."""

import asyncio
import secrets
from collections.abc import Awaitable, Coroutine, Sequence
from typing import Any

import msgspec
from channels import DEFAULT_CHANNEL_LAYER
from channels.layers import channel_layers

from rooms.fanout.pubsub import Callbacks, LayerMessage

RETRY_SECONDS = 0.5
TIMEOUT_SECONDS = 1.0
POISON_SECONDS = 0.01  # a message that the layer can't read must not hold up the next ones
ECHO_SECONDS = 5.0  # between messages to ourselves, which prove that we still receive
DEAF_SECONDS = 3 * ECHO_SECONDS
RETURN_SECONDS = 1.5  # a layer's receiver may sleep after an error, and receives nothing then


class LayerPubSub:
    """One channel of the layer for the whole process, however many sockets it has."""

    def __init__(self, layer: Any, callbacks: Callbacks) -> None:
        self._layer = layer
        self._callbacks = callbacks
        self._loop = asyncio.get_running_loop()
        self._id = secrets.token_hex(8)
        self._wanted: set[str] = set()
        self._subscribed: set[str] = set()
        self._changed = asyncio.Event()
        self._channel: str | None = None
        self._heard_at = 0.0
        self._away = False
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        work: tuple[Coroutine[Any, Any, None], ...] = (self._subscribe(), self._echo())
        self._tasks = [self._loop.create_task(one) for one in work]
        self._receiver = self._loop.create_task(self._receive())

    async def stop(self) -> None:
        tasks = [*self._tasks, self._receiver]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @property
    def subscribed(self) -> frozenset[str]:
        return frozenset(self._subscribed)

    # -- out --

    async def publish(self, messages: Sequence[tuple[str, LayerMessage]]) -> None:
        for group, message in messages:
            fields = {"type": message.type, "origin": message.origin, "data": message.data}
            async with asyncio.timeout(TIMEOUT_SECONDS):
                await self._layer.group_send(group, fields)

    @property
    def writes_at_once(self) -> bool:
        return False

    def begin(self, messages: Sequence[tuple[str, LayerMessage]]) -> None:
        raise NotImplementedError

    async def finish(self) -> None:
        raise NotImplementedError

    async def _attempt(self, call: Awaitable[Any]) -> bool:
        try:
            # Not wait_for: before Python 3.12 it may swallow a cancellation.
            async with asyncio.timeout(TIMEOUT_SECONDS):
                await call
        except Exception as error:  # whatever a layer raises: it is best effort
            self._away = True
            self._callbacks.failed(error)
            return False
        if self._away:
            self._away = False
            self._callbacks.returned()
            self._loop.call_later(RETURN_SECONDS, self._callbacks.returned)
        return True

    # -- in --

    def want(self, group: str) -> None:
        self._wanted.add(group)
        self._changed.set()

    def leave(self, group: str) -> None:
        self._wanted.discard(group)
        self._changed.set()

    async def _subscribe(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            if self._channel is None:
                continue
            for group in self._wanted - self._subscribed:
                if not await self._attempt(self._layer.group_add(group, self._channel)):
                    self._loop.call_later(RETRY_SECONDS, self._changed.set)
                    break
                self._subscribed.add(group)
            for group in self._subscribed - self._wanted:
                if not await self._attempt(self._layer.group_discard(group, self._channel)):
                    break
                self._subscribed.discard(group)

    async def _receive(self) -> None:
        while True:
            try:
                if self._channel is None:
                    self._channel = await self._layer.new_channel()
                    self._heard_at = self._loop.time()
                    self._changed.set()
                message = await self._layer.receive(self._channel)
            except Exception as error:  # whatever a layer raises: it is best effort
                self._callbacks.failed(error)
                if self._channel is None:
                    # A layer that failed to subscribe keeps half of it: replace it.
                    self._layer = channel_layers.make_backend(DEFAULT_CHANNEL_LAYER)
                    await asyncio.sleep(RETRY_SECONDS)
                else:
                    await asyncio.sleep(POISON_SECONDS)
                continue
            self._heard_at = self._loop.time()
            self._read(message)

    def _read(self, message: dict[str, Any]) -> None:
        if message.get("origin") == self._id:
            return  # our echo
        try:
            received = msgspec.convert(message, LayerMessage)
        except msgspec.ValidationError as error:
            self._callbacks.failed(error)
            return
        self._callbacks.received([received])

    async def _echo(self) -> None:
        """Replace a layer whose receiver has died: it raises nothing and delivers nothing, for
        ever. We notice because messages to ourselves don't arrive."""
        while True:
            await asyncio.sleep(ECHO_SECONDS)
            if self._channel is None:
                continue
            echo = {"type": "hub.echo", "origin": self._id}
            sent = await self._attempt(self._layer.send(self._channel, echo))
            if not sent:
                self._heard_at = self._loop.time()  # nothing was sent, so nothing can arrive
            elif self._loop.time() - self._heard_at > DEAF_SECONDS:
                self._callbacks.failed(TimeoutError("It delivers nothing"))
                await self._start_over()

    async def _start_over(self) -> None:
        broken, self._layer = self._layer, channel_layers.make_backend(DEFAULT_CHANNEL_LAYER)
        self._channel = None
        self._subscribed.clear()
        self._receiver.cancel()
        self._receiver = self._loop.create_task(self._receive())
        await self._attempt(broken.flush())  # closes its connections
