"""Letters over any channel layer, through nothing but Channels' own API: the embedded one, and
whatever a deployment configures that isn't Redis."""

import asyncio
import secrets
from collections.abc import Awaitable, Coroutine, Sequence
from typing import Any

import msgspec
from channels import DEFAULT_CHANNEL_LAYER
from channels.layers import channel_layers

from rooms.pubsub import Letter, Told

RETRY_SECONDS = 0.5
TIMEOUT_SECONDS = 1.0
POISON_SECONDS = 0.01  # a message that the layer can't read must not hold up those that follow
ECHO_SECONDS = 5.0  # between the messages to ourselves that prove that we still hear
DEAF_SECONDS = 3 * ECHO_SECONDS
RETURN_SECONDS = 1.5  # a layer's receiver may sleep after an error, and is deaf meanwhile


class LayerPubSub:
    """One layer channel for the whole process, whatever the number of its sockets."""

    def __init__(self, layer: Any, told: Told) -> None:
        self._layer = layer
        self._told = told
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

    async def publish(self, letters: Sequence[tuple[str, Letter]]) -> None:
        for group, letter in letters:
            message = {"type": letter.type, "origin": letter.origin, "data": letter.data}
            async with asyncio.timeout(TIMEOUT_SECONDS):
                await self._layer.group_send(group, message)

    async def _attempt(self, call: Awaitable[Any]) -> bool:
        try:
            # Not wait_for: before Python 3.12 that one may swallow a cancellation.
            async with asyncio.timeout(TIMEOUT_SECONDS):
                await call
        except Exception as error:  # whatever a layer raises: it is only a hint
            self._away = True
            self._told.failed(error)
            return False
        if self._away:
            self._away = False
            self._told.returned()
            self._loop.call_later(RETURN_SECONDS, self._told.returned)
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
            except Exception as error:  # whatever a layer raises: it is only a hint
                self._told.failed(error)
                if self._channel is None:
                    # A layer that can't subscribe keeps what it began: away with it.
                    self._layer = channel_layers.make_backend(DEFAULT_CHANNEL_LAYER)
                    await asyncio.sleep(RETRY_SECONDS)
                else:
                    await asyncio.sleep(POISON_SECONDS)
                continue
            self._heard_at = self._loop.time()
            self._read(message)

    def _read(self, message: dict[str, Any]) -> None:
        if message.get("origin") == self._id:
            return  # our own echo
        try:
            letter = msgspec.convert(message, Letter)
        except msgspec.ValidationError as error:
            self._told.failed(error)
            return
        self._told.received([letter])

    async def _echo(self) -> None:
        """A layer whose receiver has died raises nothing and delivers nothing, for ever. So write
        to ourselves now and then, and begin anew with another layer when that doesn't arrive."""
        while True:
            await asyncio.sleep(ECHO_SECONDS)
            if self._channel is None:
                continue
            echo = {"type": "hub.echo", "origin": self._id}
            sent = await self._attempt(self._layer.send(self._channel, echo))
            if not sent:
                self._heard_at = self._loop.time()  # it can't be heard, and that is no deafness
            elif self._loop.time() - self._heard_at > DEAF_SECONDS:
                self._told.failed(TimeoutError("It delivers nothing here"))
                await self._begin_anew()

    async def _begin_anew(self) -> None:
        deaf, self._layer = self._layer, channel_layers.make_backend(DEFAULT_CHANNEL_LAYER)
        self._channel = None
        self._subscribed.clear()
        self._receiver.cancel()
        self._receiver = self._loop.create_task(self._receive())
        await self._attempt(deaf.flush())  # closes its connections
