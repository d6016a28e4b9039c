"""AVIF and HEIC pictures."""

from collections.abc import Iterator
from typing import BinaryIO

from rooms.files.formats import Damaged, Data, Header, Steps, big
from rooms.files.formats.films import MAX_DEPTH, clean_inside
from rooms.files.formats.isobmff import (
    METADATA,
    Box,
    boxes,
    brands,
    child,
    clean_top,
    free,
    type_of,
    whole_boxes,
)
from rooms.files.formats.items import blank_items


def picture(data: Data, steps: Steps) -> Header:
    """Read the size of the main picture, and whether there are more. Raises Damaged."""
    kind = type_of(data)
    top = list(whole_boxes(data, steps))
    if (meta := next((box for box in top if box.type == b"meta"), None)) is None:
        raise Damaged
    main = _main(data, meta, steps)
    width = height = turns = 0
    properties = child(data, meta, b"iprp", steps, skip=4)
    for box in _properties(data, properties, main, steps):
        if box.type == b"ispe":
            width, height = big(data, box.body + 4, 4), big(data, box.body + 8, 4)
        elif box.type == b"irot":
            turns = big(data, box.body, 1) & 3
    if not width or not height:
        raise Damaged
    moov = next((box for box in top if box.type == b"moov"), None)
    frames = _samples(data, moov, steps) if moov and b"avis" in brands(data)[:1] else 1
    pixels = width * height * frames
    if turns % 2:
        width, height = height, width
    return Header(kind, "image", width, height, frames=frames, pixels=pixels)


def _main(data: Data, meta: Box, steps: Steps) -> int:
    box = child(data, meta, b"pitm", steps, skip=4)
    return big(data, box.body + 4, 4 if big(data, box.body, 1) else 2)


def _properties(data: Data, properties: Box, item: int, steps: Steps) -> Iterator[Box]:
    """The properties of one item, through the table of associations."""
    container = child(data, properties, b"ipco", steps)
    known = list(boxes(data, container.body, container.end, steps))
    table = child(data, properties, b"ipma", steps)
    version, wide = big(data, table.body, 1), big(data, table.body + 3, 1) & 1
    place = table.body + 8
    for _entry in range(big(data, table.body + 4, 4)):
        steps.take()
        id_length = 4 if version else 2
        its = big(data, place, id_length)
        count = big(data, place + id_length, 1)
        place += id_length + 1
        for _association in range(count):
            number = big(data, place, 1 + wide) & (0x7FFF if wide else 0x7F)
            place += 1 + wide
            if its == item and 1 <= number <= len(known):
                yield known[number - 1]


def _samples(data: Data, moov: Box, steps: Steps) -> int:
    """The number of pictures in the first track."""
    place = moov
    for kind in (b"trak", b"mdia", b"minf", b"stbl", b"stsz"):
        place = child(data, place, kind, steps)
    return max(1, big(data, place.body + 8, 4))


def clean_picture(file: BinaryIO, data: Data) -> None:
    """Blank Exif, XMP and unknown items, in `file`, which is a copy of `data`, and cut what comes
    after its end. Raises Damaged."""
    steps = Steps(100_000)
    top = clean_top(file, data)
    meta = next((box for box in top if box.type == b"meta"), None)
    if meta is None:
        raise Damaged
    blank_items(file, data, meta, steps)
    for box in boxes(data, meta.body + 4, meta.end, steps):
        if box.type in METADATA:
            free(file, box)
    for box in top:
        if box.type == b"moov":
            clean_inside(file, data, box, MAX_DEPTH)
    file.truncate(top[-1].end)
