"""Pictures, decoded: only ever in the decoding child (`decoder.py`).

Each task reads the file at a path, writes files into a folder, and returns what it made. Nothing
here may import more than Pillow, since the child has to start quickly.
"""

import mmap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import (
    AvifImagePlugin,
    ExifTags,
    GifImagePlugin,
    Image,
    ImageOps,
    ImageSequence,
    JpegImagePlugin,
    PngImagePlugin,
    WebPImagePlugin,
)

from rooms.files.formats import Damaged, Header, Steps, table, webp

MAX_PIXELS = 50_000_000  # of a picture that is decoded whole: 200 MB
MAX_DRAFT = 250_000_000  # of a JPEG, which is decoded smaller than it is
MAX_MOVING = 500_000_000  # of all frames of an animation together, which browsers decode
MAX_FRAMES = 5000
STEPS = 1_000_000  # of a walk through a header; more is a bomb

THUMBNAIL = (800, 600)
STRIP = 64  # rows of the small picture that are made at a time
QUALITY = 92  # of a picture that had to be turned or converted
BIG_PROFILE = 16 * 1024  # bytes; a thumbnail with a larger one is converted to sRGB

FORMATS = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/gif": "GIF",
    "image/webp": "WEBP",
    "image/avif": "AVIF",
}
# By the numbers of Exif.
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

# Our own bounds come first, and are lower than Pillow's for a file of any kind.
Image.MAX_IMAGE_PIXELS = None
AvifImagePlugin.DEFAULT_MAX_THREADS = 1
PLUGINS = (GifImagePlugin, PngImagePlugin, WebPImagePlugin)  # imported, they are registered


