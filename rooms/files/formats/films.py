"""MP4 and QuickTime films, and sound alone."""

from contextlib import suppress
from typing import BinaryIO

from rooms.files.formats import Damaged, Data, Header, Steps, big, blank, sideways, taken
from rooms.files.formats.isobmff import (
    MAX_BOXES,
    METADATA,
    Box,
    boxes,
    child,
    clean_top,
    free,
    type_of,
    whole_boxes,
)
from rooms.files.formats.items import blank_items

INSIDE = {b"moov", b"trak", b"mdia", b"minf", b"moof", b"traf", b"edts", b"mvex", b"stbl", b"dinf"}
# Other tracks hold places, faces, the time.
TRACKS = {b"vide", b"soun", b"subt", b"sbtl", b"text", b"clcp", b"pict", b"auxv"}
TIMES = {b"mvhd", b"tkhd", b"mdhd"}  # when it was made
MAX_DEPTH = 8


def film(data: Data, steps: Steps) -> Header:
    """Read the size and duration of a film, or that it is sound alone. Raises Damaged."""
    moov = next((box for box in whole_boxes(data, steps) if box.type == b"moov"), None)
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
                    width, height, turned = _shown(data, child(data, box, b"tkhd", steps))
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
    media = child(data, track, b"mdia", steps)
    return taken(data, child(data, media, b"hdlr", steps).body + 8, 4)


def clean_film(file: BinaryIO, data: Data) -> None:
    """Blank what describes the film, tracks of anything but pictures, sound and subtitles, and
    the times when it was made, in `file`, which is a copy of `data`. Raises Damaged."""
    top = clean_top(file, data, besides={b"meta"})
    if not any(box.type == b"moov" for box in top):
        raise Damaged  # nothing says which of its bytes are places
    for box in top:
        if box.type in INSIDE:
            clean_inside(file, data, box, MAX_DEPTH)
    file.truncate(top[-1].end)


def clean_inside(file: BinaryIO, data: Data, parent: Box, depth: int) -> None:
    if not depth:
        raise Damaged
    for box in boxes(data, parent.body, parent.end, Steps(MAX_BOXES)):
        if box.type == b"trak" and not _is_shown(data, box):
            _blank_samples(file, data, box)
            free(file, box)
        elif box.type in METADATA:
            with suppress(Damaged):  # it may be laid out in QuickTime's way, without items
                blank_items(file, data, box, Steps(1000))
            free(file, box)
        elif box.type in TIMES:
            blank(file, box.body + 4, min(16 if big(data, box.body, 1) else 8, box.end - box.body))
        elif box.type in INSIDE:
            clean_inside(file, data, box, depth - 1)


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
        place = child(data, place, kind, steps)
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
