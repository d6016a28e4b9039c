"""WebP: chunks in a RIFF file."""

from collections.abc import Iterator
from contextlib import suppress
from typing import BinaryIO, NamedTuple

from rooms.files.formats import Damaged, Data, Header, Steps, exif, little, sideways, taken

KEPT = {b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF", b"ICCP"}
FRAME_PARTS = {b"VP8 ", b"VP8L", b"ALPH"}
EXIF_FLAG, XMP_FLAG = 0x08, 0x04  # of VP8X
FRAME_HEADER = 16  # bytes of ANMF before its chunks


class Chunk(NamedTuple):
    type: bytes
    start: int
    body: int
    end: int  # without the padding


def header(data: Data, steps: Steps) -> Header:
    """Read the size, orientation and number of frames, as far as the steps last. Raises
    Damaged."""
    size: tuple[int, int] | None = None
    turned, frames = 1, 0
    with suppress(Damaged):  # what was read so far is what there is
        for chunk in chunks(data, steps):
            if chunk.type == b"VP8X":
                size = 1 + little(data, chunk.body + 4, 3), 1 + little(data, chunk.body + 7, 3)
            elif chunk.type in {b"VP8 ", b"VP8L"}:
                size = size or _size(chunk.type, data, chunk.body)
            elif chunk.type == b"ANMF":
                frames += 1
            elif chunk.type == b"EXIF":
                block = bytes(data[chunk.body : chunk.end])
                turned = exif.orientation(block.removeprefix(b"Exif\0\0"))
    if size is None or 0 in size:
        raise Damaged
    width, height = size
    frames = max(1, frames)
    pixels = frames * width * height
    if frames > 1:
        turned = 1
    if sideways(turned):
        width, height = height, width
    return Header("image/webp", "image", width, height, turned, frames, pixels)


def _size(kind: bytes, data: Data, start: int) -> tuple[int, int]:
    if kind == b"VP8 ":
        if taken(data, start + 3, 3) != b"\x9d\x01\x2a":
            raise Damaged
        return little(data, start + 6, 2) & 0x3FFF, little(data, start + 8, 2) & 0x3FFF
    if taken(data, start, 1) != b"\x2f":
        raise Damaged
    bits = little(data, start + 1, 4)
    return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1


def is_lossless(data: Data) -> bool:
    """Whether the first frame is encoded without loss."""
    return any(chunk.type == b"VP8L" for chunk in chunks(data))


def cut(data: Data, target: BinaryIO) -> None:
    """Copy the picture up to its end, without metadata. Raises Damaged."""
    target.write(b"RIFF\0\0\0\0WEBP")
    for chunk in chunks(data):
        if chunk.type not in KEPT:
            continue
        body = bytes(data[chunk.body : chunk.end])
        if chunk.type == b"VP8X":
            body = bytes([body[0] & ~(EXIF_FLAG | XMP_FLAG)]) + body[1:10]
        elif chunk.type == b"ANMF":
            body = _frame(body)
        _write(target, chunk.type, body)
    length = target.tell() - 8
    target.seek(4)
    target.write(length.to_bytes(4, "little"))
    target.seek(0, 2)


def _frame(body: bytes) -> bytes:
    parts = [
        body[part.start : part.end] + b"\0" * ((part.end - part.start) % 2)
        for part in _chunks(body, FRAME_HEADER, len(body))
        if part.type in FRAME_PARTS
    ]
    return taken(body, 0, FRAME_HEADER) + b"".join(parts)


def _write(target: BinaryIO, kind: bytes, body: bytes) -> None:
    target.write(kind + len(body).to_bytes(4, "little") + body + b"\0" * (len(body) % 2))


def chunks(data: Data, steps: Steps | None = None) -> Iterator[Chunk]:
    """Walk through the chunks. Raises Damaged if the file ends early."""
    if taken(data, 0, 4) != b"RIFF" or taken(data, 8, 4) != b"WEBP":
        raise Damaged
    end = 8 + little(data, 4, 4)
    # Some encoders leave out the padding of the last chunk.
    if end > len(data) + 1:
        raise Damaged
    yield from _chunks(data, 12, min(end, len(data)), steps)


def _chunks(data: Data, place: int, end: int, steps: Steps | None = None) -> Iterator[Chunk]:
    while place + 8 <= end:
        if steps:
            steps.take()
        length = little(data, place + 4, 4)
        body = place + 8
        if body + length > end:
            raise Damaged
        kind = bytes(data[place : place + 4])
        if kind == b"VP8X" and length < 10:
            raise Damaged
        yield Chunk(kind, place, body, body + length)
        place = body + length + length % 2
