"""Every type that pages can show: how its header is read, and how it is cleaned."""

import shutil
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import BinaryIO

from rooms.files.formats import (
    Damaged,
    Data,
    Header,
    Steps,
    audio,
    films,
    gif,
    heif,
    isobmff,
    jpeg,
    matroska,
    png,
    webp,
)

FIRST_BYTES = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (png.SIGNATURE, "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"OggS", "audio/ogg"),
    (b"fLaC", "audio/flac"),
)


def media_type(data: Data) -> str:
    """Return the type by the first bytes; "" for what pages can't show."""
    first = bytes(data[:16])
    for begin, mime in FIRST_BYTES:
        if first.startswith(begin):
            return mime
    if first[:4] == b"RIFF":
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav"}.get(first[8:12], "")
    with suppress(Damaged):
        if mime := isobmff.type_of(data) or matroska.type_of(data):
            return mime
    if audio.framed(data, audio.mp3_frame):
        return "audio/mpeg"
    if audio.framed(data, audio.aac_frame):
        return "audio/aac"
    end = audio.tag_end(data)
    if bytes(data[end : end + 4]) == b"fLaC":
        return "audio/flac"
    return "audio/mpeg" if end else ""


def read(mime: str, data: Data, steps: Steps) -> Header:
    """Read the header of a file of this type. Raises Damaged."""
    return _READERS[_laid_out_as(mime)](data, steps)


def write_clean(mime: str, data: Data, source: Path, target: Path) -> None:
    """Write a copy without metadata of a file of this type, whose bytes are `data`. Raises
    Damaged if it isn't laid out as it should be: then nobody can tell what is metadata."""
    mime = _laid_out_as(mime)
    if (cut := _CUTS.get(mime)) is not None:
        with target.open("wb") as file:
            cut(data, file)
    else:
        shutil.copyfile(source, target)
        with target.open("r+b") as file:
            _IN_PLACE[mime](file, data)


def knows(mime: str) -> bool:
    """Whether it is a type that pages can show."""
    return _laid_out_as(mime) in _READERS


def _laid_out_as(mime: str) -> str:
    return SOUND_ALONE.get(mime, mime)


def _mp3(data: Data, steps: Steps) -> Header:
    if not audio.framed(data, audio.mp3_frame):
        raise Damaged
    return Header("audio/mpeg", "audio")


def _aac(data: Data, steps: Steps) -> Header:
    return Header("audio/aac", "audio")


_READERS: dict[str, Callable[[Data, Steps], Header]] = {
    "image/jpeg": jpeg.header,
    "image/png": png.header,
    "image/gif": gif.header,
    "image/webp": webp.header,
    "image/avif": heif.picture,
    "image/heic": heif.picture,
    "video/mp4": films.film,
    "video/quicktime": films.film,
    "video/webm": matroska.header,
    "video/x-matroska": matroska.header,
    "audio/mpeg": _mp3,
    "audio/aac": _aac,
    "audio/wav": audio.wav,
    "audio/flac": audio.flac,
    "audio/ogg": audio.ogg,
}
# What `read` may find out that a film is.
SOUND_ALONE = {
    "audio/mp4": "video/mp4",
    "audio/webm": "video/webm",
    "audio/x-matroska": "video/x-matroska",
}
_CUTS: dict[str, Callable[[Data, BinaryIO], None]] = {
    "image/jpeg": jpeg.cut,
    "image/png": png.cut,
    "image/gif": gif.cut,
    "image/webp": webp.cut,
    "audio/mpeg": partial(audio.cut_frames, frame=audio.mp3_frame),
    "audio/aac": partial(audio.cut_frames, frame=audio.aac_frame),
    "audio/wav": audio.cut_wav,
    "audio/flac": audio.cut_flac,
}
_IN_PLACE: dict[str, Callable[[BinaryIO, Data], None]] = {
    "image/avif": heif.clean_picture,
    "image/heic": heif.clean_picture,
    "video/mp4": films.clean_film,
    "video/quicktime": films.clean_film,
    "video/webm": matroska.clean,
    "video/x-matroska": matroska.clean,
    "audio/ogg": audio.clean_ogg,
}
