"""What is stored of a file: the picture, film or sound as it was, and nothing about who made it
where."""

import io
import random
import struct
import time
from collections.abc import Callable

import pytest
from PIL import Image, ImageChops, ImageOps

from rooms.files import cleaning
from rooms.files.cleaning import Cleaned, Damaged
from rooms.files.formats import Steps, audio, films, isobmff, matroska
from rooms.files.inspection import inspect
from tests import corpus

Clean = Callable[[bytes], Cleaned]


@pytest.fixture
def clean(tmp_path_factory: pytest.TempPathFactory) -> Clean:
    def clean(content: bytes) -> Cleaned:
        path = tmp_path_factory.mktemp("sent") / "file"
        path.write_bytes(content)
        return cleaning.clean(path, inspect(path), tmp_path_factory.mktemp("made"))

    return clean


def stored(cleaned: Cleaned) -> list[bytes]:
    paths = [cleaned.path, *([cleaned.thumbnail_path] if cleaned.thumbnail_path else [])]
    return [path.read_bytes() for path in paths]


def pixels(content: bytes, frame: int = 0) -> Image.Image:
    with Image.open(io.BytesIO(content)) as picture:
        picture.seek(frame)
        return picture.convert("RGBA")


def same(one: Image.Image, other: Image.Image) -> bool:
    return one.size == other.size and ImageChops.difference(one, other).getbbox() is None


def alike(one: Image.Image, other: Image.Image) -> bool:
    """Whether two pictures differ by what encoding them again does."""
    if one.size != other.size:
        return False
    histogram = ImageChops.difference(one.convert("L"), other.convert("L")).histogram()
    mean = sum(value * count for value, count in enumerate(histogram)) / sum(histogram)
    return mean < 12


# -- metadata ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", corpus.SHOWN)
def test_nothing_says_where_a_file_was_made(clean: Clean, name: str) -> None:
    mime, kind, make = corpus.SHOWN[name]
    sent = make()
    assert corpus.MARK in sent or corpus.PLACE in sent
    cleaned = clean(sent)
    assert cleaned.kind == kind
    assert cleaned.type == ("image/jpeg" if mime == "image/heic" else mime)
    for content in stored(cleaned):
        assert corpus.MARK not in content
        assert corpus.PLACE not in content
        assert corpus.LATITUDE[2][0].to_bytes(4, "big") not in content
        assert b"Exif\0\0" not in content
        assert b"xmpmeta" not in content


@pytest.mark.parametrize("name", corpus.SHOWN)
def test_what_was_cleaned_is_clean(clean: Clean, name: str) -> None:
    """Also when a file is sent that somebody had saved from here."""
    once = clean(corpus.SHOWN[name][2]())
    twice = clean(once.path.read_bytes())
    assert twice.path.read_bytes() == once.path.read_bytes()
    assert (twice.kind, twice.type) == (once.kind, once.type)


# Those that are neither turned nor converted, nor encoded in another way by what made them.
LOSSLESS = [
    *("jpeg", "progressive jpeg", "cmyk jpeg", "png", "16-bit png", "palette png", "apng", "gif"),
    *("moving gif", "webp", "lossless webp", "moving webp", "avif", "moving avif"),
]


@pytest.mark.parametrize("name", LOSSLESS)
def test_a_picture_that_is_upright_keeps_every_pixel(clean: Clean, name: str) -> None:
    sent = corpus.SHOWN[name][2]()
    kept = clean(sent).path.read_bytes()
    with Image.open(io.BytesIO(sent)) as picture:
        frames = getattr(picture, "n_frames", 1) if picture.format != "MPO" else 1
    for frame in range(frames):
        assert same(pixels(sent, frame), pixels(kept, frame))
    with Image.open(io.BytesIO(kept)) as picture:
        assert getattr(picture, "n_frames", 1) == frames


