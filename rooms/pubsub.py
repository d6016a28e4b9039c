"""How what processes send each other travels: at most once, perhaps late, perhaps never."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec


class Letter(msgspec.Struct, frozen=True):
    """A message as Channels' layers carry it, with the `type` by which a consumer would dispatch
    it. `origin` is the process that sent it, `data` an encoded envelope."""

    origin: str
    data: bytes
    type: str = "hub.envelope"


@dataclass(frozen=True, slots=True)
class Told:
    """Whom a transport tells what happens: `received` gets the letters that arrived together,
    `failed` why it can't be used, and `returned` says that letters arrive again which for a time
    were lost."""

    received: Callable[[Sequence[Letter]], None]
    failed: Callable[[Exception], None]
    returned: Callable[[], None]


class PubSub(Protocol):
    """A transport. It belongs to the loop in which it is made."""

    def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def publish(self, letters: Sequence[tuple[str, Letter]]) -> None:
        """Send each to everybody who listens to its group, this process included. Raises whatever
        the transport raises."""

    def want(self, group: str) -> None:
        """Begin to listen to a group."""

    def leave(self, group: str) -> None:
        """Listen to it no longer."""

    @property
    def subscribed(self) -> frozenset[str]:
        """The groups whose letters arrive here now."""
