"""Uploaded pictures. What is kept is never what was sent: every picture is decoded and encoded
anew, so nothing but pixels survives, no EXIF, no script, no second file behind the first."""

import secrets

from django.core.files.base import ContentFile, File
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps

from rooms.errors import Invalid, TooLarge

MAX_BYTES = 2 * 1024 * 1024
MAX_PIXELS = 25_000_000  # 100 MB when decoded; a small file can claim to be any size
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
AVATAR = (256, 256)

Image.MAX_IMAGE_PIXELS = MAX_PIXELS


def avatar(upload: File) -> ContentFile:  # type: ignore[type-arg]
    """A square picture as WebP under a name that tells nothing.

    Raises TooLarge for too many bytes or pixels, Invalid for what isn't a picture.
    """
    if upload.size > MAX_BYTES:
        raise TooLarge(
            _("A picture has at most 2 MB; this one has %(size).1f MB."), size=upload.size / 1024**2
        )
    try:
        picture = _decode(upload)
    except TooLarge:
        raise
    # Pillow's decoders raise whatever the broken file made them stumble over.
    except Exception as error:
        raise Invalid(_("That is no picture that can be read: PNG, JPEG, WebP or GIF.")) from error
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
    source.draft("RGB", (2 * AVATAR[0], 2 * AVATAR[1]))  # a JPEG is decoded no larger than needed
    upright = ImageOps.exif_transpose(source)
    square = ImageOps.fit(upright.convert("RGBA"), AVATAR, Image.Resampling.LANCZOS)
    clean = Image.new("RGBA", AVATAR)
    clean.paste(square)
    return clean
