"""JPEG (ITU T.81): segments, and scans between them."""

import re
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from rooms.files.formats import Damaged, Data, Header, Steps, big, exif, sideways, taken

START, END, SCAN, COMMENT = 0xD8, 0xD9, 0xDA, 0xFE
FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}  # start of frame, of any process
ALONE = {0x01, *range(0xD0, 0xD9)}  # markers without a length
SHORT_JFIF = 14  # bytes, without its thumbnail
ADOBE = 12  # bytes: which transform the colours went through
MAX_SCANS = 64  # each decodes the whole picture again; encoders make ten
_NEXT_MARKER = re.compile(rb"\xff+[^\x00\xd0-\xd7\xff]")


class Segment(NamedTuple):
    marker: int
    start: int  # of its body, after the length
    end: int  # of its body
    scan_end: int  # of what follows a scan's header; `end` for others


def header(data: Data, steps: Steps) -> Header:
    """Read the size and orientation. Raises Damaged."""
    turned = 1
    for segment in segments(data, steps):
        if segment.marker in FRAMES:
            height, width = big(data, segment.start + 1, 2), big(data, segment.start + 3, 2)
            if not width or not height:
                raise Damaged
            pixels = width * height
            if sideways(turned):
                width, height = height, width
            return Header("image/jpeg", "image", width, height, turned, pixels=pixels)
        if segment.marker == 0xE1 and data[segment.start : segment.start + 6] == b"Exif\0\0":
            turned = exif.orientation(bytes(data[segment.start + 6 : segment.end]))
    raise Damaged


def cut(data: Data, target: BinaryIO) -> None:
    """Copy the picture up to its end, with its colour profile and no other metadata. The pixels
    stay as they are encoded. One that ends in a scan stays one. Raises Damaged."""
    target.write(b"\xff\xd8")
    scans = 0
    for segment in segments(data):
        if segment.marker == END:
            target.write(b"\xff\xd9")
            break
        if segment.marker == SCAN:
            scans += 1
            if scans > MAX_SCANS:
                raise Damaged
        body = _kept(segment.marker, bytes(data[segment.start : segment.end]))
        if body is not None:
            target.write(b"\xff" + bytes([segment.marker]) + (len(body) + 2).to_bytes(2, "big"))
            target.write(body)
            target.write(data[segment.end : segment.scan_end])
    if not scans:
        raise Damaged


def _kept(marker: int, body: bytes) -> bytes | None:
    """Return what is kept of a segment: all of what decoders need, of others only what they know
    colours and density by."""
    if marker == 0xE0 and body[:5] == b"JFIF\0":
        return body[: SHORT_JFIF - 2].ljust(SHORT_JFIF - 2, b"\0") + b"\0\0"
    if marker == 0xE2 and body[:12] == b"ICC_PROFILE\0":
        return body
    if marker == 0xEE and body[:5] == b"Adobe":
        return body[:ADOBE]
    return None if 0xE0 <= marker <= 0xEF or marker >= 0xF0 else body


def segments(data: Data, steps: Steps | None = None) -> Iterator[Segment]:
    """Walk through the segments up to the end of the picture, or of the file if that ends in a
    scan. Raises Damaged if it ends elsewhere."""
    if taken(data, 0, 2) != b"\xff\xd8":
        raise Damaged
    place, size = 2, len(data)
    while True:
        if steps:
            steps.take()
        found = _NEXT_MARKER.search(data, place)
        if found is None:
            raise Damaged
        marker, place = data[found.end() - 1], found.end()
        if marker == END:
            yield Segment(END, place, place, place)
            return
        if marker in ALONE:
            continue
        start, end = place + 2, place + big(data, place, 2)
        if end < start or end > size:
            raise Damaged
        place = end
        if marker == SCAN:
            following = _NEXT_MARKER.search(data, end)
            if following is None:
                yield Segment(marker, start, end, size)
                return
            place = following.start()
        yield Segment(marker, start, end, place)
