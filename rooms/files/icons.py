"""Pictures of people, of the site, and its emoji. The decoding child decodes and encodes each one
again, so that nothing but its pixels survives: no EXIF, no script, no second file appended to the
first."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

from django.core.files.base import ContentFile, File
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rooms.errors import ChatError, Invalid, RateLimited, TooLarge
from rooms.files import decoder, working

MAX_BYTES = 2 * 1024 * 1024
MAX_PIXELS = 25_000_000  # 100 MB once decoded; a small file can claim any size
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
AVATAR = (256, 256)

LOGO = (512, 512)  # the largest icon of an installed app
MAX_LOGO = 96 * 1024  # bytes of all its colours; beyond that, 256 of them have to do

EMOJI_BYTES = 256 * 1024
EMOJI_PIXELS = 4_000_000  # 16 MB once decoded
EMOJI_FORMATS = ("PNG", "WEBP", "GIF")
EMOJI = (128, 128)
MAX_FRAMES = 60

# Pictures that may wait while one is decoded. Each takes a second, and occupies one of the threads
# that make pages.
WAITING = 4
WAIT_SECONDS = 15.0  # for a picture of a message, which may take that long
RETRY_SECONDS = 5

_places = BoundedSemaphore(1 + WAITING)


@dataclass(frozen=True, slots=True)
class Emoji:
    """A custom emoji's WebP files. An animated one has a `still` for people who want no motion."""

    picture: bytes
    still: bytes | None


def avatar(upload: File) -> ContentFile:  # type: ignore[type-arg]
    """Return a square WebP of an uploaded picture, with a name that gives nothing away.

    Raises TooLarge for too many bytes or pixels, Invalid for anything that isn't a picture,
    RateLimited while too many others are waiting.
    """
    return _picture(upload, "square", "webp", side=AVATAR[0])


def logo(upload: File) -> ContentFile:  # type: ignore[type-arg]
    """Return a square PNG with the whole of an uploaded picture, on transparent ground: not every
    system takes WebP as the icon of an app. Raises the same as `avatar`."""
    return _picture(upload, "whole", "png", side=LOGO[0], bytes=MAX_LOGO)


def emoji(upload: File) -> Emoji:  # type: ignore[type-arg]
    """Return the files of a custom emoji. Raises the same as `avatar`, and TooLarge for an
    animation with too many frames."""
    if upload.size > EMOJI_BYTES:
        raise TooLarge(
            _("An emoji can have at most 256 KB; this one has %(size)d KB."),
            size=-(-upload.size // 1024),
        )
    unreadable = _("That isn't a picture that can be read. Use PNG, WebP or GIF.")
    bounds = {
        "formats": EMOJI_FORMATS,
        "most": EMOJI_PIXELS,
        "most_frames": MAX_FRAMES,
        "most_moving": MAX_PIXELS,
        "side": EMOJI[0],
    }
    with _made(upload, "emoji", unreadable, **bounds) as folder:
        still = folder / "still"
        picture = (folder / "picture").read_bytes()
        return Emoji(picture, still.read_bytes() if still.exists() else None)


def _picture(upload: File, task: str, kind: str, **how: Any) -> ContentFile:  # type: ignore[type-arg]
    if upload.size > MAX_BYTES:
        raise TooLarge(
            _("A picture can have at most 2 MB; this one has %(size).1f MB."),
            size=upload.size / 1024**2,
        )
    unreadable = _("That isn't a picture that can be read. Use PNG, JPEG, WebP or GIF.")
    with _made(upload, task, unreadable, formats=FORMATS, most=MAX_PIXELS, **how) as folder:
        content = (folder / "picture").read_bytes()
    return ContentFile(content, name=f"{secrets.token_hex(16)}.{kind}")


@contextmanager
def _made(upload: File, task: str, unreadable: Promise, **how: Any) -> Iterator[Path]:  # type: ignore[type-arg]
    """Have the child make something of an uploaded picture: a folder with what it made."""
    if not _places.acquire(blocking=False):
        raise _too_many()
    try:
        with working.folder() as folder:
            source = folder / "source"
            with source.open("wb") as copy:
                for chunk in upload.chunks():
                    copy.write(chunk)
            try:
                decoder.here().run(task, source, folder, wait=WAIT_SECONDS, **how)
            except decoder.Refused as refused:
                raise _refusal(refused, unreadable, how) from refused
            except decoder.Closed:
                raise _too_many() from None
            yield folder
    finally:
        _places.release()


def _refusal(refused: decoder.Refused, unreadable: Promise, how: dict[str, Any]) -> ChatError:
    match refused.reason:
        case "pixels":
            return TooLarge(
                _("A picture can have at most %(most)d million pixels. Scale this one down first."),
                most=how["most"] // 1_000_000,
            )
        case "frames":
            return TooLarge(
                _("An animation can have at most %(most)d frames; this one has %(count)d."),
                most=MAX_FRAMES,
                count=refused.count,
            )
        case "moving":
            return TooLarge(_("This animation is too large. Scale it down first."))
    return Invalid(unreadable)


def _too_many() -> RateLimited:
    return RateLimited(
        _("Others are changing their pictures right now. Try again in a moment."),
        retry_after=RETRY_SECONDS,
    )
