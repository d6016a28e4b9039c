"""What travels to sockets: bytes that were encoded once, and who they are for."""

from functools import cached_property
from typing import Any, NamedTuple, Protocol

import msgspec


class Frame:
    """An encoded event, framed for the WebSocket once for all recipients."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.wire = _framed(data)

    @cached_property
    def text(self) -> str:
        """For a server that does the WebSocket framing itself."""
        return self.data.decode()


def _framed(data: bytes) -> bytes:
    """A complete WebSocket frame: final, text, unmasked (RFC 6455, 5.2)."""
    size = len(data)
    if size < 126:
        return bytes((0x81, size)) + data
    if size < 1 << 16:
        return b"\x81\x7e" + size.to_bytes(2, "big") + data
    return b"\x81\x7f" + size.to_bytes(8, "big") + data


class Connection(Protocol):
    """A recipient of frames. None of its methods may block or raise."""

    user_id: int
    mine: set[str]  # the groups of the rooms that the person is a member of

    def write(self, frame: Frame) -> None: ...

    def send(self, frame: Frame) -> None:
        """Like `write`, for a frame that is probably alone in this turn of the loop."""

    def obey(self, order: dict[str, Any], notice: int | None = None) -> None:
        """Carry out an order; `notice` is the row that it was stored in, if any."""


class Position(NamedTuple):
    """A point in a group's sequence: its last revision, and the number of its last message."""

    revision: int
    number: int


class Subject(msgspec.Struct, array_like=True, frozen=True):
    """The state that a notice tells of: of two about the same subject, only the later one counts.
    `kind` says how to read that state, `room` and `user` are ids, `key` distinguishes the rest."""

    kind: str
    room: int = 0
    user: int = 0
    key: str = ""


class Envelope(msgspec.Struct, array_like=True, frozen=True, kw_only=True):
    """One event on its way, within a process and between processes.

    `frame` is sent to connections that follow the group, `aside` to those that only watch it;
    `order` is obeyed by both. `revision` is the event's place in the group's sequence; without one
    it is delivered as it comes. `number` is the message that the aside announces: each is announced
    once. Without a number, an aside says what has changed up to the revision `until`, or up to its
    own: the first event of a transaction says it for all of them. The user `without` receives
    nothing; `inside` restricts the event to followers who are members. `also` names several groups,
    each of whose connections receives the event once; true means only members of that group.
    `notice` is the row that stores the event for processes that the layer doesn't reach, `about` is
    the state that it tells of. An event with `jump` replaces everything before its revision that
    wasn't delivered.
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
