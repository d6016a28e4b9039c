"""GIF 89a: blocks of sub-blocks."""

from collections.abc import Iterator
from contextlib import suppress
from typing import BinaryIO, NamedTuple

from rooms.files.formats import Damaged, Data, Header, Steps, little, taken

EXTENSION, IMAGE, TRAILER = b"!,;"
CONTROL, APPLICATION = 0xF9, 0xFF
# Applications whose blocks decide how the picture looks: loops, and a colour profile.
KEPT = {b"NETSCAPE2.0", b"ANIMEXTS1.0", b"ICCRGBG1012"}

MAX_BLOCKS = 1_000_000  # of at most 255 bytes


class Block(NamedTuple):
    label: int | None  # of an extension; None for an image
    start: int
    end: int
    pixels: int


def header(data: Data, steps: Steps) -> Header:
    """Read the size and number of frames: as far as the steps last, since blocks are short.
    Raises Damaged."""
    width, height = _size(data)
    frames = pixels = 0
    with suppress(Damaged):  # what was read so far is what there is
        for block in blocks(data, steps):
            if block.label is None:
                frames += 1
                pixels += max(block.pixels, width * height)
    return Header("image/gif", "image", width, height, frames=max(1, frames), pixels=pixels)


def _size(data: Data) -> tuple[int, int]:
    if taken(data, 0, 6) not in {b"GIF87a", b"GIF89a"}:
        raise Damaged
    width, height = little(data, 6, 2), little(data, 8, 2)
    if not width or not height:
        raise Damaged
    return width, height


def cut(data: Data, target: BinaryIO) -> None:
    """Copy the picture up to its end, without comments and other metadata. Raises Damaged."""
    _size(data)
    target.write(data[: _first(data)])
    for block in blocks(data, Steps(MAX_BLOCKS)):
        if block.label in {None, CONTROL} or (
            block.label == APPLICATION and data[block.start + 3 : block.start + 14] in KEPT
        ):
            target.write(data[block.start : block.end])
    target.write(bytes([TRAILER]))


def blocks(data: Data, steps: Steps | None = None) -> Iterator[Block]:
    """Walk through the blocks up to the trailer, or whatever else comes after an image. Raises
    Damaged if the file ends inside a block."""
    place = _first(data)
    seen = False
    while True:
        if seen and bytes(data[place : place + 1]) not in {b"!", b","}:
            return
        kind = taken(data, place, 1)[0]
        label, pixels = None, 0
        if kind == IMAGE:
            pixels = little(data, place + 5, 2) * little(data, place + 7, 2)
            inside = place + 10 + _table(data, place + 9) + 1
        elif kind == EXTENSION:
            label, inside = taken(data, place + 1, 1)[0], place + 2
        else:
            raise Damaged
        end = _after(data, inside, steps)
        yield Block(label, place, end, pixels)
        seen = seen or label is None
        place = end


def _first(data: Data) -> int:
    """Where the blocks begin."""
    return 13 + _table(data, 10)


def _table(data: Data, flags: int) -> int:
    """The bytes of a colour table."""
    value = taken(data, flags, 1)[0]
    return 3 * 2 ** ((value & 7) + 1) if value & 0x80 else 0


def _after(data: Data, place: int, steps: Steps | None) -> int:
    """Return the end of a row of sub-blocks."""
    while True:
        if steps:
            steps.take()
        length = taken(data, place, 1)[0]
        place += 1 + length
        if not length:
            return place
