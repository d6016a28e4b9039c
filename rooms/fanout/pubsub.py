"""Publish and subscribe between processes: at most once, perhaps late, perhaps never."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec


class LayerMessage(msgspec.Struct, frozen=True):
    """A message as Channels' layers carry it, with the `type` by which a consumer would dispatch
    it. `origin` is the process that sent it, `data` an encoded envelope."""

    origin: str
    data: bytes
    type: str = "hub.envelope"


@dataclass(frozen=True, slots=True)
class Callbacks:
    """What a transport calls: `received` with messages that arrived together, `failed` with the
    reason why it can't be used, and `returned` when messages arrive again after some were lost."""

    received: Callable[[Sequence[LayerMessage]], None]
    failed: Callable[[Exception], None]
    returned: Callable[[], None]


class PubSub(Protocol):
    """A transport. It belongs to the loop that it was created in."""

    def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def publish(self, messages: Sequence[tuple[str, LayerMessage]]) -> None:
        """Send each to every process that listens to its group, including this one. Raises
        whatever the transport raises."""

    @property
    def writes_at_once(self) -> bool:
        """Whether `begin` can be used now."""

    def begin(self, messages: Sequence[tuple[str, LayerMessage]]) -> None:
        """Like `publish`, but written when it returns. Then await `finish`, before anything else
        is published."""

    async def finish(self) -> None:
        """Wait for the outcome of `begin`. Raises whatever the transport raises."""

    def want(self, group: str) -> None:
        """Start listening to a group."""

    def leave(self, group: str) -> None:
        """Stop listening to a group."""

    @property
    def subscribed(self) -> frozenset[str]:
        """The groups whose messages arrive here now."""
