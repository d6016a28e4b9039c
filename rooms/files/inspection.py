"""What a file is, by its content: the first bytes and the header, never the name.

Reading a header takes no decoder and few steps, so it is done where it is asked for. What a file
really holds turns out when it is cleaned (`cleaning.py`).
"""

import mmap
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import filetype

from rooms.files.formats import Damaged, Data, Header, Steps, table

FIRST = 8 * 1024  # bytes that filetype and the look for text are given
STEPS = 20_000  # of a walk through a header: some milliseconds
MAX_SIDE = 65_535  # pixels; what a header claims beyond that isn't passed on
MAX_SECONDS = 24 * 3600.0

UNKNOWN = "application/octet-stream"
TEXT = "text/plain"
_CONTROL = bytes(one for one in range(32) if one not in b"\t\n\f\r\x1b")


@dataclass(frozen=True, slots=True)
class Inspected:
    """What a file seems to be."""

    type: str  # a media type
    kind: str  # image, video, audio or file; voice if it was asked for, and there is sound
    width: int | None = None  # of a picture or film, upright
    height: int | None = None
    animated: bool = False
    duration: float | None = None  # seconds


def inspect(path: Path, name: str = "", *, voice: bool = False) -> Inspected:
    """Look at a file. Its name counts for nothing: it is what its first bytes say, or text, or
    unknown. Raises OSError."""
    if not path.stat().st_size:
        return Inspected(UNKNOWN, "file")
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        header = _look(data)
    kind = "voice" if voice and header.kind == "audio" else header.kind
    return Inspected(
        header.type,
        kind,
        side(header.width),
        side(header.height),
        header.animated,
        seconds(header.duration),
    )


def side(pixels: int | None) -> int | None:
    """Return a width or height, None for nonsense."""
    return pixels if pixels and 0 < pixels <= MAX_SIDE else None


def seconds(duration: float | None) -> float | None:
    """Return a duration, a day at most."""
    return None if duration is None else round(min(max(0.0, duration), MAX_SECONDS), 3)


def _look(data: Data) -> Header:
    """Read the header. A damaged file is of the type that it begins as, and of the kind `file`."""
    first = bytes(data[:FIRST])
    if _is_text(first):
        # Markup, SVG and HTML among it, is just bytes: nothing is to draw it.
        is_markup = first.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<")
        return Header(UNKNOWN if is_markup else TEXT, "file")
    mime = table.media_type(data)
    if not mime:
        return Header(_other_type(first), "file")
    try:
        return table.read(mime, data, Steps(STEPS))
    except Damaged:
        return Header(mime, "file")


def _other_type(first: bytes) -> str:
    """Return the type of a file that is only ever downloaded."""
    with suppress(IndexError, ValueError):  # filetype reads past the end of short files
        guess = filetype.guess(first)
        if guess is not None and not table.knows(guess.mime):
            return str(guess.mime)
    return UNKNOWN


def _is_text(first: bytes) -> bool:
    """Whether these are the first bytes of a text in UTF-8."""
    if first.translate(None, _CONTROL) != first:
        return False
    try:
        first.decode()
    except UnicodeDecodeError as error:
        return len(first) == FIRST and error.start > FIRST - 4  # a letter was cut in two
    return True
