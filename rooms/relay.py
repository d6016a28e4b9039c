"""Envelopes between processes, over the channel layer: one layer channel per process, whatever the
number of its sockets.

The layer is a hint. It may lose, delay and repeat what it is given, be away, or look alive and be
deaf; nothing here waits for it but the tasks of this module, and what it loses others find in the
database. While it is away nothing is kept for it: by the time it is back, that would be old.
"""

import asyncio
import logging
import secrets
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import msgspec
from channels import DEFAULT_CHANNEL_LAYER
from channels.layers import InMemoryChannelLayer, channel_layers, get_channel_layer

from rooms.complaints import Complaints
from rooms.envelopes import Envelope

logger = logging.getLogger(__name__)

RETRY_SECONDS = 0.5
TIMEOUT_SECONDS = 1.0
POISON_SECONDS = 0.01  # a message that the layer can't read must not hold up those that follow
ECHO_SECONDS = 5.0  # between the letters to ourselves that prove that we still hear
DEAF_SECONDS = 3 * ECHO_SECONDS
RETURN_SECONDS = 1.5  # the layer's receiver sleeps for 1 s after an error, and is deaf meanwhile
MAX_FRAME = 32 * 1024  # bytes; beyond it the others read the event from the database
MAX_BACKLOG = 10_000  # envelopes waiting for a slow layer; older ones are dropped

Receiver = Callable[[Envelope], None]


class Relay:
    """`send` and `refresh` belong to the loop in which `start` was called."""

    def __init__(self, *, received: Receiver, groups: Callable[[], set[str]]) -> None:
        self.id = secrets.token_hex(8)
        self.returned: list[Callable[[], None]] = []  # called when the layer is back
        self._received = received
        self._groups = groups
        self._loop = asyncio.get_running_loop()
        self._tasks: list[asyncio.Task[None]] = []
        self._backlog: deque[Envelope] = deque(maxlen=MAX_BACKLOG)
        self._something_to_send = asyncio.Event()
        self._groups_changed = asyncio.Event()
        self._layer: Any = get_channel_layer()
        self._channel: str | None = None
        self._subscribed: set[str] = set()
        self._away = False
        self._heard_at = 0.0
        self._complaints = Complaints(logger)

    def start(self) -> None:
        work: tuple[Coroutine[Any, Any, None], ...] = (
            self._publish(),
            self._subscribe(),
            self._listen_to_ourselves(),
        )
        self._tasks = [self._loop.create_task(one) for one in work]
        self._receiver = self._loop.create_task(self._receive())
        _here.add(self)

    async def stop(self) -> None:
        _here.discard(self)
        tasks = [*self._tasks, self._receiver]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def send(self, envelope: Envelope) -> None:
        """Hand to the other processes; returns at once."""
        if self._is_alone:
            return
        self._backlog.append(envelope)
        self._something_to_send.set()

    def refresh(self) -> None:
        """The groups that this process wants have changed."""
        self._groups_changed.set()

    @property
    def _is_alone(self) -> bool:
        """The embedded layer reaches nobody beyond this process, where mostly is no other relay."""
        return isinstance(self._layer, InMemoryChannelLayer) and len(_here) == 1

    @property
    def subscribed(self) -> frozenset[str]:
        """The groups whose envelopes arrive here now."""
        return frozenset(self._subscribed)

    # -- out --

    async def _publish(self) -> None:
        while True:
            await self._something_to_send.wait()
            self._something_to_send.clear()
            while self._backlog:
                envelope = self._backlog.popleft()
                message = {"type": "hub.envelope", "origin": self.id, "data": _packed(envelope)}
                if not await self._attempt(self._layer.group_send(envelope.group, message)):
                    self._backlog.clear()

    async def _attempt(self, call: Awaitable[Any]) -> bool:
        try:
            # Not wait_for: before Python 3.12 that one may swallow a cancellation.
            async with asyncio.timeout(TIMEOUT_SECONDS):
                await call
        except Exception as error:  # whatever a layer raises: it is only a hint
            self._away = True
            self._complaints.warn("The channel layer is away: %r", error)
            return False
        if self._away:
            self._away = False
            self._announce_return()
            self._loop.call_later(RETURN_SECONDS, self._announce_return)
        return True

    def _announce_return(self) -> None:
        for tell in self.returned:
            tell()

    # -- in --

    async def _subscribe(self) -> None:
        while True:
            await self._groups_changed.wait()
            self._groups_changed.clear()
            if self._channel is None:
                continue
            wanted = self._groups()
            for group in wanted - self._subscribed:
                if not await self._attempt(self._layer.group_add(group, self._channel)):
                    self._loop.call_later(RETRY_SECONDS, self._groups_changed.set)
                    break
                self._subscribed.add(group)
            for group in self._subscribed - wanted:
                if not await self._attempt(self._layer.group_discard(group, self._channel)):
                    break
                self._subscribed.discard(group)

    async def _receive(self) -> None:
        while True:
            try:
                if self._channel is None:
                    self._channel = await self._layer.new_channel()
                    self._heard_at = self._loop.time()
                    self._groups_changed.set()
                message = await self._layer.receive(self._channel)
            except Exception as error:  # whatever a layer raises: it is only a hint
                self._complaints.warn("The channel layer failed: %r", error)
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
        if message.get("origin") == self.id:
            return
        try:
            envelope = msgspec.msgpack.decode(message["data"], type=Envelope)
        except (KeyError, TypeError, msgspec.MsgspecError) as error:
            self._complaints.warn("Ignored a malformed message of the channel layer: %r", error)
            return
        self._received(envelope)

    async def _listen_to_ourselves(self) -> None:
        """A layer whose receiver has died raises nothing and delivers nothing, for ever. So write
        to ourselves now and then, and begin anew with another layer when that doesn't arrive."""
        while True:
            await asyncio.sleep(ECHO_SECONDS)
            if self._channel is None:
                continue
            echo = {"type": "hub.echo", "origin": self.id}
            sent = await self._attempt(self._layer.send(self._channel, echo))
            if not sent:
                self._heard_at = self._loop.time()  # it can't be heard, and that is no deafness
            elif self._loop.time() - self._heard_at > DEAF_SECONDS:
                logger.warning("The channel layer delivers nothing here: subscribing anew.")
                await self._begin_anew()

    async def _begin_anew(self) -> None:
        deaf, self._layer = self._layer, channel_layers.make_backend(DEFAULT_CHANNEL_LAYER)
        self._channel = None
        self._subscribed.clear()
        self._receiver.cancel()
        self._receiver = self._loop.create_task(self._receive())
        await self._attempt(deaf.flush())  # closes its connections; Redis keeps what it has


_here: set[Relay] = set()  # those of this process


def _packed(envelope: Envelope) -> bytes:
    """Large events are only announced; the others read them from the database."""
    if envelope.frame and envelope.revision is not None and len(envelope.frame) > MAX_FRAME:
        envelope = msgspec.structs.replace(envelope, frame=None)
    return msgspec.msgpack.encode(envelope)
