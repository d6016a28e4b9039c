"""What is on its way to sockets: bytes that were encoded once, and whom they are for."""

from functools import cached_property
from typing import Any, NamedTuple, Protocol

import msgspec


class Frame:
    """An encoded event, made into what a server sends at most once for all its sockets."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.wire = _framed(data)

    @cached_property
    def text(self) -> str:
        """For a server that makes the WebSocket frame itself."""
        return self.data.decode()


def _framed(data: bytes) -> bytes:
    """The whole WebSocket frame: final, text, unmasked (RFC 6455 5.2)."""
    size = len(data)
    if size < 126:
        return bytes((0x81, size)) + data
    if size < 1 << 16:
        return b"\x81\x7e" + size.to_bytes(2, "big") + data
    return b"\x81\x7f" + size.to_bytes(8, "big") + data


class Connection(Protocol):
    """What frames are delivered to. None of the methods may block or raise."""

    user_id: int
    mine: set[str]  # the groups of the rooms that the person is in

    def write(self, frame: Frame) -> None: ...

    def send(self, frame: Frame) -> None:
        """The same, for a frame that hardly anything else will go with in this turn."""

    def obey(self, order: dict[str, Any], notice: int | None = None) -> None:
        """`notice` is the row that keeps the order."""


class Position(NamedTuple):
    """How far a group has come: its last revision, and the number of its last message."""

    revision: int
    number: int


class Subject(msgspec.Struct, array_like=True, frozen=True):
    """What a notice tells the state of: of two about the same subject, the later one counts alone.
    `kind` names how to read that state, `room` and `user` are ids, `key` tells apart what those
    don't."""

    kind: str
    room: int = 0
    user: int = 0
    key: str = ""


class Envelope(msgspec.Struct, array_like=True, frozen=True, kw_only=True):
    """What travels between processes.

    `frame` goes to connections that follow the group, `aside` to those that merely watch it,
    `order` to the connections themselves. `revision` is the event's place in the group's sequence;
    without one it is delivered as it comes. `number` is the message that the aside announces: each
    is announced once. Without a number, the aside of a revision says what has changed up to the
    revision `until`, or its own: the first event of a transaction says it for all of them.
    `without` is a user who gets nothing, `inside` keeps an event from followers who aren't members.
    What goes to `also`, more groups, is told each of their connections once; true: of that group to
    members alone. `notice` is the row that keeps it for processes that the layer doesn't reach,
    `about` what the notice tells the state of. With `jump` it takes the place of everything before
    its revision that wasn't delivered.
    """

    group: str
    frame: bytes | None = None
    revision: int | None = None
    aside: bytes | None = None
    order: dict[str, Any] | None = None
    without: int | None = None
    number: int | None = None
    notice: int | None = None
    about: Subject | None = None
    inside: bool = False
    also: dict[str, bool] = {}
    until: int | None = None
    jump: bool = False
