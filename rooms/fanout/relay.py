"""The exchange of envelopes between processes: this one's go out in batches, the others' come in.

The transport is best effort. It may lose, delay or repeat what it is given, be unavailable, or look
alive and deliver nothing. Only the tasks of this module wait for it, and the other processes find
what it loses in the database. While it is unavailable nothing is kept for it: by the time it is
back, that would be old.
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

from rooms.fanout.envelopes import Envelope
from rooms.fanout.layer_pubsub import LayerPubSub
from rooms.fanout.pubsub import Callbacks, LayerMessage, PubSub
from rooms.fanout.redis_pubsub import RedisPubSub
from rooms.fanout.throttled_log import ThrottledLog

logger = logging.getLogger(__name__)

RETURN_SECONDS = 1.5  # by then, other processes that lost the transport are back as well
MAX_FRAME = 32 * 1024  # bytes; the other processes read larger events from the database
MAX_BACKLOG = 10_000  # envelopes waiting for a slow transport
BATCH = 256  # envelopes sent together
BATCH_BYTES = 1024 * 1024

Receiver = Callable[[Sequence[Envelope]], None]  # what arrived together


class Relay:
    """`send`, `flush`, `want` and `leave` belong to the loop that `start` was called in."""

    def __init__(self, *, received: Receiver) -> None:
        self.id = secrets.token_hex(8)
        self.returned: list[Callable[[], None]] = []  # called when others hear us again
        # Envelopes dropped since the start, because the transport was slow or unavailable.
        self.unsent = 0
        self._received = received
        self._loop = asyncio.get_running_loop()
        self._backlog: deque[Envelope] = deque()
        self._something_to_send = asyncio.Event()
        self._under_way = 0  # envelopes that the transport has, and didn't confirm yet
        self._layer: Any = get_channel_layer()
        self._pubsub = pubsub_over(
            self._layer, Callbacks(self._receive, self._failed, self._announce_return)
        )
        self._away = False
        self._log = ThrottledLog(logger)
        self._log_of_drops = ThrottledLog(logger)

    def start(self) -> None:
        self._pubsub.start()
        self._publisher = self._loop.create_task(self._publish())
        _here.add(self)

    async def stop(self) -> None:
        _here.discard(self)
        self._publisher.cancel()
        await asyncio.gather(self._publisher, self._pubsub.stop(), return_exceptions=True)

    def send(self, envelope: Envelope) -> None:
        """Pass on to the other processes: soon, or with the next `flush`."""
        if self._is_alone:
            return
        self._backlog.append(envelope)
        if len(self._backlog) > MAX_BACKLOG:
            self._shorten()
        self._something_to_send.set()

    def flush(self) -> None:
        """Write to the transport what waits, if it can take it at once."""
        if self._backlog and not self._under_way and self._pubsub.writes_at_once:
            batch = [*self._next_batch()]
            self._under_way = len(batch)
            self._pubsub.begin(batch)

    def want(self, group: str) -> None:
        """Start receiving a group's envelopes from other processes."""
        self._pubsub.want(group)

    def leave(self, group: str) -> None:
        """Stop receiving them."""
        self._pubsub.leave(group)

    @property
    def _is_alone(self) -> bool:
        """Whether there is nobody to send to: the embedded layer doesn't reach beyond this process,
        which usually has no other relay."""
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
            while self._under_way or self._backlog:
                try:
                    await self._publish_batch()
                except Exception as error:  # whatever a transport raises: it is best effort
                    self._away = True
                    self._failed(error)
                    self.unsent += self._under_way + len(self._backlog)
                    self._backlog.clear()
                else:
                    self._succeeded()
                self._under_way = 0

    async def _publish_batch(self) -> None:
        if self._under_way:
            await self._pubsub.finish()
        else:
            batch = [*self._next_batch()]
            self._under_way = len(batch)
            await self._pubsub.publish(batch)

    def _next_batch(self) -> Iterator[tuple[str, LayerMessage]]:
        size = count = 0
        while self._backlog and count < BATCH and size < BATCH_BYTES:
            envelope = self._backlog.popleft()
            data = _packed(envelope)
            yield envelope.group, LayerMessage(self.id, data)
            count, size = count + 1, size + len(data)

    def _shorten(self) -> None:
        """Make room, since the transport doesn't keep up. Of each sequence only the latest revision
        is kept, as a hint to the other processes to read the rest from the database. Everything
        else can be dropped: notices are polled, and presence is repeated."""
        newest = {one.group: one for one in self._backlog if one.revision is not None}
        kept = [msgspec.structs.replace(one, frame=None, aside=None) for one in newest.values()]
        dropped = len(self._backlog) - len(kept)
        self.unsent += dropped
        self._log_of_drops.warn(
            "The channel layer is too slow: dropped %d events (%d so far); "
            "other processes will read them from the database.",
            dropped,
            self.unsent,
        )
        self._backlog = deque(kept[-MAX_BACKLOG // 2 :])

    def _failed(self, error: Exception) -> None:
        self._log.warn("The channel layer is unavailable: %r", error)

    def _succeeded(self) -> None:
        if self._away:
            self._away = False
            self._announce_return()
            self._loop.call_later(RETURN_SECONDS, self._announce_return)

    def _announce_return(self) -> None:
        for tell in self.returned:
            tell()

    # -- in --

    def _receive(self, messages: Sequence[LayerMessage]) -> None:
        envelopes = []
        for message in messages:
            if message.origin == self.id:
                continue
            try:
                envelopes.append(msgspec.msgpack.decode(message.data, type=Envelope))
            except msgspec.MsgspecError as error:
                self._log.warn("Ignored a malformed message from the channel layer: %r", error)
        self._received(envelopes)


_here: set[Relay] = set()  # the relays of this process


def pubsub_over(layer: Any, callbacks: Callbacks) -> PubSub:
    """The transport to use with a channel layer."""
    if not isinstance(layer, RedisPubSubChannelLayer):
        return LayerPubSub(layer, callbacks)
    config: Any = settings.CHANNEL_LAYERS[DEFAULT_CHANNEL_LAYER]["CONFIG"]
    (host,) = config["hosts"]
    return RedisPubSub(host["address"], config["prefix"], callbacks)


def _packed(envelope: Envelope) -> bytes:
    """Encode an envelope. Large events go without their frame; the other processes read them from
    the database."""
    if envelope.frame and envelope.revision is not None and len(envelope.frame) > MAX_FRAME:
        envelope = msgspec.structs.replace(envelope, frame=None)
    return msgspec.msgpack.encode(envelope)