@pytest.mark.parametrize("make", [corpus.jpeg, corpus.png, corpus.webp, corpus.avif, corpus.heic])
@pytest.mark.parametrize("orientation", [1, 6])
def test_the_colour_profile_is_kept(clean: Clean, make: corpus.Made, orientation: int) -> None:
    cleaned = clean(make() if make is corpus.heic else make(orientation))
    for content in stored(cleaned):
        with Image.open(io.BytesIO(content)) as picture:
            assert picture.info["icc_profile"] == corpus.PROFILE


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("make", [corpus.jpeg, corpus.png, corpus.webp, corpus.avif])
def test_a_turned_picture_is_stored_upright(
    clean: Clean, make: corpus.Made, orientation: int
) -> None:
    sent = make(orientation)
    with Image.open(io.BytesIO(sent)) as picture:
        shown = ImageOps.exif_transpose(picture).convert("RGBA")
    cleaned = clean(sent)
    assert (cleaned.width, cleaned.height) == shown.size
    with Image.open(cleaned.path) as kept:
        upright = ImageOps.exif_transpose(kept) if make is corpus.avif else kept
        assert alike(shown, upright.convert("RGBA"))
    assert cleaned.thumbnail_path is not None
    with Image.open(cleaned.thumbnail_path) as thumbnail:
        assert alike(shown, thumbnail.convert("RGBA"))


def test_a_picture_of_an_iphone_becomes_an_upright_jpeg(clean: Clean) -> None:
    cleaned = clean(corpus.heic())
    shown = corpus.drawn().transpose(Image.Transpose.ROTATE_270)
    assert (cleaned.type, cleaned.width, cleaned.height) == ("image/jpeg", *shown.size)
    for content in stored(cleaned):
        assert alike(shown.convert("RGBA"), pixels(content))


def test_what_follows_a_file_is_cut_off(clean: Clean) -> None:
    for name, mime, content, second in corpus.polyglots():
        cleaned = clean(content)
        assert cleaned.type == mime, name
        assert second not in cleaned.path.read_bytes(), name
        assert b"<script" not in cleaned.path.read_bytes(), name


@pytest.mark.parametrize("brand", [b"isom", b"qt  ", b"M4V "])
def test_a_film_keeps_what_is_seen_and_where_it_lies(clean: Clean, brand: bytes) -> None:
    sent = corpus.mp4(brand)
    kept = clean(sent).path.read_bytes()
    assert kept.index(corpus.FRAME) == sent.index(corpus.FRAME)
    moov = next(box for box in isobmff.boxes(kept, 0, len(kept)) if box.type == b"moov")
    inside = [box.type for box in isobmff.boxes(kept, moov.body, moov.end)]
    assert inside == [b"mvhd", b"trak", b"free", b"free", b"free"]
    assert struct.pack(">I", corpus.WHEN) not in kept
    assert films.film(kept, Steps(100)).duration == 4.0


def test_a_recording_keeps_what_is_heard(clean: Clean) -> None:
    kept = clean(corpus.webm()).path.read_bytes()
    assert corpus.FRAME in kept
    assert matroska.header(kept, Steps(100)).duration == 4.0
    samples = corpus.wav()[-32000:]
    assert samples in clean(corpus.wav()).path.read_bytes()
    assert b"TIT2" not in clean(corpus.mp3()).path.read_bytes()


def test_every_page_of_an_ogg_file_has_its_checksum(clean: Clean) -> None:
    kept = clean(corpus.ogg()).path.read_bytes()
    assert b"sound" * 20 in kept
    for page in audio._pages(kept):
        whole = bytearray(kept[page.start : page.end])
        check = bytes(whole[22:26])
        whole[22:26] = bytes(4)
        assert corpus.ogg_checksum(bytes(whole)).to_bytes(4, "little") == check


@pytest.mark.parametrize("name", corpus.PLAIN)
def test_a_file_that_is_only_downloaded_stays_as_it_was_sent(clean: Clean, name: str) -> None:
    mime, content = corpus.PLAIN[name]
    cleaned = clean(content)
    assert (cleaned.type, cleaned.kind, cleaned.thumbnail_path) == (mime, "file", None)
    assert cleaned.path.read_bytes() == content


# -- thumbnails ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "small"),
    [
        ((1, 1), (1, 1)),
        ((799, 3), (799, 3)),
        ((1600, 1200), (800, 600)),
        ((1200, 1600), (450, 600)),
        ((3000, 1000), (800, 267)),
        ((40, 6000), (4, 600)),
        ((6000, 5), (800, 1)),
    ],
)
def test_a_thumbnail_has_the_ratio_of_the_picture_and_is_never_larger(
    clean: Clean, size: tuple[int, int], small: tuple[int, int]
) -> None:
    cleaned = clean(corpus.saved(Image.new("RGB", size, "teal"), "PNG"))
    assert cleaned.thumbnail_path is not None
    with Image.open(cleaned.thumbnail_path) as thumbnail:
        assert (thumbnail.format, thumbnail.size) == ("WEBP", small)
        assert alike(thumbnail.convert("RGB"), Image.new("RGB", small, "teal"))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16", "CMYK"])
