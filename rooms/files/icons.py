"""Uploaded pictures. Every picture is decoded and encoded again, so that nothing but its pixels
survives: no EXIF, no script, no second file appended to the first."""

import io
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import BoundedSemaphore
from typing import Any, TypeVar

from django.core.files.base import ContentFile, File
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from PIL import ExifTags, Image, ImageOps, ImageSequence

from rooms.errors import Invalid, RateLimited, TooLarge

MAX_BYTES = 2 * 1024 * 1024
MAX_PIXELS = 25_000_000  # 100 MB once decoded; a small file can claim any size
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
AVATAR = (256, 256)
ENOUGH = 2 * AVATAR[0]  # pixels per side that scale down well
STRIP = 64  # rows of the small picture that are made at a time

LOGO = (512, 512)  # the largest icon of an installed app
MAX_LOGO = 96 * 1024  # bytes of all its colours; beyond that, 256 of them have to do

EMOJI_BYTES = 256 * 1024
EMOJI_PIXELS = 4_000_000  # 16 MB once decoded
EMOJI_FORMATS = ("PNG", "WEBP", "GIF")
EMOJI = (128, 128)
MAX_FRAMES = 60
# Milliseconds that a frame may last. Browsers show shorter ones for a tenth of a second.
SHORTEST, USUAL, LONGEST = 20, 100, 10_000

# Pictures that may wait while one is decoded. Each takes a second, and occupies one of the threads
# that make pages.
WAITING = 4
RETRY_SECONDS = 5

Image.MAX_IMAGE_PIXELS = MAX_PIXELS
# One at a time, and always in the same thread: malloc keeps what each thread has freed to itself.
_decoder = ThreadPoolExecutor(1, thread_name_prefix="picture")
_places = BoundedSemaphore(1 + WAITING)


T = TypeVar("T")


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
    return _file(_picture(_square, upload), "webp", quality=88)


def logo(upload: File) -> ContentFile:  # type: ignore[type-arg]
    """Return a square PNG with the whole of an uploaded picture, on transparent ground: not every
    system takes WebP as the icon of an app. Raises the same as `avatar`."""
    picture = _picture(_whole, upload)
    file = _file(picture, "png", optimize=True)
    if file.size > MAX_LOGO:
        few = picture.quantize(256, Image.Quantize.FASTOCTREE)
        file = _file(few, "png", optimize=True)
    return file


