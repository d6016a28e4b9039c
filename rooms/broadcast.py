"""The way out for events: encoded once and, after the commit, given to this process's hub, which
passes them on to the other processes. Only operations and presence may import this.

Nothing durable depends on the channel layer: other processes find an event with a revision in its
room's sequence, and everything else that was committed is stored as a notice.
"""

import logging
from collections.abc import Sequence
from typing import Any

import msgspec
from asgiref.sync import async_to_sync
from channels.layers import InMemoryChannelLayer, get_channel_layer
from django.db import transaction
from redis import RedisError

from rooms.fanout import hub
from rooms.fanout.envelopes import Envelope, Subject
from rooms.models import Notice
from rooms.protocol.codec import encode
from rooms.protocol.events import Event, MessageEvent

logger = logging.getLogger(__name__)


def room_group(room_id: int) -> str:
    """Everyone who has the room open, and its members. Built from the id, never from user text."""
    return f"room.{room_id}"


def room_id(group: str) -> int:
    """The inverse of `room_group`."""
    return int(group.removeprefix("room."))


def user_group(user_id: int) -> str:
    """All of a person's sockets."""
    return f"user.{user_id}"


def envelope(
    group: str,
    event: Event | None = None,
    *,
    aside: Event | None = None,
    order: dict[str, Any] | None = None,
    without: int | None = None,
    number: int | None = None,
    about: Subject | None = None,
    inside: bool = False,
    also: dict[str, bool] | None = None,
) -> Envelope:
    """Put an event into an envelope for a group.

    A change to a message takes the place of its `revision` in the group's sequence. An `aside` is
    for members who don't have the room open: it announces the message `number`, or (without one)
    something else. What is `inside` is only for members. All envelopes `about` one subject have to
    be published by transactions that wait for each other.
    """
    return Envelope(
        group=group,
        frame=None if event is None else encode(event),
        revision=event.revision if isinstance(event, MessageEvent) else None,
        aside=None if aside is None else encode(aside),
        order=order,
        without=without,
        number=number,
        about=about,
        inside=inside,
        also=also or {},
    )


def publish_on_commit(*envelopes: Envelope) -> None:
    """Announce what the current transaction writes once it is committed, and never if it isn't. It
    reaches every process, with or without the channel layer."""
    kept = [one if one.revision is not None else _noticed(one) for one in envelopes]
    transaction.on_commit(lambda: _publish(kept))


def hint_on_commit(*envelopes: Envelope) -> None:
    """Do the same for events that are too frequent to be stored and whose loss heals by itself."""
    transaction.on_commit(lambda: _publish(envelopes))


def publish_now(*envelopes: Envelope) -> None:
    """Announce what isn't stored: presence and typing."""
    _publish(envelopes)


def _noticed(envelope: Envelope) -> Envelope:
    notice = Notice.objects.create(data=msgspec.msgpack.encode(envelope))
    return msgspec.structs.replace(envelope, notice=notice.pk)


def _publish(envelopes: Sequence[Envelope]) -> None:
    here = hub.current()
    if here is not None:
        here.publish(envelopes)
        return
    layer = get_channel_layer()
    if layer is None or isinstance(layer, InMemoryChannelLayer):
        return  # a management command: the server's poll finds what was written
    try:
        for one in envelopes:
            message = {"type": "hub.envelope", "origin": "", "data": msgspec.msgpack.encode(one)}
            async_to_sync(layer.group_send)(one.group, message)
    except (RedisError, OSError) as error:
        # It is committed, and the servers' poll finds it. The layer is only a hint.
        logger.warning("The channel layer is unavailable: %r", error)