def test_a_thumbnail_has_the_colours_of_the_picture(clean: Clean, mode: str) -> None:
    white = Image.new("L", (900, 900), 255)
    if mode == "I;16":
        white = Image.new("I", (900, 900), 65535)
    kind = "JPEG" if mode == "CMYK" else "PNG"
    cleaned = clean(corpus.saved(white.convert(mode), kind))
    assert cleaned.thumbnail_path is not None
    with Image.open(cleaned.thumbnail_path) as thumbnail:
        extrema = thumbnail.convert("L").getextrema()
    assert extrema in {(255, 255), (254, 254), (254, 255)}


def test_a_transparent_picture_has_a_transparent_thumbnail(clean: Clean) -> None:
    cleaned = clean(corpus.saved(Image.new("RGBA", (50, 50), (0, 0, 0, 0)), "PNG"))
    assert cleaned.thumbnail_path is not None
    assert pixels(cleaned.thumbnail_path.read_bytes()).getchannel("A").getextrema() == (0, 0)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_an_animation_moves_on_and_its_thumbnail_is_still(clean: Clean, kind: str) -> None:
    cleaned = clean(corpus.moving(kind, 4))
    assert cleaned.animated
    with Image.open(cleaned.path) as picture:
        assert getattr(picture, "n_frames", 1) == 4
    assert cleaned.thumbnail_path is not None
    with Image.open(cleaned.thumbnail_path) as thumbnail:
        assert getattr(thumbnail, "n_frames", 1) == 1


# -- what is broken, or made to break --------------------------------------------------------------


@pytest.mark.parametrize("name", corpus.BOMBS)
def test_a_bomb_ends_within_two_seconds(clean: Clean, name: str) -> None:
    """Promised are 2 s; the processor time of this process and the child's are measured."""
    content = corpus.BOMBS[name]()
    began = time.monotonic()
    try:
        cleaned = clean(content)
    except Damaged:
        pass
    else:
        assert cleaned.kind in {"file", "image", "video"}
        assert not cleaned.animated
    assert time.monotonic() - began < 4


@pytest.mark.parametrize(("frames", "kind"), [(10, "image"), (5001, "file")])
def test_an_animation_of_too_many_frames_is_a_file(clean: Clean, frames: int, kind: str) -> None:
    whole = corpus.saved(corpus.drawn((8, 8)), "GIF")
    image = whole.index(b"\x2c" + bytes(4))
    cleaned = clean(whole[:image] + whole[image:-1] * frames + b";")
    assert (cleaned.kind, cleaned.animated) == (kind, kind == "image")


@pytest.mark.parametrize(("rows", "kind"), [(4999, "image"), (5001, "file")])
def test_a_picture_of_too_many_pixels_is_a_file(clean: Clean, rows: int, kind: str) -> None:
    assert clean(corpus.png_of(10_000, rows, rows=rows)).kind == kind


def test_a_picture_that_cannot_be_decoded_is_a_file_without_metadata(clean: Clean) -> None:
    whole = corpus.saved(corpus.drawn((400, 300)), "JPEG", exif=corpus.exif(), quality=95)
    cut_off = whole[: len(whole) // 2]
    assert corpus.MARK in cut_off
    cleaned = clean(cut_off)
    assert (cleaned.kind, cleaned.width, cleaned.thumbnail_path) == ("file", None, None)
    assert corpus.MARK not in cleaned.path.read_bytes()


@pytest.mark.parametrize("name", corpus.SHOWN)
def test_a_file_that_ends_early_says_nothing_of_places_or_is_refused(
    clean: Clean, name: str
) -> None:
    whole = corpus.SHOWN[name][2]()
    chosen = random.Random(name)
    for length in chosen.sample(range(1, len(whole)), 25):
        try:
            cleaned = clean(whole[:length])
        except Damaged:
            continue
        for content in stored(cleaned):
            assert corpus.MARK not in content, length
