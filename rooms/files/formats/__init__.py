"""Kinds of files as their bytes are laid out: what the header says, and a copy without metadata.

Plain Python without decoders: nothing here looks at a pixel. What reads a header in the server's
process takes few steps, whatever the file claims (`Steps`); what copies a file runs in the decoding
child, whose time is limited.
"""

from dataclasses import dataclass
from mmap import mmap
from typing import BinaryIO

Data = bytes | mmap
_ZEROS = bytes(64 * 1024)


class Damaged(Exception):
    """The file isn't laid out as its first bytes say, or ends too early."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a file says of itself. The size is upright; `turned` says that the pixels aren't, as
    Exif numbers it."""

    type: str
    kind: str  # of an attachment
    width: int | None = None
    height: int | None = None
    turned: int = 1
    frames: int = 1  # as far as they were counted
    pixels: int = 0  # of all frames together
    duration: float | None = None  # seconds

    @property
    def animated(self) -> bool:
        return self.frames > 1


class Steps:
    """Bounds a walk through a file. Raises Damaged after `most` steps."""

    def __init__(self, most: int) -> None:
        self._left = most

    def take(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise Damaged


def taken(data: Data, start: int, length: int) -> bytes:
    """Return these bytes. Raises Damaged if the file ends before."""
    some = bytes(data[start : start + length])
    if len(some) < length:
        raise Damaged
    return some


def big(data: Data, start: int, length: int) -> int:
    """Read a number, the most significant byte first."""
    return int.from_bytes(taken(data, start, length), "big")


def little(data: Data, start: int, length: int) -> int:
    return int.from_bytes(taken(data, start, length), "little")


def blank(file: BinaryIO, start: int, length: int) -> None:
    """Overwrite these bytes with zeros."""
    file.seek(start)
    while length > 0:
        file.write(_ZEROS[: min(length, len(_ZEROS))])
        length -= len(_ZEROS)


def sideways(turned: int) -> bool:
    """Whether such a picture is shown with its width and height exchanged."""
    return turned >= 5
