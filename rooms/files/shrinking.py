"""Pictures of other sites, made small. The decoding child decodes and encodes each one again, so
that nothing but its pixels survives."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rooms.files import decoder

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
MAX_PIXELS = 25_000_000  # 100 MB once decoded; a small file can claim any size
SIDE = 720  # pixels: twice as many as are shown, for dense screens
LEAST = 32  # pixels per side; anything smaller counts visitors, or is a line
WAIT_SECONDS = 10.0  # for what people send, which comes first


@dataclass(frozen=True, slots=True)
class Picture:
    """A small picture, as WebP."""

    content: bytes
    width: int
    height: int


def shrink(content: bytes) -> Picture | None:
    """Return a picture made to fit; of an animation, the first frame. None for anything that isn't
    a picture worth showing, or can't be decoded now. Blocks."""
    bounds: dict[str, Any] = {
        "formats": FORMATS,
        "most": MAX_PIXELS,
        "side": SIDE,
        "least": LEAST,
    }
    with tempfile.TemporaryDirectory(prefix="chatsite-") as name:
        folder = Path(name)
        source = folder / "source"
        source.write_bytes(content)
        try:
            made = decoder.here().run("shrink", source, folder, wait=WAIT_SECONDS, **bounds)
            small = (folder / "picture").read_bytes()
            return Picture(small, int(made["width"]), int(made["height"]))
        except (decoder.Refused, decoder.Closed, KeyError, TypeError, ValueError):
            return None
