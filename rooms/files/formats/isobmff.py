"""Boxes (ISO 14496-12): MP4 and QuickTime films, AVIF and HEIC pictures.

Their places are written in absolute numbers all over the file, so nothing is moved: what has to go
is overwritten with zeros where it is, as a box that players skip.
"""

from collections.abc import Collection, Iterator
from contextlib import suppress
from typing import BinaryIO, NamedTuple

from rooms.files.formats import Damaged, Data, Header, Steps, big, blank, sideways, taken

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
INSIDE = {b"moov", b"trak", b"mdia", b"minf", b"moof", b"traf", b"edts", b"mvex", b"stbl", b"dinf"}
# What describes the film, who made it and where; what is free may hold what was there before.
METADATA = {b"udta", b"meta", b"uuid", b"free", b"skip", b"XMP_", b"gps ", b"loci", b"ilst"}
# Other tracks hold places, faces, the time.
TRACKS = {b"vide", b"soun", b"subt", b"sbtl", b"text", b"clcp", b"pict", b"auxv"}
TIMES = {b"mvhd", b"tkhd", b"mdhd"}  # when it was made
MAX_DEPTH = 8
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
    """Return the type by the brands; "" if it is none of ours."""
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


def _child(data: Data, parent: Box, kind: bytes, steps: Steps, skip: int = 0) -> Box:
    for box in boxes(data, parent.body + skip, parent.end, steps):
        if box.type == kind:
            return box
    raise Damaged


# -- pictures ----------------------------------------------------------------------------------


def picture(data: Data, steps: Steps) -> Header:
    """Read the size of the main picture, and whether there are more. Raises Damaged."""
    kind = type_of(data)
    top = list(_whole_boxes(data, steps))
    if (meta := next((box for box in top if box.type == b"meta"), None)) is None:
        raise Damaged
    main = _main(data, meta, steps)
    width = height = turns = 0
    properties = _child(data, meta, b"iprp", steps, skip=4)
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
    box = _child(data, meta, b"pitm", steps, skip=4)
    return big(data, box.body + 4, 4 if big(data, box.body, 1) else 2)


def _properties(data: Data, properties: Box, item: int, steps: Steps) -> Iterator[Box]:
    """The properties of one item, through the table of associations."""
    container = _child(data, properties, b"ipco", steps)
    known = list(boxes(data, container.body, container.end, steps))
    table = _child(data, properties, b"ipma", steps)
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
        place = _child(data, place, kind, steps)
    return max(1, big(data, place.body + 8, 4))


def clean_picture(file: BinaryIO, data: Data) -> None:
    """Blank Exif, XMP and unknown items, in `file`, which is a copy of `data`, and cut what comes
    after its end. Raises Damaged."""
    steps = Steps(100_000)
    top = _clean_top(file, data)
    meta = next((box for box in top if box.type == b"meta"), None)
    if meta is None:
        raise Damaged
    _blank_items(file, data, meta, steps)
    for box in boxes(data, meta.body + 4, meta.end, steps):
        if box.type in METADATA:
            _free(file, box)
    for box in top:
        if box.type == b"moov":
            _clean_inside(file, data, box, MAX_DEPTH)
    file.truncate(top[-1].end)


def _blank_items(file: BinaryIO, data: Data, meta: Box, steps: Steps) -> None:
    """Blank what items of metadata point to."""
    items = _child(data, meta, b"iinf", steps, skip=4)
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
    box = _child(data, meta, b"iloc", steps, skip=4)
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


# -- films -------------------------------------------------------------------------------------


def film(data: Data, steps: Steps) -> Header:
    """Read the size and duration of a film, or that it is sound alone. Raises Damaged."""
    moov = next((box for box in _whole_boxes(data, steps) if box.type == b"moov"), None)
    if moov is None:
        raise Damaged
    duration, kinds = None, set()
    width = height = turned = 0
    for box in boxes(data, moov.body, moov.end, steps):
        if box.type == b"mvhd":
            duration = _duration(data, box)
        elif box.type == b"trak":
            with suppress(Damaged):
                kind = _handler(data, box, steps)
                kinds.add(kind)
                if kind == b"vide" and not width:
                    width, height, turned = _shown(data, _child(data, box, b"tkhd", steps))
    if b"vide" not in kinds:
        if b"soun" not in kinds:
            raise Damaged
        return Header("audio/mp4", "audio", duration=duration)
    if sideways(turned):
        width, height = height, width
    return Header(type_of(data), "video", width or None, height or None, duration=duration)


def _duration(data: Data, box: Box) -> float | None:
    if big(data, box.body, 1):
        scale, length = big(data, box.body + 20, 4), big(data, box.body + 24, 8)
    else:
        scale, length = big(data, box.body + 12, 4), big(data, box.body + 16, 4)
    return length / scale if scale and length else None


