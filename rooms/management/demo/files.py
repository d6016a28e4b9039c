"""The files of the demo, made when they are needed: pictures that are drawn, a tune for a voice
message, and a table. The same ones each time, and small."""

import functools
import io
import math
import wave
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image, ImageDraw

from rooms.files.storage import content_key, storage, thumbnail_key
from rooms.models import Message, Upload

THUMBNAIL = 800  # pixels
RATE = 8000  # samples per second
SECONDS = 4
NOTES = (262, 330, 392, 523, 392, 330, 262, 196)  # Hz

Kind = Upload.Kind
Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Made:
    """A file, as it would be once it was uploaded and processed."""

    kind: str
    type: str
    content: bytes
    alt: str = ""
    transcript: str = ""
    picture: Image.Image | None = None
    duration: float | None = None
    peaks: str = ""


def attach(message: Message, names: tuple[str, ...]) -> None:
    """Give files to a stored message, as posting it with them would."""
    for position, name in enumerate(names):
        _store(message, position, name, _made(name))


@functools.cache
def _made(name: str) -> "Made":
    return MAKERS[name]()


def _store(message: Message, position: int, name: str, made: Made) -> None:
    thumbnail = _webp(made.picture) if made.picture else b""
    width, height = made.picture.size if made.picture else (None, None)
    size = len(made.content)
    upload = Upload.objects.create(
        user_id=message.author_id,
        room_id=message.room_id,
        message=message,
        position=position,
        state=Upload.State.READY,
        name=name,
        kind=made.kind,
        type=made.type,
        length=size,
        received=size,
        size=size,
        stored=size + len(thumbnail),
        width=width,
        height=height,
        duration=made.duration,
        peaks=made.peaks,
        alt=made.alt,
        transcript=made.transcript,
        has_thumbnail=bool(thumbnail),
    )
    Upload.objects.filter(pk=upload.pk).update(created_at=message.created_at)
    storage().save(content_key(upload.pk), io.BytesIO(made.content))
    if thumbnail:
        storage().save(thumbnail_key(upload.pk), io.BytesIO(thumbnail))


# -- pictures --------------------------------------------------------------------------------


def _harbour() -> Made:
    """Evening over the water, with a boat."""
    picture, draw = _sky(1200, 800, (60, 80, 140), (250, 170, 110))
    draw.ellipse((820, 330, 960, 470), fill=(255, 225, 150))
    draw.rectangle((0, 480, 1200, 800), fill=(40, 70, 110))
    for row in range(490, 800, 24):
        shift = row * 37 % 160
        for x in range(-shift, 1200, 160):
            draw.line((x, row, x + 70, row), fill=(90, 120, 160), width=4)
    draw.polygon((300, 560, 620, 560, 570, 630, 350, 630), fill=(120, 40, 40))
    draw.line((450, 560, 450, 300), fill=(60, 40, 30), width=10)
    draw.polygon((460, 310, 460, 540, 610, 540), fill=(245, 240, 225))
    return _jpeg(picture, "A sailing boat in the harbour, just before sunset.")


def _lighthouse() -> Made:
    """A picture that is higher than it is wide."""
    picture, draw = _sky(720, 1080, (20, 30, 70), (90, 110, 170))
    for star in range(60):
        x, y = star * 197 % 720, star * 131 % 600
        draw.ellipse((x, y, x + 4, y + 4), fill=(240, 240, 255))
    draw.polygon((360, 330, 0, 200, 0, 420), fill=(200, 190, 130))
    draw.polygon((300, 340, 420, 340, 470, 940, 250, 940), fill=(235, 235, 230))
    for stripe in range(3):
        top = 440 + stripe * 180
        left, right = 285 - stripe * 15, 435 + stripe * 15
        draw.polygon(
            (left, top, right, top, right + 7, top + 80, left - 7, top + 80), fill=(180, 50, 45)
        )
    draw.rectangle((320, 280, 400, 340), fill=(255, 230, 140))
    draw.polygon((310, 280, 410, 280, 360, 230), fill=(60, 60, 70))
    draw.rectangle((0, 930, 720, 1080), fill=(50, 60, 50))
    return _jpeg(picture, "The lighthouse at night, with its lamp on.")


def _plan() -> Made:
    """A drawing with sharp lines, as a PNG."""
    picture = Image.new("RGB", (1000, 640), (250, 250, 245))
    draw = ImageDraw.Draw(picture)
    for box in ((60, 60, 940, 580), (60, 60, 400, 340), (400, 60, 700, 340), (60, 340, 400, 580)):
        draw.rectangle(box, outline=(40, 60, 90), width=6)
    for table in range(6):
        x, y = 460 + table % 3 * 150, 400 + table // 3 * 90
        draw.rectangle((x, y, x + 100, y + 50), fill=(200, 215, 235), outline=(40, 60, 90))
    draw.arc((360, 300, 440, 380), 0, 90, fill=(180, 50, 45), width=5)
    alt = "A floor plan: four rooms, with six tables in the largest."
    return Made(Kind.IMAGE, "image/png", _saved(picture, "PNG"), alt, picture=picture)


def _sky(
    width: int, height: int, top: Colour, bottom: Colour
) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    picture = Image.new("RGB", (width, height))
    draw = ImageDraw.Draw(picture)
    for y in range(height):
        part = y / height
        red, green, blue = (round(a + (b - a) * part) for a, b in zip(top, bottom, strict=True))
        draw.line((0, y, width, y), fill=(red, green, blue))
    return picture, draw


def _jpeg(picture: Image.Image, alt: str) -> Made:
    return Made(Kind.IMAGE, "image/jpeg", _saved(picture, "JPEG"), alt, picture=picture)


def _webp(picture: Image.Image) -> bytes:
    small = picture.copy()
    small.thumbnail((THUMBNAIL, THUMBNAIL))
    return _saved(small, "WEBP")


def _saved(picture: Image.Image, kind: str) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, quality=82)
    return file.getvalue()


# -- other kinds -----------------------------------------------------------------------------


def _voice() -> Made:
    """A tune, since nobody of the demo has a voice."""
    samples = bytearray()
    each = RATE * SECONDS // len(NOTES)
    loudness = [round(90 * math.exp(-2 * step / 8)) + 5 for _note in NOTES for step in range(8)]
    for note in NOTES:
        for at in range(each):
            fading = math.exp(-2 * at / each)
            samples.append(128 + round(100 * fading * math.sin(2 * math.pi * note * at / RATE)))
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(RATE)
        sound.writeframes(bytes(samples))
    return Made(
        Kind.VOICE,
        "audio/wav",
        file.getvalue(),
        transcript="(A tune, up and down again.)",
        duration=float(SECONDS),
        peaks=str(loudness).replace(" ", ""),
    )


def _timetable() -> Made:
    rows = ["from,to,departs,arrives"]
    for hour in range(6, 22):
        rows.append(f"Harbour,Island,{hour:02}:10,{hour:02}:35")
        rows.append(f"Island,Harbour,{hour:02}:40,{hour + 1:02}:05")
    return Made(Kind.FILE, "text/plain", "\r\n".join([*rows, ""]).encode())


MAKERS: dict[str, Callable[[], Made]] = {
    "harbour.jpg": _harbour,
    "lighthouse.jpg": _lighthouse,
    "floor-plan.png": _plan,
    "voice-message.wav": _voice,
    "ferry-timetable.csv": _timetable,
}
