"""Matroska and WebM (RFC 9559): elements. What has to go is overwritten where it is, as a Void."""

import math
import struct
from collections.abc import Iterator
from contextlib import suppress
from typing import BinaryIO, NamedTuple

from rooms.files.formats import Damaged, Data, Header, Steps, big, blank, taken

HEADER, DOC_TYPE, SEGMENT = 0x1A45DFA3, 0x4282, 0x18538067
INFO, TRACKS, TAGS, ATTACHMENTS = 0x1549A966, 0x1654AE6B, 0x1254C367, 0x1941A469
SCALE, DURATION, DATE, TITLE, FILE_NAME = 0x2AD7B1, 0x4489, 0x4461, 0x7BA9, 0x7384
OTHER_FILES = {0x3C83AB, 0x3EB923, 0x3CB923, 0x3E83BB, 0x73A4}  # names and ids of neighbours
TRACK, TRACK_TYPE, TRACK_NAME, VIDEO = 0xAE, 0x83, 0x536E, 0xE0
WIDTH, HEIGHT, SHOWN_WIDTH, SHOWN_HEIGHT = 0xB0, 0xBA, 0x54B0, 0x54BA
CLUSTER, CUES, CHAPTERS, SEEK = 0x1F43B675, 0x1C53BB6B, 0x1043A770, 0x114D9B74
CHECKSUM, VOID = 0xBF, 0xEC
TOP = {INFO, TRACKS, TAGS, ATTACHMENTS, CLUSTER, CUES, CHAPTERS, SEEK, CHECKSUM, VOID}
GOES = {TAGS, ATTACHMENTS, VOID}
GOES_INSIDE = {
    INFO: {DATE, TITLE, FILE_NAME, CHECKSUM, VOID, *OTHER_FILES},
    TRACK: {TRACK_NAME, CHECKSUM, VOID},
    TRACKS: {CHECKSUM, VOID},
}

MAX_ELEMENTS = 100_000  # on the top level; a recording of a day has as many clusters


class Element(NamedTuple):
    id: int
    start: int
    body: int
    end: int
    is_open: bool  # its size isn't known: it ends where the next one of its level begins


def type_of(data: Data) -> str:
    """Return the type by the header; "" if we don't know it."""
    with suppress(Damaged):
        first = _element(data, 0, len(data))
        if first.id != HEADER:
            return ""
        for element in _elements(data, first.body, first.end, Steps(50)):
            if element.id == DOC_TYPE:
                name = taken(data, element.body, element.end - element.body).rstrip(b"\0")
                return {b"webm": "video/webm", b"matroska": "video/x-matroska"}.get(name, "")
    return ""


def header(data: Data, steps: Steps) -> Header:
    """Read the size and duration, or that there is sound alone. Raises Damaged."""
    duration, kinds, width, height = None, set(), 0, 0
    with suppress(Damaged):
        for element in _segment(data, steps):
            if element.id == INFO:
                duration = _duration(data, element, steps)
            elif element.id == TRACKS:
                for track in _elements(data, element.body, element.end, steps):
                    if track.id == TRACK:
                        kind, its_width, its_height = _track(data, track, steps)
                        kinds.add(kind)
                        width, height = width or its_width, height or its_height
            elif element.id == CLUSTER:
                break
    mime = type_of(data)
    if 1 in kinds:
        return Header(mime, "video", width or None, height or None, duration=duration)
    if 2 in kinds:
        return Header(mime.replace("video/", "audio/"), "audio", duration=duration)
    raise Damaged


def _duration(data: Data, info: Element, steps: Steps) -> float | None:
    scale, length = 1_000_000, 0.0
    for element in _elements(data, info.body, info.end, steps):
        if element.id == SCALE:
            scale = big(data, element.body, min(8, element.end - element.body))
        elif element.id == DURATION:
            length = _float(taken(data, element.body, element.end - element.body))
    return length * scale / 1e9 or None


def _float(content: bytes) -> float:
    form = {4: ">f", 8: ">d"}.get(len(content))
    if form is None:
        return 0.0
    value: float = struct.unpack(form, content)[0]
    return value if math.isfinite(value) and value > 0 else 0.0


