"""Makes of a file that somebody sent what is stored: without metadata, the original too, and for a
picture a thumbnail. It happens in the decoding child.

Cut are Exif, XMP, comments, names of places, cameras and songs; kept is what decides how something
looks or sounds, such as the colour profile. Whatever allows it stays as it was encoded. What pages
can't show, such as a PDF, is stored as it was sent.
"""

from dataclasses import dataclass
from pathlib import Path

import msgspec

from rooms.files import decoder
from rooms.files.formats import table
from rooms.files.inspection import Inspected, seconds, side

COPY_RATE = 10 * 1024 * 1024  # bytes per second that a disk copies at least


class Damaged(Exception):
    """The file begins as a picture, film or sound, and isn't laid out as one: nobody can tell what
    in it is metadata."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What is stored of a file."""

    path: Path
    type: str
    kind: str  # as Inspected has it; a picture that can't be decoded is a `file`
    size: int  # bytes
    width: int | None = None  # upright
    height: int | None = None
    thumbnail_path: Path | None = None
    animated: bool = False
    duration: float | None = None


class _Made(msgspec.Struct):
    """What the child says of a file."""

    type: str
    kind: str
    width: int | None
    height: int | None
    animated: bool
    duration: float | None
    thumbnail: bool


def clean(path: Path, inspected: Inspected, folder: Path) -> Cleaned:
    """Clean the file at `path`, which stays as it is, into an empty folder. Blocks, for a large
    picture some seconds. Raises Damaged, decoder.Closed when it can't be done now, and OSError."""
    size = path.stat().st_size
    if not table.knows(inspected.type):
        return Cleaned(path, inspected.type, inspected.kind, size)
    here, patience = decoder.here(), decoder.SECONDS + size / COPY_RATE
    try:
        try:
            answer = here.run("clean", path, folder, seconds=patience, type=inspected.type)
        except decoder.Refused as refused:
            if refused.reason != "limits":
                raise
            # It ended the child. Its metadata is cut all the same.
            for left in folder.iterdir():
                left.unlink()
            answer = here.run(
                "clean", path, folder, seconds=patience, type=inspected.type, decode=False
            )
        made = msgspec.convert(answer, _Made)
    except (decoder.Refused, msgspec.ValidationError) as error:
        raise Damaged from error
    return _cleaned(made, folder)


def _cleaned(made: _Made, folder: Path) -> Cleaned:
    content, thumbnail = folder / "content", folder / "thumbnail"
    return Cleaned(
        content,
        made.type,
        made.kind,
        content.stat().st_size,
        side(made.width),
        side(made.height),
        thumbnail_path=thumbnail if made.thumbnail else None,
        animated=made.animated,
        duration=seconds(made.duration),
    )
