"""What is on its way to sockets: bytes that were encoded once, and whom they are for."""

from functools import cached_property
from typing import Any, NamedTuple, Protocol

import msgspec


class Frame:
    """An encoded event, decoded at most once however many sockets want text."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    @cached_property
    def text(self) -> str:
        return self.data.decode()


class Connection(Protocol):
    """What frames are delivered to. Neither method may block or raise."""

    user_id: int

    def write(self, frame: Frame) -> None: ...

    def obey(self, order: dict[str, Any]) -> None: ...


class Position(NamedTuple):
    """How far a group has come: its last revision, and the number of its last message."""

    revision: int
    number: int


class Envelope(msgspec.Struct, array_like=True, frozen=True, kw_only=True):
    """What travels between processes.

    `frame` goes to those who follow the group, `aside` to those who merely watch it, `order` to
    the connections themselves. `revision` is the event's place in the group's sequence; without
    one it is delivered as it comes. `number` is the message that the aside announces: each is
    announced once. `without` is a user who gets nothing. `notice` is the row that keeps it for
    processes that the layer doesn't reach.
    """

    group: str
    frame: bytes | None = None
    revision: int | None = None
    aside: bytes | None = None
    order: dict[str, Any] | None = None
    without: int | None = None
    number: int | None = None
    notice: int | None = None
