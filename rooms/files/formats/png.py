"""PNG (third edition, with animations): chunks."""

from collections.abc import Iterator
from contextlib import suppress
from typing import BinaryIO, NamedTuple

from rooms.files.formats import Damaged, Data, Header, Steps, big, exif, sideways, taken

SIGNATURE = b"\x89PNG\r\n\x1a\n"
# What decides how the picture looks. Everything else is metadata, or unknown.
KEPT = {
    *(b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"bKGD", b"pHYs", b"sBIT", b"hIST", b"sPLT"),
    *(b"cHRM", b"gAMA", b"iCCP", b"sRGB", b"cICP", b"mDCV", b"cLLI"),
    *(b"acTL", b"fcTL", b"fdAT"),
}
MAX_CHUNKS = 100_000  # encoders write some kilobytes in each
MAX_PROFILE = 4 * 1024 * 1024


class Chunk(NamedTuple):
    type: bytes
    start: int  # of its length
    body: int
    end: int  # after its checksum


def header(data: Data, steps: Steps) -> Header:
    """Read the size, orientation and number of frames, as far as the steps last. Raises
    Damaged."""
    width = height = 0
    turned, frames, area = 1, 1, 0
    with suppress(Damaged):  # what was read so far is what there is
        for chunk in chunks(data, steps):
            if chunk.type == b"IHDR":
                width, height = big(data, chunk.body, 4), big(data, chunk.body + 4, 4)
            elif chunk.type == b"eXIf":
                turned = exif.orientation(bytes(data[chunk.body : chunk.end - 4]))
            elif chunk.type == b"acTL":
                frames = max(1, big(data, chunk.body, 4))
            elif chunk.type == b"fcTL":
                area += big(data, chunk.body + 4, 4) * big(data, chunk.body + 8, 4)
    if not width or not height:
        raise Damaged
    pixels = max(area, frames * width * height)
    if frames > 1:
        turned = 1  # browsers turn no animation
    if sideways(turned):
        width, height = height, width
    return Header("image/png", "image", width, height, turned, frames, pixels)


def cut(data: Data, target: BinaryIO) -> None:
    """Copy the picture up to its end, without metadata. Raises Damaged."""
    target.write(SIGNATURE)
    for chunk in chunks(data, Steps(MAX_CHUNKS)):
        if chunk.type == b"iCCP" and chunk.end - chunk.body > MAX_PROFILE:
            continue
        if chunk.type in KEPT:
            target.write(data[chunk.start : chunk.end])


def chunks(data: Data, steps: Steps | None = None) -> Iterator[Chunk]:
    """Walk through the chunks, IEND included. Raises Damaged if it is missing."""
    if taken(data, 0, 8) != SIGNATURE:
        raise Damaged
    place, size, is_first = 8, len(data), True
    while True:
        if steps:
            steps.take()
        kind = taken(data, place + 4, 4)
        end = place + 12 + big(data, place, 4)
        if end > size or is_first != (kind == b"IHDR"):
            raise Damaged
        yield Chunk(kind, place, place + 8, end)
        if kind == b"IEND":
            return
        place, is_first = end, False
