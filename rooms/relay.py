"""Envelopes between processes: those of this one go out in batches, those of others come in.

The transport is a hint. It may lose, delay and repeat what it is given, be away, or look alive and
be deaf; nothing here waits for it but the tasks of this module, and what it loses others find in
the database. While it is away nothing is kept for it: by the time it is back, that would be old.
"""

import asyncio
import logging
import secrets
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec
from channels import DEFAULT_CHANNEL_LAYER
from channels.layers import InMemoryChannelLayer, get_channel_layer
from channels_redis.pubsub import RedisPubSubChannelLayer
from django.conf import settings

from rooms.complaints import Complaints
from rooms.envelopes import Envelope
from rooms.layer_pubsub import LayerPubSub
from rooms.pubsub import Letter, PubSub, Told
from rooms.redis_pubsub import RedisPubSub

logger = logging.getLogger(__name__)

RETURN_SECONDS = 1.5  # by then, processes that were away as well have come back
MAX_FRAME = 32 * 1024  # bytes; beyond it the others read the event from the database
MAX_BACKLOG = 10_000  # envelopes that wait for a slow transport
BATCH = 256  # envelopes in one go
BATCH_BYTES = 1024 * 1024

Receiver = Callable[[Envelope], None]


class Relay:
    """`send`, `want` and `leave` belong to the loop in which `start` was called."""

    def __init__(self, *, received: Receiver) -> None:
        self.id = secrets.token_hex(8)
        self.returned: list[Callable[[], None]] = []  # called when others hear us again
        self.unsent = 0  # envelopes that a slow or absent transport didn't take, since the start
        self._received = received
        self._loop = asyncio.get_running_loop()
        self._backlog: deque[Envelope] = deque()
        self._something_to_send = asyncio.Event()
        self._layer: Any = get_channel_layer()
        self._pubsub = pubsub_over(
            self._layer, Told(self._arrived, self._failed, self._announce_return)
        )
        self._away = False
        self._complaints = Complaints(logger)
        self._drops = Complaints(logger)

    def start(self) -> None:
        self._pubsub.start()
        self._publisher = self._loop.create_task(self._publish())
        _here.add(self)

    async def stop(self) -> None:
        _here.discard(self)
        self._publisher.cancel()
        await asyncio.gather(self._publisher, self._pubsub.stop(), return_exceptions=True)

    def send(self, envelope: Envelope) -> None:
        """Hand to the other processes; returns at once."""
        if self._is_alone:
            return
        self._backlog.append(envelope)
        if len(self._backlog) > MAX_BACKLOG:
            self._shorten()
        self._something_to_send.set()

    def want(self, group: str) -> None:
        """Envelopes of this group are for this process, too."""
        self._pubsub.want(group)

    def leave(self, group: str) -> None:
        """They aren't any more."""
        self._pubsub.leave(group)

    @property
    def _is_alone(self) -> bool:
        """The embedded layer reaches nobody beyond this process, where mostly is no other relay."""
        return isinstance(self._layer, InMemoryChannelLayer) and len(_here) == 1

    @property
    def subscribed(self) -> frozenset[str]:
        """The groups whose envelopes arrive here now."""
        return self._pubsub.subscribed

    # -- out --

    async def _publish(self) -> None:
        while True:
            await self._something_to_send.wait()
            self._something_to_send.clear()
            while self._backlog:
                batch = [*self._next_batch()]
                try:
                    await self._pubsub.publish(batch)
                except Exception as error:  # whatever a transport raises: it is only a hint
                    self._away = True
                    self._failed(error)
                    self.unsent += len(batch) + len(self._backlog)
                    self._backlog.clear()
                else:
                    self._succeeded()

    def _next_batch(self) -> Iterator[tuple[str, Letter]]:
        size = count = 0
        while self._backlog and count < BATCH and size < BATCH_BYTES:
            envelope = self._backlog.popleft()
            data = _packed(envelope)
            yield envelope.group, Letter(self.id, data)
            count, size = count + 1, size + len(data)

    def _shorten(self) -> None:
        """The transport doesn't keep up: of each sequence only how far it has come is told, so that
        the others read the rest from the database. Nothing else that waits can't be missed:
        notices are polled, and presence is said again."""
        newest = {one.group: one for one in self._backlog if one.revision is not None}
        kept = [msgspec.structs.replace(one, frame=None, aside=None) for one in newest.values()]
        dropped = len(self._backlog) - len(kept)
        self.unsent += dropped
        self._drops.warn(
            "The channel layer is too slow: %d events are left to the database, %d so far.",
            dropped,
            self.unsent,
        )
        self._backlog = deque(kept[-MAX_BACKLOG // 2 :])

    def _failed(self, error: Exception) -> None:
        self._complaints.warn("The channel layer is away: %r", error)

    def _succeeded(self) -> None:
        if self._away:
            self._away = False
            self._announce_return()
            self._loop.call_later(RETURN_SECONDS, self._announce_return)

    def _announce_return(self) -> None:
        for tell in self.returned:
            tell()

    # -- in --

    def _arrived(self, letters: Sequence[Letter]) -> None:
        for letter in letters:
            if letter.origin == self.id:
                continue
            try:
                envelope = msgspec.msgpack.decode(letter.data, type=Envelope)
            except msgspec.MsgspecError as error:
                self._complaints.warn("Ignored a malformed message of the channel layer: %r", error)
                continue
            self._received(envelope)


_here: set[Relay] = set()  # those of this process


def pubsub_over(layer: Any, told: Told) -> PubSub:
    """The transport that goes with a channel layer."""
    if not isinstance(layer, RedisPubSubChannelLayer):
        return LayerPubSub(layer, told)
    config: Any = settings.CHANNEL_LAYERS[DEFAULT_CHANNEL_LAYER]["CONFIG"]
    (host,) = config["hosts"]
    return RedisPubSub(host["address"], config["prefix"], told)


def _packed(envelope: Envelope) -> bytes:
    """Large events are only announced; the others read them from the database."""
    if envelope.frame and envelope.revision is not None and len(envelope.frame) > MAX_FRAME:
        envelope = msgspec.structs.replace(envelope, frame=None)
    return msgspec.msgpack.encode(envelope)
