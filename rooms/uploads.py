"""Uploaded pictures. What is kept is never what was sent: every picture is decoded and encoded
anew, so nothing but pixels survives, no EXIF, no script, no second file behind the first."""

import secrets
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore

from django.core.files.base import ContentFile, File
from django.utils.translation import gettext_lazy as _
from PIL import ExifTags, Image, ImageOps

from rooms.errors import Invalid, RateLimited, TooLarge

MAX_BYTES = 2 * 1024 * 1024
MAX_PIXELS = 25_000_000  # 100 MB when decoded; a small file can claim to be any size
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
AVATAR = (256, 256)
ENOUGH = 2 * AVATAR[0]  # pixels of a side, to be scaled down well
STRIP = 64  # rows of the small picture that are made at a time
# Pictures that wait for the one that is decoded: each takes a second and one of the threads that
# make pages.
WAITING = 4
RETRY_SECONDS = 5

Image.MAX_IMAGE_PIXELS = MAX_PIXELS
# One at a time, and always in the same thread: what another one frees, its allocator keeps.
_decoder = ThreadPoolExecutor(1, thread_name_prefix="picture")
_places = BoundedSemaphore(1 + WAITING)


def avatar(upload: File) -> ContentFile:  # type: ignore[type-arg]
    """A square picture as WebP under a name that tells nothing.

    Raises TooLarge for too many bytes or pixels, Invalid for what isn't a picture, RateLimited
    while too many others are decoded.
    """
    if upload.size > MAX_BYTES:
        raise TooLarge(
            _("A picture has at most 2 MB; this one has %(size).1f MB."), size=upload.size / 1024**2
        )
    if not _places.acquire(blocking=False):
        raise RateLimited(
            _("Others are changing their pictures right now. Try again in a moment."),
            retry_after=RETRY_SECONDS,
        )
    try:
        picture = _decoder.submit(_decode, upload).result()
    except TooLarge:
        raise
    # Pillow's decoders raise whatever the broken file made them stumble over.
    except Exception as error:
        raise Invalid(_("That is no picture that can be read: PNG, JPEG, WebP or GIF.")) from error
    finally:
        _places.release()
    content = ContentFile(b"", name=f"{secrets.token_hex(16)}.webp")
    picture.save(content, "WEBP", quality=88)
    content.seek(0)
    return content


def _decode(upload: File) -> Image.Image:  # type: ignore[type-arg]
    upload.seek(0)
    try:
        source = Image.open(upload, formats=FORMATS)  # reads the header only
        too_large = source.width * source.height > MAX_PIXELS
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        too_large = True
    if too_large:
        raise TooLarge(_("A picture has at most 25 million pixels. Scale it down first."))
    with source:
        source.draft("RGB", (ENOUGH, ENOUGH))  # a JPEG is decoded no larger than needed
        small = _small(source)
    upright = ImageOps.exif_transpose(small)
    square = ImageOps.fit(upright, AVATAR, Image.Resampling.LANCZOS)
    clean = Image.new("RGBA", AVATAR)
    clean.paste(square)
    return clean


def _small(source: Image.Image) -> Image.Image:
    """The square in the middle, with sides of ENOUGH to twice as many pixels, or what there is; as
    it lies in the file. Made in strips: what is decoded is in memory once, and in no other form."""
    side = min(source.size)
    left, top = (source.width - side) // 2, (source.height - side) // 2
    factor = max(1, side // ENOUGH)
    small = Image.new("RGBA", (-(-side // factor),) * 2)
    for row in range(0, small.height, STRIP):
        begin, end = row * factor, min((row + STRIP) * factor, side)
        strip = source.crop((left, top + begin, left + side, top + end)).convert("RGBA")
        small.paste(strip.reduce(factor), (0, row))
    turned = source.getexif().get(ExifTags.Base.Orientation)
    if turned:
        small.getexif()[ExifTags.Base.Orientation] = turned
    return small
