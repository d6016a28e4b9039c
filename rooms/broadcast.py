"""Events on their way out: encoded once, after the commit, to the hub of this process, which
hands them to the others. Only operations and presence may import this."""

import logging
from collections.abc import Sequence
from typing import Any

import msgspec
from asgiref.sync import async_to_sync
from channels.layers import InMemoryChannelLayer, get_channel_layer
from django.db import transaction
from redis import RedisError

from rooms import hub
from rooms.hub import Envelope
from rooms.protocol import Event, encode

logger = logging.getLogger(__name__)


def room_group(room_id: int) -> str:
    """Everybody who has the room open, and its members. Built of the id, never of user text."""
    return f"room.{room_id}"


def room_id(group: str) -> int:
    """The inverse of `room_group`."""
    return int(group.removeprefix("room."))


def user_group(user_id: int) -> str:
    """All sockets of a person."""
    return f"user.{user_id}"


def envelope(
    group: str,
    event: Event | None = None,
    *,
    aside: Event | None = None,
    order: dict[str, Any] | None = None,
    without: int | None = None,
) -> Envelope:
    """An event for a group. With a `revision` it takes that place in the group's sequence."""
    return Envelope(
        group=group,
        frame=None if event is None else encode(event),
        revision=getattr(event, "revision", None),
        aside=None if aside is None else encode(aside),
        order=order,
        without=without,
    )


def publish_on_commit(*envelopes: Envelope) -> None:
    """Announce what the running transaction writes, once it is durable; never if it isn't."""
    transaction.on_commit(lambda: _publish(envelopes))


def publish_now(*envelopes: Envelope) -> None:
    """Announce what is not stored: presence, typing, orders to sockets."""
    _publish(envelopes)


def _publish(envelopes: Sequence[Envelope]) -> None:
    here = hub.current()
    if here is not None:
        here.publish(envelopes)
        return
    layer = get_channel_layer()
    if layer is None or isinstance(layer, InMemoryChannelLayer):
        return  # a command beside the server: the server's poll finds what was written
    try:
        for one in envelopes:
            message = {"type": "hub.envelope", "origin": "", "data": msgspec.msgpack.encode(one)}
            async_to_sync(layer.group_send)(one.group, message)
    except (RedisError, OSError) as error:
        # It is committed; the servers' poll finds it. The layer is only a hint.
        logger.warning("The channel layer is away: %r", error)