def _shown(data: Data, box: Box) -> tuple[int, int, int]:
    """The size of a track and whether it is turned, from the matrix in its header."""
    place = box.body + (52 if big(data, box.body, 1) else 40)
    across = big(data, place, 4)  # how x follows from x: 0 when turned by a quarter
    turned = 1 if across else 6
    return big(data, place + 36, 2), big(data, place + 40, 2), turned


def _handler(data: Data, track: Box, steps: Steps) -> bytes:
    """What a track holds."""
    media = _child(data, track, b"mdia", steps)
    return taken(data, _child(data, media, b"hdlr", steps).body + 8, 4)


def clean_film(file: BinaryIO, data: Data) -> None:
    """Blank what describes the film, tracks of anything but pictures, sound and subtitles, and
    the times when it was made, in `file`, which is a copy of `data`. Raises Damaged."""
    top = _clean_top(file, data, free={b"meta"})
    if not any(box.type == b"moov" for box in top):
        raise Damaged  # nothing says which of its bytes are places
    for box in top:
        if box.type in INSIDE:
            _clean_inside(file, data, box, MAX_DEPTH)
    file.truncate(top[-1].end)


def _clean_inside(file: BinaryIO, data: Data, parent: Box, depth: int) -> None:
    if not depth:
        raise Damaged
    for box in boxes(data, parent.body, parent.end, Steps(MAX_BOXES)):
        if box.type == b"trak" and not _is_shown(data, box):
            _blank_samples(file, data, box)
            _free(file, box)
        elif box.type in METADATA:
            with suppress(Damaged):  # it may be laid out in QuickTime's way, without items
                _blank_items(file, data, box, Steps(1000))
            _free(file, box)
        elif box.type in TIMES:
            blank(file, box.body + 4, min(16 if big(data, box.body, 1) else 8, box.end - box.body))
        elif box.type in INSIDE:
            _clean_inside(file, data, box, depth - 1)


def _is_shown(data: Data, track: Box) -> bool:
    try:
        return _handler(data, track, Steps(1000)) in TRACKS
    except Damaged:
        return False


def _blank_samples(file: BinaryIO, data: Data, track: Box) -> None:
    """Blank what a track that goes points to, such as where a camera was, second by second."""
    steps = Steps(2_000_000)
    place = track
    for kind in (b"mdia", b"minf", b"stbl"):
        place = _child(data, place, kind, steps)
    parts = {box.type: box for box in boxes(data, place.body, place.end, steps)}
    sizes = parts.get(b"stsz")
    chunks = parts.get(b"co64") or parts.get(b"stco")
    runs = parts.get(b"stsc")
    if sizes is None or chunks is None or runs is None:
        return
    same, count = big(data, sizes.body + 4, 4), big(data, sizes.body + 8, 4)
    width = 8 if chunks.type == b"co64" else 4
    total = big(data, chunks.body + 4, 4)
    run_count = big(data, runs.body + 4, 4)
    sample = 0
    for run in range(run_count):
        at = runs.body + 8 + 12 * run
        first, each = big(data, at, 4), big(data, at + 4, 4)
        following = big(data, at + 12, 4) if run + 1 < run_count else total + 1
        for chunk in range(first, min(following, total + 1)):
            steps.take()
            start = big(data, chunks.body + 8 + width * (chunk - 1), width)
            length = 0
            for _number in range(min(each, count - sample)):
                steps.take()
                length += same or big(data, sizes.body + 12 + 4 * sample, 4)
                sample += 1
            blank(file, start, min(length, max(0, len(data) - start)))


# -- what both share -----------------------------------------------------------------------------


def _whole_boxes(data: Data, steps: Steps | None = None) -> Iterator[Box]:
    """The boxes on the top level, as far as they go: the file ends at what is none."""
    with suppress(Damaged):
        for box in boxes(data, 0, len(data), steps):
            if not all(0x20 <= letter < 0x7F or letter == 0xA9 for letter in box.type):
                return
            yield box


def _clean_top(file: BinaryIO, data: Data, free: Collection[bytes] = ()) -> list[Box]:
    """Blank the boxes on the top level that say nothing about what is shown; return the others."""
    stay = []
    for box in _whole_boxes(data, Steps(MAX_BOXES)):
        if box.type in TOP and box.type not in free:
            stay.append(box)
        else:
            _free(file, box)
    if not stay:
        raise Damaged
    return stay


def _free(file: BinaryIO, box: Box) -> None:
    file.seek(box.start + 4)
    file.write(b"free")
    blank(file, box.body, box.end - box.body)
