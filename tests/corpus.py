"""Files of every kind as people send them: from phones with the place in them, broken, disguised,
or made to exhaust whoever opens them.

`MARK` is written wherever a camera or a program notes where a picture was taken; `PLACE` are the
same coordinates as Exif has them.
"""

import gzip
import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from PIL import Image, ImageCms, PngImagePlugin

FILES = Path(__file__).with_name("files")
MARK = b"48.858370N 2.294481E"
LATITUDE = ((48, 1), (51, 1), (30132000, 1000000))
PLACE = struct.pack("<I", LATITUDE[2][0])
_profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
PROFILE = _profile[:24] + bytes(12) + _profile[36:]  # without the time when it was made
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/">' + MARK + b"</x:xmpmeta>"
SIZE = (96, 64)


def drawn(size: tuple[int, int] = SIZE, mode: str = "RGB", seed: int = 1) -> Image.Image:
    """A picture without a symmetry, so that a wrong turn shows."""
    across = Image.linear_gradient("L").rotate(90).resize(size)
    down = Image.linear_gradient("L").resize(size)
    noise = Image.frombytes("L", size, random.Random(seed).randbytes(size[0] * size[1]))
    return Image.merge("RGB", (across, down, noise)).convert(mode)


def exif(orientation: int = 1) -> bytes:
    block = Image.Exif()
    block[0x0112] = orientation
    block[0x010E] = MARK.decode()
    gps = block.get_ifd(0x8825)
    gps[1], gps[3], gps[0x12] = "N", "E", MARK.decode()
    gps[2] = gps[4] = tuple(a / b for a, b in LATITUDE)
    content = block.tobytes()
    assert MARK in content
    return content