class Refused(Exception):
    """The file can't be taken. `reason` is one of `damaged`, `unreadable`, `pixels`, `frames`,
    `moving`; `count` is how many there were."""

    def __init__(self, reason: str, count: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.count = count


# -- a file for a message ------------------------------------------------------------------------


def clean(source: Path, folder: Path, *, type: str, decode: bool = True) -> dict[str, Any]:
    """Write `content`, a copy without metadata, and for a picture `thumbnail`. A picture that can't
    be decoded, or is too large to be, is a plain file. Raises Refused for a file that isn't laid
    out as its type says."""
    content = folder / "content"
    try:
        with _bytes(source) as data:
            header = _header(type, data)
            table.write_clean(type, data, source, content)
    except Damaged:
        raise Refused("damaged") from None
    made = {
        "type": header.type,
        "kind": header.kind,
        "width": header.width,
        "height": header.height,
        "animated": header.animated,
        "duration": header.duration,
        "thumbnail": False,
    }
    if not type.startswith("image/"):
        return made
    try:
        if not decode:
            raise Refused("limits")
        return made | _picture(header, content, folder)
    # Pillow's decoders raise anything, depending on how the file is broken.
    except Exception:
        (folder / "thumbnail").unlink(missing_ok=True)
        return made | {"kind": "file", "width": None, "height": None, "animated": False}


def _header(mime: str, data: mmap.mmap) -> Header:
    try:
        return table.read(mime, data, Steps(STEPS))
    except Damaged:
        return Header(mime, "file")


def _picture(header: Header, content: Path, folder: Path) -> dict[str, Any]:
    """Turn a picture upright, and make its thumbnail. Raises Refused and whatever Pillow does."""
    if header.kind != "image":
        raise Refused("unreadable")
    if header.animated and (header.pixels > MAX_MOVING or header.frames > MAX_FRAMES):
        raise Refused("moving")
    type = header.type
    if type == "image/heic":
        _convert(content)
        type = "image/jpeg"
    elif header.turned != 1:
        _turn(content, header)
    with _opened(content, FORMATS[type]) as source:
        # A picture in a container may say itself that it is turned.
        turned = source.getexif().get(ExifTags.Base.Orientation, 1)
        width, height = source.size if turned < 5 else source.size[::-1]
        frames = getattr(source, "n_frames", 1)
        _thumbnail(source, turned, folder / "thumbnail")
    return {
        "type": type,
        "kind": "image",
        "width": width,
        "height": height,
        "animated": frames > 1,
        "thumbnail": True,
    }


def _turn(content: Path, header: Header) -> None:
    """Store the pixels as they are shown: what says how to turn them has been cut."""
    name = FORMATS[header.type]
    with _opened(content, name) as source:
        if source.width * source.height > MAX_PIXELS:
            raise Refused("pixels")
        options: dict[str, Any] = {"icc_profile": source.info.get("icc_profile")}
        if isinstance(source, JpegImagePlugin.JpegImageFile):
            options["qtables"] = source.quantization
            options["subsampling"] = JpegImagePlugin.get_sampling(source)
            options["progressive"] = bool(source.info.get("progressive"))
        elif isinstance(source, WebPImagePlugin.WebPImageFile):
            with _bytes(content) as data:
                options |= {"lossless": True} if webp.is_lossless(data) else {"quality": QUALITY}
        upright = source.transpose(TURNS[header.turned])
    upright.save(content, name, **options)


def _convert(content: Path) -> None:
    """Replace a HEIC, which few browsers show, by a JPEG."""
    # Here, since it takes as long as everything else together and few pictures need it.
    from pi_heif import HeifImagePlugin  # noqa: F401
    from pi_heif import options as heif

    heif.DECODE_THREADS = 1
    heif.THUMBNAILS = heif.DEPTH_IMAGES = heif.AUX_IMAGES = False
    with _opened(content, "HEIF") as source:
        profile = source.info.get("icc_profile")
        upright = source.convert("RGB")  # libheif has turned it
    clean = Image.new("RGB", upright.size)
    clean.paste(upright)
    clean.save(content, "JPEG", quality=QUALITY, icc_profile=profile)


def _thumbnail(source: Image.Image, turned: int, target: Path) -> None:
    most = THUMBNAIL if turned < 5 else THUMBNAIL[::-1]
    ratio = min(1, most[0] / source.width, most[1] / source.height)
    size = max(1, round(source.width * ratio)), max(1, round(source.height * ratio))
    profile = source.info.get("icc_profile")
    source.draft("RGB", size)
    factor = max(1, min(source.width // size[0], source.height // size[1]))
    small = _reduced(source, (0, 0, *source.size), factor)
    small = small.resize(size, Image.Resampling.LANCZOS)
    if turned in TURNS:
        small = small.transpose(TURNS[turned])
    if profile and (len(profile) > BIG_PROFILE or source.mode not in {"RGB", "RGBA"}):
        profile = None  # of other colours than those of the thumbnail
    if small.getchannel("A").getextrema() == (255, 255):
        small = small.convert("RGB")
    small.info.clear()
    small.save(target, "WEBP", quality=80, icc_profile=profile)


# -- icons ---------------------------------------------------------------------------------------


def square(
    source: Path, folder: Path, *, formats: list[str], most: int, side: int
) -> dict[str, Any]:
    """Write `picture`, a square WebP of the picture's middle."""
    enough = 2 * side
    with _opened(source, *formats, most=most) as picture:
        picture.draft("RGB", (enough, enough))  # decodes a JPEG no larger than needed
        length = min(picture.size)
        left, top = (picture.width - length) // 2, (picture.height - length) // 2
        upright = _upright(picture, (left, top, left + length, top + length), enough)
    small = _pixels_of(ImageOps.fit(upright, (side, side), Image.Resampling.LANCZOS))
    small.save(folder / "picture", "WEBP", quality=88)
    return {}


def whole(
    source: Path, folder: Path, *, formats: list[str], most: int, side: int, bytes: int
) -> dict[str, Any]:
    """Write `picture`, a square PNG with the whole picture on transparent ground. Beyond so many
    bytes it gets 256 colours."""
    enough = 2 * side
    with _opened(source, *formats, most=most) as picture:
        picture.draft("RGB", (enough, enough))
        upright = _upright(picture, (0, 0, *picture.size), enough)
    small = ImageOps.contain(upright, (side, side), Image.Resampling.LANCZOS)
    clean = Image.new("RGBA", (side, side))
    clean.paste(small, ((side - small.width) // 2, (side - small.height) // 2))
    target = folder / "picture"
    clean.save(target, "PNG", optimize=True)
    if target.stat().st_size > bytes:
        few = clean.quantize(256, Image.Quantize.FASTOCTREE)
        few.save(target, "PNG", optimize=True)
    return {}


# Milliseconds that a frame may last. Browsers show shorter ones for a tenth of a second.
SHORTEST, USUAL, LONGEST = 20, 100, 10_000


def emoji(
    source: Path,
    folder: Path,
    *,
    formats: list[str],
    most: int,
    most_frames: int,
    most_moving: int,
    side: int,
) -> dict[str, Any]:
    """Write `picture`, a small WebP, and for an animation `still`, its first frame."""
    with _opened(source, *formats, most=most) as picture:
        count = getattr(picture, "n_frames", 1)
        if count > most_frames:
            raise Refused("frames", count)
        if count * picture.width * picture.height > most_moving:
            raise Refused("moving")
        frames, durations = [], []
        for frame in ImageSequence.Iterator(picture):
            frames.append(_shrunk(frame, side))
            durations.append(_duration(frame))
    moves = len(frames) > 1
    if moves:
        moving = {"save_all": True, "append_images": frames[1:], "duration": durations, "loop": 0}
        frames[0].save(folder / "picture", "WEBP", quality=85, **moving)
    frames[0].save(folder / ("still" if moves else "picture"), "WEBP", quality=85)
    return {"animated": moves}


def _shrunk(frame: Image.Image, side: int) -> Image.Image:
    upright = ImageOps.exif_transpose(frame.convert("RGBA"))
    upright.thumbnail((side, side), Image.Resampling.LANCZOS)
    return _pixels_of(upright)


def _duration(frame: Image.Image) -> int:
    duration = int(frame.info.get("duration") or 0)
    return min(duration, LONGEST) if duration >= SHORTEST else USUAL


# -- a picture of another site -------------------------------------------------------------------


def shrink(
    source: Path, folder: Path, *, formats: list[str], most: int, side: int, least: int
) -> dict[str, Any]:
    """Write `picture`, a WebP of at most so many pixels per side; of an animation, its first
    frame."""
    with _opened(source, *formats, most=most) as picture:
        if min(picture.size) < least:
            raise Refused("unreadable")
        picture.draft("RGB", (side, side))
        upright = _upright(picture, (0, 0, *picture.size), side)
    upright.thumbnail((side, side), Image.Resampling.LANCZOS)
    small = _pixels_of(upright)
    small.save(folder / "picture", "WEBP", quality=80)
    return {"width": small.width, "height": small.height}


# -- what they share -----------------------------------------------------------------------------

TASKS: dict[str, Callable[..., dict[str, Any]]] = {
    one.__name__: one for one in (clean, square, whole, emoji, shrink)
}


@contextmanager
def _bytes(path: Path) -> Iterator[mmap.mmap]:
    with path.open("rb") as file:
        try:
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except ValueError:
            raise Damaged from None  # it is empty
        with data:
            yield data


def _opened(path: Path, *formats: str, most: int = 0) -> Image.Image:
    """Read the header of a picture. Raises Refused for more than `most` pixels, and whatever
    Pillow does."""
    source = Image.open(path, formats=formats)
    most = most or (MAX_DRAFT if source.format == "JPEG" else MAX_PIXELS)
    if source.width * source.height > most:
        source.close()
        raise Refused("pixels")
    return source


def _upright(source: Image.Image, box: tuple[int, int, int, int], enough: int) -> Image.Image:
    """Return a part of the picture, upright, with `enough` to twice as many pixels on its longer
    side (or what there is)."""
    longer = max(box[2] - box[0], box[3] - box[1])
    small = _reduced(source, box, max(1, longer // enough))
    turned = source.getexif().get(ExifTags.Base.Orientation, 1)
    return small.transpose(TURNS[turned]) if turned in TURNS else small


def _reduced(source: Image.Image, box: tuple[int, int, int, int], factor: int) -> Image.Image:
    """Return a part of the picture with one pixel for so many per side. Made in strips, so that the
    decoded picture is in memory only once."""
    left, top, right, bottom = box
    width, height = right - left, bottom - top
    small = Image.new("RGBA", (-(-width // factor), -(-height // factor)))
    for row in range(0, small.height, STRIP):
        begin, end = row * factor, min((row + STRIP) * factor, height)
        strip = _coloured(source.crop((left, top + begin, right, top + end)))
        small.paste(strip.reduce(factor), (0, row))
    return small


def _coloured(strip: Image.Image) -> Image.Image:
    if strip.mode.startswith("I"):  # 16 bits of grey
        strip = strip.convert("I").point(lambda value: value / 256).convert("L")
    return strip.convert("RGBA")


def _pixels_of(picture: Image.Image) -> Image.Image:
    """Copy a picture's pixels, and nothing else."""
    clean = Image.new("RGBA", picture.size)
    clean.paste(picture)
    return clean