def emoji(upload: File) -> Emoji:  # type: ignore[type-arg]
    """Return the files of a custom emoji. Raises the same as `avatar`, and TooLarge for an
    animation with too many frames."""
    if upload.size > EMOJI_BYTES:
        raise TooLarge(
            _("An emoji can have at most 256 KB; this one has %(size)d KB."),
            size=-(-upload.size // 1024),
        )
    unreadable = _("That isn't a picture that can be read. Use PNG, WebP or GIF.")
    return _in_turn(_emoji, upload, unreadable)


def _picture(decode: Callable[[File], T], upload: File) -> T:  # type: ignore[type-arg]
    if upload.size > MAX_BYTES:
        raise TooLarge(
            _("A picture can have at most 2 MB; this one has %(size).1f MB."),
            size=upload.size / 1024**2,
        )
    unreadable = _("That isn't a picture that can be read. Use PNG, JPEG, WebP or GIF.")
    return _in_turn(decode, upload, unreadable)


def _file(picture: Image.Image, kind: str, **how: Any) -> ContentFile:  # type: ignore[type-arg]
    content = ContentFile(b"", name=f"{secrets.token_hex(16)}.{kind}")
    picture.save(content, kind.upper(), **how)
    content.seek(0)
    return content


def _in_turn(decode: Callable[[File], T], upload: File, unreadable: Promise) -> T:  # type: ignore[type-arg]
    if not _places.acquire(blocking=False):
        raise RateLimited(
            _("Others are changing their pictures right now. Try again in a moment."),
            retry_after=RETRY_SECONDS,
        )
    try:
        return _decoder.submit(decode, upload).result()
    except TooLarge:
        raise
    # Pillow's decoders raise anything, depending on how the file is broken.
    except Exception as error:
        raise Invalid(unreadable) from error
    finally:
        _places.release()


def _opened(upload: File, formats: tuple[str, ...], most: int) -> Image.Image:  # type: ignore[type-arg]
    """Read the header of a picture with at most so many pixels."""
    upload.seek(0)
    try:
        source = Image.open(upload, formats=formats)
        too_large = source.width * source.height > most
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        too_large = True
    if too_large:
        raise TooLarge(
            _("A picture can have at most %(most)d million pixels. Scale this one down first."),
            most=most // 1_000_000,
        )
    return source


def _square(upload: File) -> Image.Image:  # type: ignore[type-arg]
    with _opened(upload, FORMATS, MAX_PIXELS) as source:
        source.draft("RGB", (ENOUGH, ENOUGH))  # decodes a JPEG no larger than needed
        side = min(source.size)
        left, top = (source.width - side) // 2, (source.height - side) // 2
        upright = _upright(source, (left, top, left + side, top + side))
    return _clean(ImageOps.fit(upright, AVATAR, Image.Resampling.LANCZOS))


def _whole(upload: File) -> Image.Image:  # type: ignore[type-arg]
    with _opened(upload, FORMATS, MAX_PIXELS) as source:
        source.draft("RGB", (ENOUGH, ENOUGH))
        upright = _upright(source, (0, 0, *source.size))
    small = ImageOps.contain(upright, LOGO, Image.Resampling.LANCZOS)
    clean = Image.new("RGBA", LOGO)
    clean.paste(small, ((LOGO[0] - small.width) // 2, (LOGO[1] - small.height) // 2))
    return clean


def _emoji(upload: File) -> Emoji:  # type: ignore[type-arg]
    with _opened(upload, EMOJI_FORMATS, EMOJI_PIXELS) as source:
        count = getattr(source, "n_frames", 1)
        if count > MAX_FRAMES:
            raise TooLarge(
                _("An animation can have at most %(most)d frames; this one has %(count)d."),
                most=MAX_FRAMES,
                count=count,
            )
        if count * source.width * source.height > MAX_PIXELS:
            raise TooLarge(_("This animation is too large. Scale it down first."))
        frames, durations = [], []
        for frame in ImageSequence.Iterator(source):
            frames.append(_shrunk(frame))
            durations.append(_duration(frame))
    still = _webp(frames[0])
    if len(frames) == 1:
        return Emoji(still, None)
    moving = {"save_all": True, "append_images": frames[1:], "duration": durations, "loop": 0}
    return Emoji(_webp(frames[0], **moving), still)


def _shrunk(frame: Image.Image) -> Image.Image:
    upright = ImageOps.exif_transpose(frame.convert("RGBA"))
    upright.thumbnail(EMOJI, Image.Resampling.LANCZOS)
    return _clean(upright)


def _duration(frame: Image.Image) -> int:
    duration = int(frame.info.get("duration") or 0)
    return min(duration, LONGEST) if duration >= SHORTEST else USUAL


def _clean(picture: Image.Image) -> Image.Image:
    """Copy a picture's pixels, and nothing else."""
    clean = Image.new("RGBA", picture.size)
    clean.paste(picture)
    return clean


def _webp(picture: Image.Image, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, "WEBP", quality=85, **options)
    return file.getvalue()


def _upright(source: Image.Image, box: tuple[int, int, int, int]) -> Image.Image:
    """Return a part of the picture, upright, with ENOUGH to twice as many pixels on its longer side
    (or what there is). Made in strips, so that the decoded picture is in memory only once."""
    left, top, right, bottom = box
    width, height = right - left, bottom - top
    factor = max(1, max(width, height) // ENOUGH)
    small = Image.new("RGBA", (-(-width // factor), -(-height // factor)))
    for row in range(0, small.height, STRIP):
        begin, end = row * factor, min((row + STRIP) * factor, height)
        strip = source.crop((left, top + begin, right, top + end)).convert("RGBA")
        small.paste(strip.reduce(factor), (0, row))
    turned = source.getexif().get(ExifTags.Base.Orientation)
    if turned:
        small.getexif()[ExifTags.Base.Orientation] = turned
    return ImageOps.exif_transpose(small)
