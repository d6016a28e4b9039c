"""Items of boxes (ISO 14496-12, 8.11): what the metadata of pictures and films points to."""

from collections.abc import Iterator
from typing import BinaryIO

from rooms.files.formats import Damaged, Data, Steps, big, blank, taken
from rooms.files.formats.isobmff import Box, boxes, child


def blank_items(file: BinaryIO, data: Data, meta: Box, steps: Steps) -> None:
    """Blank what items of metadata point to."""
    items = child(data, meta, b"iinf", steps, skip=4)
    wide = big(data, items.body, 1)
    doomed = set()
    for box in boxes(data, items.body + (8 if wide else 6), items.end, steps):
        if box.type == b"infe" and _item_type(data, box) in {b"Exif", b"mime", b"uri "}:
            doomed.add(_item_id(data, box))
            _forget_type(file, data, box)
    for item, start, length in _extents(data, meta, steps):
        if item in doomed:
            blank(file, start, min(length, len(data) - start))


def _item_id(data: Data, box: Box) -> int:
    return big(data, box.body + 4, 4 if big(data, box.body, 1) > 2 else 2)


def _item_type(data: Data, box: Box) -> bytes:
    version = big(data, box.body, 1)
    if version < 2:
        return b"mime"
    return taken(data, box.body + (10 if version > 2 else 8), 4)


def _forget_type(file: BinaryIO, data: Data, box: Box) -> None:
    """Make an item one that decoders don't know: they would refuse an empty block of Exif."""
    version = big(data, box.body, 1)
    if version >= 2:
        place = box.body + (10 if version > 2 else 8)
        file.seek(place)
        file.write(b"skip" + bytes(box.end - place - 4))


def _extents(data: Data, meta: Box, steps: Steps) -> Iterator[tuple[int, int, int]]:
    """Where the bytes of each item lie: its id, start and length."""
    box = child(data, meta, b"iloc", steps, skip=4)
    inner = [one for one in boxes(data, meta.body + 4, meta.end, steps) if one.type == b"idat"]
    version = big(data, box.body, 1)
    sizes = big(data, box.body + 4, 2)
    offset_size, length_size, base_size = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15
    index_size = sizes & 15 if version else 0
    id_size = 4 if version > 1 else 2
    place = box.body + 6
    count = big(data, place, id_size)
    place += id_size
    for _item in range(count):
        steps.take()
        item = big(data, place, id_size)
        place += id_size
        method = big(data, place, 2) & 15 if version else 0
        place += (2 if version else 0) + 2
        base = big(data, place, base_size)
        place += base_size
        extents = big(data, place, 2)
        place += 2
        for _extent in range(extents):
            steps.take()
            place += index_size
            start = base + big(data, place, offset_size)
            length = big(data, place + offset_size, length_size)
            place += offset_size + length_size
            if method == 1:
                if not inner:
                    raise Damaged
                start += inner[0].body
            elif method:
                raise Damaged
            yield item, start, length or max(0, len(data) - start)
