"""WebSocket frames in bytes, as cheap as Python can read them."""

from collections.abc import Iterator
from struct import Struct

from tests.processes import CLOSE, PING, PONG, TEXT, frame

__all__ = ["CLOSE", "PING", "PONG", "TEXT", "Frame", "frame", "split"]

_two = Struct("!H").unpack_from
_eight = Struct("!Q").unpack_from

Frame = tuple[int, int, int, int]  # opcode; where it begins, its payload begins, and it ends


def split(data: bytes, at: int = 0) -> Iterator[Frame]:
    """The whole frames of a server's bytes from `at` on; what is left is the begin of another.

    Servers send neither masks (RFC 6455, 5.1) nor, those measured here, fragments.
    """
    size = len(data)
    while size - at >= 2:
        length = data[at + 1]
        body = at + 2
        if length == 126:
            body += 2
            if body > size:
                return
            (length,) = _two(data, at + 2)
        elif length == 127:
            body += 8
            if body > size:
                return
            (length,) = _eight(data, at + 2)
        end = body + length
        if end > size:
            return
        yield data[at] & 15, at, body, end
        at = end
