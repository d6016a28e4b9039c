"""Boxes (ISO 14496-12): MP4 and QuickTime films, AVIF and HEIC pictures.

Their places are written in absolute numbers all over the file, so nothing is moved: what has to go
is overwritten with zeros where it is, as a box that players skip.
"""

from collections.abc import Collection, Iterator
from contextlib import suppress
from typing import BinaryIO, NamedTuple

from rooms.files.formats import Damaged, Data, Steps, big, blank, taken

PICTURES = {b"avif": "image/avif", b"avis": "image/avif"}
PICTURES |= dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"), "image/heic")
FILMS = {
    *(b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"iso7", b"iso8", b"iso9"),
    *(b"mp41", b"mp42", b"mp71", b"avc1", b"dash", b"cmfc", b"M4V ", b"M4VH", b"M4VP", b"MSNV"),
    *(b"M4A ", b"M4B ", b"f4v ", b"XAVC", b"3gp4", b"3gp5", b"3gp6", b"3gp7", b"3gs7", b"3g2a"),
    *(b"NDSC", b"mmp4"),
}
# Boxes that a file is made of; any other on the top level goes. Data without an index is no more
# than bytes that nothing points to.
TOP = {
    *(b"ftyp", b"styp", b"moov", b"moof", b"mdat", b"mfra", b"sidx", b"ssix", b"meta", b"wide"),
    b"pdin",
}
# What describes the film, who made it and where; what is free may hold what was there before.
METADATA = {b"udta", b"meta", b"uuid", b"free", b"skip", b"XMP_", b"gps ", b"loci", b"ilst"}
MAX_BOXES = 100_000  # in one; a recording of a day has as many pieces


class Box(NamedTuple):
    type: bytes
    start: int
    body: int
    end: int


def brands(data: Data) -> list[bytes]:
    """Return what the file says it is, the most important first. Empty if it says nothing."""
    if bytes(data[4:8]) != b"ftyp":
        return []
    end = min(big(data, 0, 4), 1024, len(data))
    inside = bytes(data[8:end])
    return [inside[:4], *(inside[at : at + 4] for at in range(8, len(inside) - 3, 4))]


def type_of(data: Data) -> str:
    """Return the type by the brands; "" if we don't know it."""
    named = brands(data)
    if not named:
        # QuickTime before 2001.
        old = bytes(data[4:8])
        return "video/quicktime" if old in {b"moov", b"mdat", b"wide"} and _fits(data) else ""
    if named[0] in {b"mif1", b"msf1"}:
        return next((PICTURES[one] for one in named if one in PICTURES), "")
    for one in named:
        if one in PICTURES:
            return PICTURES[one]
        if one == b"qt  ":
            return "video/quicktime"
        if one in FILMS:
            return "video/mp4"
    return ""


def _fits(data: Data) -> bool:
    length = big(data, 0, 4)
    return length in {0, 1} or 8 <= length <= len(data)


def boxes(data: Data, start: int, end: int, steps: Steps | None = None) -> Iterator[Box]:
    """Walk through the boxes of a range. Raises Damaged at one that doesn't fit."""
    # QuickTime may end a list with four zeros.
    while start < end and (end - start != 4 or any(data[start:end])):
        if steps:
            steps.take()
        length, kind, body = big(data, start, 4), taken(data, start + 4, 4), start + 8
        if length == 1:
            length, body = big(data, start + 8, 8), start + 16
        elif length == 0:
            length = end - start
        if start + length > end or start + length < body:
            raise Damaged
        yield Box(kind, start, body, start + length)
        start += length


def child(data: Data, parent: Box, kind: bytes, steps: Steps, skip: int = 0) -> Box:
    for box in boxes(data, parent.body + skip, parent.end, steps):
        if box.type == kind:
            return box
    raise Damaged


def whole_boxes(data: Data, steps: Steps | None = None) -> Iterator[Box]:
    """The boxes on the top level, up to the first bytes that aren't one."""
    with suppress(Damaged):
        for box in boxes(data, 0, len(data), steps):
            if not all(0x20 <= letter < 0x7F or letter == 0xA9 for letter in box.type):
                return
            yield box


def clean_top(file: BinaryIO, data: Data, besides: Collection[bytes] = ()) -> list[Box]:
    """Blank the boxes on the top level that say nothing about what is shown, and those of the types
    `besides`; return the others."""
    stay = []
    for box in whole_boxes(data, Steps(MAX_BOXES)):
        if box.type in TOP and box.type not in besides:
            stay.append(box)
        else:
            free(file, box)
    if not stay:
        raise Damaged
    return stay


def free(file: BinaryIO, box: Box) -> None:
    file.seek(box.start + 4)
    file.write(b"free")
    blank(file, box.body, box.end - box.body)