def _track(data: Data, track: Element, steps: Steps) -> tuple[int, int, int]:
    """The type of a track, and its size."""
    kind, sizes = 0, dict[int, int]()
    for element in _elements(data, track.body, track.end, steps):
        length = element.end - element.body
        if element.id == TRACK_TYPE:
            kind = big(data, element.body, min(length, 8))
        elif element.id == VIDEO:
            for one in _elements(data, element.body, element.end, steps):
                if one.id in {WIDTH, HEIGHT, SHOWN_WIDTH, SHOWN_HEIGHT}:
                    sizes[one.id] = big(data, one.body, min(one.end - one.body, 4))
    width = sizes.get(SHOWN_WIDTH) or sizes.get(WIDTH) or 0
    return kind, width, sizes.get(SHOWN_HEIGHT) or sizes.get(HEIGHT) or 0


def clean(file: BinaryIO, data: Data) -> None:
    """Blank tags, attachments, the title and the date in `file`, which is a copy of `data`, and
    cut what follows the last element. Raises Damaged."""
    end = 0
    left = Steps(MAX_ELEMENTS)
    for element in _segment(data):
        left.take()
        end = element.end
        if element.id in GOES:
            _void(file, element)
        elif element.id in GOES_INSIDE:
            _clean_inside(file, data, element)
    if not end:
        raise Damaged
    file.truncate(end)


def _clean_inside(file: BinaryIO, data: Data, parent: Element) -> None:
    for element in _elements(data, parent.body, parent.end, None):
        if element.id in GOES_INSIDE[parent.id]:
            _void(file, element)
        elif element.id in GOES_INSIDE:
            _clean_inside(file, data, element)


def _void(file: BinaryIO, element: Element) -> None:
    """Overwrite an element with a Void of the same length."""
    length = element.end - element.start
    size = 8 if length >= 9 else 1
    body = length - 1 - size
    mark = (1 << (7 * size)) | body
    file.seek(element.start)
    file.write(bytes([VOID]) + mark.to_bytes(size, "big"))
    blank(file, element.end - body, body)


def _segment(data: Data, steps: Steps | None = None) -> Iterator[Element]:
    """Walk through the elements on the top level of the segment, up to what can't be one. Raises
    Damaged if there is no segment."""
    first = _element(data, 0, len(data))
    segment = _element(data, first.end, len(data))
    if first.id != HEADER or segment.id != SEGMENT:
        raise Damaged
    place = segment.body
    while place < segment.end:
        if steps:
            steps.take()
        try:
            element = _element(data, place, segment.end)
        except Damaged:
            return
        if element.id not in TOP:
            return
        if element.is_open:
            element = element._replace(end=_end_of_open(data, element, steps))
        yield element
        place = element.end


def _end_of_open(data: Data, parent: Element, steps: Steps | None) -> int:
    """Where a cluster of unknown size ends: at the next element of its parent's level."""
    if parent.id != CLUSTER:
        raise Damaged
    place = parent.body
    with suppress(Damaged):
        while place < parent.end:
            if steps:
                steps.take()
            element = _element(data, place, parent.end)
            if element.is_open or element.id in TOP - {VOID, CHECKSUM} or element.id > 0xFFFF:
                break
            place = element.end
    return place


def _elements(data: Data, place: int, end: int, steps: Steps | None) -> Iterator[Element]:
    while place < end:
        if steps:
            steps.take()
        element = _element(data, place, end)
        yield element
        place = element.end


def _element(data: Data, start: int, limit: int) -> Element:
    """Read the head of an element. Raises Damaged if it isn't one, or ends after `limit`."""
    first = taken(data, start, 1)[0]
    id_length = 9 - first.bit_length()
    if id_length > 4:
        raise Damaged
    body = start + id_length
    mark = taken(data, body, 1)[0]
    length = 9 - mark.bit_length()
    if length > 8:
        raise Damaged
    size = big(data, body, length) & ((1 << (7 * length)) - 1)
    is_open = size == (1 << (7 * length)) - 1
    body += length
    end = limit if is_open else body + size
    if end > limit:
        raise Damaged
    return Element(big(data, start, id_length), start, body, end, is_open)