def saved(picture: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


Made = Callable[..., bytes]

# -- pictures --------------------------------------------------------------------------------


def jpeg(orientation: int = 1, **options: Any) -> bytes:
    """As a phone writes it, with a second picture after its end."""
    given = {"quality": 90, "exif": exif(orientation), "icc_profile": PROFILE, "xmp": XMP}
    whole = saved(drawn(), "JPEG", comment=MARK, **{**given, **options})
    iptc = b"Photoshop 3.0\0" + MARK
    app13 = b"\xff\xed" + struct.pack(">H", len(iptc) + 2) + iptc
    return whole[:2] + app13 + whole[2:] + saved(drawn(), "JPEG", exif=exif())


def png(orientation: int = 1, mode: str = "RGBA") -> bytes:
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Location", MARK.decode())
    texts.add_text("Place", MARK.decode() * 50, zip=True)
    texts.add_itxt("XML:com.adobe.xmp", XMP.decode())
    whole = saved(
        drawn(mode=mode), "PNG", pnginfo=texts, exif=exif(orientation), icc_profile=PROFILE
    )
    return whole[:-12] + png_chunk(b"tIME", b"\x07\xea\x0b\x1e\x12\0\0") + whole[-12:]


def png_chunk(kind: bytes, body: bytes) -> bytes:
    check = zlib.crc32(kind + body)
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", check)


def webp(orientation: int = 1, **options: Any) -> bytes:
    given = {"exif": exif(orientation), "xmp": XMP, "icc_profile": PROFILE}
    return saved(drawn(), "WEBP", **{**given, **options})


def gif(frames: int = 1) -> bytes:
    pictures = [drawn(seed=seed) for seed in range(frames)]
    whole = saved(
        pictures[0],
        "GIF",
        save_all=frames > 1,
        append_images=pictures[1:],
        comment=MARK,
        **({"loop": 0, "duration": 50} if frames > 1 else {}),
    )
    # XMP as its specification has it: bare bytes, and a trailer that makes sub-blocks of them.
    trailer = b"\x01" + bytes(range(255, -1, -1)) + b"\0"
    return whole[:-1] + b"\x21\xff\x0bXMP DataXMP" + XMP + trailer + b";"


def moving(kind: str, frames: int = 3, **options: Any) -> bytes:
    pictures = [drawn(seed=seed) for seed in range(frames)]
    return saved(
        pictures[0], kind, save_all=True, append_images=pictures[1:], duration=50, **options
    )


def avif(orientation: int = 1) -> bytes:
    return saved(drawn(), "AVIF", exif=exif(orientation), xmp=XMP, icc_profile=PROFILE)


def heic() -> bytes:
    """A picture of 96 × 64 pixels, encoded by libheif with x265, which nothing here can: with Exif,
    XMP and a colour profile, and turned by a quarter."""
    return (FILES / "sideways.heic").read_bytes()


# -- films and sound -------------------------------------------------------------------------


def box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I", 8 + len(body)) + kind + body


def _track(number: int, handler: bytes, *, offset: int, sample: int, turned: bool = False) -> bytes:
    one, none = 0x10000, 0
    matrix = (none, one, none, -one, none, none, none, none, 0x40000000)
    if not turned:
        matrix = (one, none, none, none, one, none, none, none, 0x40000000)
    size = (SIZE[0] << 16, SIZE[1] << 16) if handler == b"vide" else (0, 0)
    tkhd = struct.pack(">IIIIIIIIHHHH", 3, WHEN, WHEN, number, 0, 4000, 0, 0, 0, 0, 0, 0)
    tkhd += struct.pack(">9i2I", *matrix, *size)
    mdhd = struct.pack(">IIIIIHH", 0, WHEN, WHEN, 1000, 4000, 0, 0)
    hdlr = struct.pack(">II4s12x", 0, 0, handler) + b"camera\0"
    table = box(
        b"stbl",
        box(b"stsd", struct.pack(">II", 0, 0)),
        box(b"stsc", struct.pack(">IIIII", 0, 1, 1, 1, 1)),
        box(b"stsz", struct.pack(">IIII", 0, 0, 1, sample)),
        box(b"stco", struct.pack(">III", 0, 1, offset)),
    )
    media = box(b"mdia", box(b"mdhd", mdhd), box(b"hdlr", hdlr), box(b"minf", table))
    return box(b"trak", box(b"tkhd", tkhd), media, box(b"udta", box(b"\xa9xyz", MARK)))


WHEN = 0xE1234567  # seconds since 1904
FRAME = b"\x00\x00\x00\x01picture"


def mp4(brand: bytes = b"isom", *, video: bool = True, turned: bool = False) -> bytes:
    """A film as phones and action cameras write it: with its place in several boxes, and in a track
    that has it second by second."""
    ftyp = box(b"ftyp", brand, bytes(4), brand)
    mdat = box(b"mdat", FRAME, MARK)
    start = len(ftyp) + 8
    mvhd = struct.pack(">IIIIIII10x16x9i24xI", 0, WHEN, WHEN, 1000, 4000, 0x10000, 0, *[0] * 9, 4)
    tracks = [
        _track(1, b"vide" if video else b"soun", offset=start, sample=len(FRAME), turned=turned),
        _track(2, b"meta", offset=start + len(FRAME), sample=len(MARK)),
    ]
    known = box(b"meta", bytes(4), box(b"keys", b"com.apple.quicktime.location.ISO6709" + MARK))
    moov = box(
        b"moov",
        box(b"mvhd", mvhd),
        *tracks,
        known,
        box(b"udta", box(b"\xa9xyz", MARK), box(b"loci", MARK)),
    )
    xmp = box(b"uuid", bytes.fromhex("be7acfcb97a942e89c71999491e3afac"), XMP)
    return ftyp + mdat + moov + xmp + box(b"free", MARK)


def element(mark: int, *parts: bytes, open_ended: bool = False) -> bytes:
    body = b"".join(parts)
    head = mark.to_bytes((mark.bit_length() + 7) // 8, "big")
    size = b"\x01" + b"\xff" * 7 if open_ended else struct.pack(">Q", len(body) | 1 << 56)
    return head + size + body


def webm(*, video: bool = True, doc_type: bytes = b"webm") -> bytes:
    """As MediaRecorder writes it, of unknown length, with tags."""
    head = element(0x1A45DFA3, element(0x4282, doc_type))
    info = element(
        0x1549A966,
        element(0x2AD7B1, b"\x0f\x42\x40"),
        element(0x4489, struct.pack(">d", 4000)),
        element(0x4461, MARK[:8]),
        element(0x7BA9, MARK),
        element(0x4D80, b"recorder"),
    )
    size = element(0xE0, element(0xB0, b"\x60"), element(0xBA, b"\x40")) if video else b""
    kind = element(0x83, b"\x01" if video else b"\x02")
    track = element(0xAE, element(0xD7, b"\x01"), kind, element(0x536E, MARK), size)
    tags = element(0x1254C367, element(0x7373, element(0x67C8, element(0x45A3, MARK))))
    block = element(0xA3, b"\x81\0\0\x80" + FRAME)
    cluster = element(0x1F43B675, element(0xE7, b"\0"), block, open_ended=True)
    segment = element(0x18538067, info, element(0x1654AE6B, track), cluster, tags, open_ended=True)
    return head + segment


def mp3() -> bytes:
    frame = b"\xff\xfb\x90\x00" + bytes(413)
    tag = b"ID3\x04\0\0\0\0\0" + bytes([len(MARK) + 20]) + b"TIT2" + MARK + bytes(16)
    return tag + frame * 20 + b"TAG" + MARK.ljust(125, b"\0")


def aac() -> bytes:
    length = 200
    head = bytes(
        [0xFF, 0xF1, 0x50, 0x80 | length >> 11, length >> 3 & 0xFF, (length & 7) << 5, 0xFC]
    )
    tag = b"ID3\x04\0\0\0\0\0" + bytes([len(MARK)]) + MARK
    return tag + (head + bytes(length - 7)) * 20


def wav() -> bytes:
    parts = [
        (b"fmt ", struct.pack("<HHIIHH", 1, 1, 8000, 16000, 2, 16)),
        (b"bext", MARK),
        (b"LIST", b"INFOICMT" + struct.pack("<I", len(MARK)) + MARK),
        (b"data", random.Random(1).randbytes(32000)),
    ]
    body = b"".join(kind + struct.pack("<I", len(some)) + some for kind, some in parts)
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WAVE" + body


def flac() -> bytes:
    info = bytes(10) + (44100 << 44 | 1 << 41 | 15 << 36 | 88200).to_bytes(8, "big") + bytes(16)
    parts = [(0, info), (4, MARK), (6, MARK), (1, MARK)]
    blocks = b"".join(
        bytes([kind | (0x80 if kind == 1 else 0)]) + len(some).to_bytes(3, "big") + some
        for kind, some in parts
    )
    return b"fLaC" + blocks + b"\xff\xf8" + bytes(100)


def ogg_page(flags: int, number: int, body: bytes) -> bytes:
    laces = [255] * (len(body) // 255) + [len(body) % 255]
    head = struct.pack("<4sBBQIIIB", b"OggS", 0, flags, 0, 7, number, 0, len(laces))
    page = bytearray(head + bytes(laces) + body)
    page[22:26] = struct.pack("<I", ogg_checksum(bytes(page)))
    return bytes(page)


def ogg_checksum(page: bytes) -> int:
    """Bit by bit, as RFC 3533 describes it."""
    value = 0
    for byte in page:
        value ^= byte << 24
        for _bit in range(8):
            value = (value << 1 ^ (0x04C11DB7 if value & 1 << 31 else 0)) & 0xFFFFFFFF
    return value


def ogg() -> bytes:
    comment = struct.pack("<I", len(MARK)) + MARK
    tags = b"OpusTags" + struct.pack("<I", 3) + b"enc" + struct.pack("<I", 1) + comment
    pages = [(2, b"OpusHead\x01\x01\0\0\x80\xbb\0\0\0\0\0"), (0, tags), (4, b"sound" * 20)]
    return b"".join(ogg_page(flags, number, body) for number, (flags, body) in enumerate(pages))


# -- what people send: its type, its kind, and the bytes -------------------------------------

SHOWN: dict[str, tuple[str, str, Callable[[], bytes]]] = {
    "jpeg": ("image/jpeg", "image", jpeg),
    "progressive jpeg": ("image/jpeg", "image", lambda: jpeg(progressive=True)),
    "grey jpeg": ("image/jpeg", "image", lambda: saved(drawn(mode="L"), "JPEG", exif=exif())),
    "cmyk jpeg": ("image/jpeg", "image", lambda: saved(drawn(mode="CMYK"), "JPEG", exif=exif())),
    "png": ("image/png", "image", png),
    "grey png": ("image/png", "image", lambda: png(mode="L")),
    "16-bit png": ("image/png", "image", lambda: saved(drawn(mode="I;16"), "PNG", exif=exif())),
    "palette png": ("image/png", "image", lambda: saved(drawn(mode="P"), "PNG", exif=exif())),
    "apng": ("image/png", "image", lambda: moving("PNG", exif=exif())),
    "gif": ("image/gif", "image", gif),
    "moving gif": ("image/gif", "image", lambda: gif(5)),
    "webp": ("image/webp", "image", webp),
    "lossless webp": ("image/webp", "image", lambda: webp(lossless=True)),
    "moving webp": ("image/webp", "image", lambda: moving("WEBP", exif=exif(), xmp=XMP)),
    "avif": ("image/avif", "image", avif),
    "moving avif": ("image/avif", "image", lambda: moving("AVIF", exif=exif())),
    "heic": ("image/heic", "image", heic),
    "mp4": ("video/mp4", "video", mp4),
    "quicktime": ("video/quicktime", "video", lambda: mp4(b"qt  ")),
    "webm": ("video/webm", "video", webm),
    "matroska": ("video/x-matroska", "video", lambda: webm(doc_type=b"matroska")),
    "m4a": ("audio/mp4", "audio", lambda: mp4(b"M4A ", video=False)),
    "webm sound": ("audio/webm", "audio", lambda: webm(video=False)),
    "mp3": ("audio/mpeg", "audio", mp3),
    "aac": ("audio/aac", "audio", aac),
    "wav": ("audio/wav", "audio", wav),
    "flac": ("audio/flac", "audio", flac),
    "opus": ("audio/ogg", "audio", ogg),
}
UNKNOWN, TEXT = "application/octet-stream", "text/plain"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def archive() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as written:
        written.writestr("a.txt", "hello")
    return file.getvalue()


PLAIN: dict[str, tuple[str, bytes]] = {
    "empty": (UNKNOWN, b""),
    "text": (TEXT, b"Hello.\n"),
    "text beyond ascii": (TEXT, "Grüße, שלום, 你好 🎉".encode() * 2000),
    "text about gifs": (TEXT, b"GIF89a is how they begin"),
    "text about songs": (TEXT, b"ID3 is how they begin"),
    "latin-1": (UNKNOWN, "Grüße".encode("latin-1")),
    "svg": (UNKNOWN, SVG),
    "svg with a declaration": (UNKNOWN, b'<?xml version="1.0"?>\n' + SVG),
    "html": (UNKNOWN, b"\xef\xbb\xbf\n<!doctype html><script>alert(1)</script>"),
    "noise": (UNKNOWN, random.Random(5).randbytes(5000)),
    "pdf": ("application/pdf", b"%PDF-1.7\n\xe2\xe3\xcf\xd3\n"),
    "zip": ("application/zip", archive()),
    "gzip": ("application/gzip", gzip.compress(b"hello")),
    "program": ("application/x-msdownload", b"MZ\x90\0" + bytes(100)),
    "bmp": ("image/bmp", saved(drawn(), "BMP")),
    "tiff": ("image/tiff", saved(drawn(), "TIFF")),
}


# -- bombs -----------------------------------------------------------------------------------


def _zeros(count: int) -> bytes:
    packer = zlib.compressobj(9)
    block = bytes(1 << 20)
    parts = [packer.compress(block) for _ in range(count >> 20)]
    return b"".join([*parts, packer.compress(bytes(count & (1 << 20) - 1)), packer.flush()])


def png_of(width: int, height: int, *chunks: bytes, rows: int = 0) -> bytes:
    """A PNG whose header claims a size, with as many black rows."""
    head = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    data = png_chunk(b"IDAT", _zeros(rows * (width + 1)))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(chunks) + data + png_chunk(b"IEND", b"")


def jpeg_of(width: int, height: int) -> bytes:
    """A JPEG whose header claims a size."""
    whole = saved(Image.new("L", (8, 8)), "JPEG")
    frame = whole.index(b"\xff\xc0")
    return whole[: frame + 5] + struct.pack(">HH", height, width) + whole[frame + 9 :]


def gif_of(side: int, frames: int) -> bytes:
    """A GIF with many frames of many pixels, each a few bytes."""
    head = b"GIF89a" + struct.pack("<HH", side, side) + b"\x80\0\0" + bytes(6)
    image = b"\x2c" + bytes(4) + struct.pack("<HH", side, side) + b"\0\x02\x02\x4c\x01\0"
    return head + image * frames + b";"


def webp_of(side: int, frames: int) -> bytes:
    one = saved(Image.new("RGB", (16, 16)), "WEBP", lossless=True)[12:]
    size = struct.pack("<I", side - 1)[:3]
    body = bytes(6) + size + size + bytes(4)
    frame = body + one
    part = b"ANMF" + struct.pack("<I", len(frame)) + frame + b"\0" * (len(frame) % 2)
    head = b"VP8X" + struct.pack("<I", 10) + b"\x02\0\0\0" + size + size
    whole = b"WEBP" + head + b"ANIM" + struct.pack("<I", 6) + bytes(6) + part * frames
    return b"RIFF" + struct.pack("<I", len(whole)) + whole


def apng_of(side: int, frames: int) -> bytes:
    control = struct.pack(">IIIIIHHBB", 0, side, side, 0, 0, 1, 10, 0, 0)
    one = png_chunk(b"fcTL", control) + png_chunk(b"fdAT", bytes(4) + _zeros(16))
    head = png_chunk(b"acTL", struct.pack(">II", frames, 0))
    return png_of(side, side, head, one * frames)


def zip_bomb() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as written:
        written.writestr("zeros", bytes(200 << 20))
    return file.getvalue()


BOMBS: dict[str, Callable[[], bytes]] = {
    "png of 10,000 megapixels": lambda: png_of(100_000, 100_000, rows=100),
    "png of 60 megapixels, all there": lambda: png_of(10_000, 6_000, rows=6_000),
    "png of 49 megapixels, all there": lambda: png_of(7_000, 7_000, rows=7_000),
    "jpeg of 4,000 megapixels": lambda: jpeg_of(65_500, 65_500),
    "jpeg of 240 megapixels": lambda: jpeg_of(16_000, 15_000),
    "gif of 10,000 frames": lambda: gif_of(4000, 10_000),
    "gif of a huge screen": lambda: gif_of(65_535, 2),
    "webp of 4,000 frames": lambda: webp_of(16_000, 4_000),
    "apng of 10,000 frames": lambda: apng_of(3000, 10_000),
    "png with a profile that unpacks to 200 MB": lambda: png_of(
        8, 8, png_chunk(b"iCCP", b"x\0\0" + _zeros(200 << 20)), rows=8
    ),
    "png with a text that unpacks to 200 MB": lambda: png_of(
        8, 8, png_chunk(b"zTXt", b"x\0\0" + _zeros(200 << 20)), rows=8
    ),
    "zip that unpacks to 200 MB": zip_bomb,
    "gzip that unpacks to 200 MB": lambda: gzip.compress(bytes(200 << 20)),
    "gif of short blocks": lambda: b"GIF89a\x01\0\x01\0\0\0\0!\xfe" + b"\x01a" * 3_000_000 + b"\0;",
    "png of empty chunks": lambda: png_of(8, 8, png_chunk(b"teXt", b"") * 500_000, rows=8),
    "mp4 of boxes in boxes": lambda: mp4() + box(b"moov", *[box(b"moov")] * 500_000),
    "mp4 of nested boxes": lambda: _nested(),
    "webm of empty elements": lambda: webm() + element(0xEC) * 300_000,
    "jpeg of restarts": lambda: b"\xff\xd8" + b"\xff\xd0" * 3_000_000,
}


def _nested() -> bytes:
    inner = box(b"moov")
    for _depth in range(2_000):
        inner = box(b"trak", inner)
    return box(b"ftyp", b"isom", bytes(4)) + box(b"moov", inner)


# -- polyglots -------------------------------------------------------------------------------

SCRIPT = b"<script>alert(1)</script>"


def polyglots() -> Iterable[tuple[str, str, bytes, bytes]]:
    """Files of two types: a name, the type by the first bytes, the bytes, and those of the second
    type, which must be gone."""
    second = archive()
    yield "jpeg, then zip", "image/jpeg", jpeg() + second, second
    yield "jpeg with html inside", "image/jpeg", saved(drawn(), "JPEG", comment=SCRIPT), SCRIPT
    yield "png, then html", "image/png", png() + SCRIPT, SCRIPT
    yield "gif, then script", "image/gif", gif() + SCRIPT, SCRIPT
    yield "webp, then zip", "image/webp", webp() + second, second
    yield "avif, then zip", "image/avif", avif() + second, second
    yield "mp4, then zip", "video/mp4", mp4() + second, second
    yield "webm, then html", "video/webm", webm() + SCRIPT, SCRIPT
    yield "mp3, then html", "audio/mpeg", mp3() + SCRIPT, SCRIPT
    yield "wav, then zip", "audio/wav", wav() + second, second
