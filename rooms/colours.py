"""The site's accent colour: from one colour that an owner chose, the tokens of both themes, so that
everything drawn with them can be read (WCAG 2.2 AA), whatever was chosen.

The hue stays. The lightness moves only as far as the contrast demands, in OKLCH, where equal steps
look equal: https://bottosson.github.io/posts/oklab/
"""

import functools
import hashlib
import math
import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

LEAST = 4.6  # contrast of text; AA asks for 4.5, and browsers round
STEP = 0.005  # of lightness: less can't be seen
HEX = re.compile(r"#[0-9a-f]{6}")
# What accents lie on, from css/tokens.css (a unit test compares them).
LIGHT = ("#fcfbf8", "#f4f2ec", "#ffffff", "#f0ede6", "#e7e3d9")
DARK = ("#1b1a18", "#151412", "#262421", "#33302c")

Rgb = tuple[float, float, float]


class Lch(NamedTuple):
    """Lightness from 0 to 1, chroma, and hue in radians."""

    lightness: float
    chroma: float
    hue: float


class Tokens(NamedTuple):
    """The tokens of one theme, as `#rrggbb`."""

    accent: str
    accent_strong: str
    accent_soft: str
    on_accent: str


@functools.lru_cache(maxsize=64)
def themes(chosen: str) -> tuple[Tokens, Tokens]:
    """Return the tokens for the light theme and for the dark one."""
    colour = _lch(chosen)
    gentle = min(colour.chroma, 0.028)
    soft = _hex(Lch(0.945, gentle, colour.hue))
    light = _readable(colour, [*LIGHT, soft], -STEP)
    dark_soft = _hex(Lch(0.3, gentle, colour.hue))
    dark = _readable(colour, [*DARK, dark_soft], STEP)
    return (
        Tokens(_hex(light), _hex(_moved(light, -0.08)), soft, "#ffffff"),
        Tokens(
            _hex(dark),
            _hex(_moved(dark, 0.08)),
            dark_soft,
            _hex(Lch(0.2, gentle, colour.hue)),
        ),
    )


@functools.lru_cache(maxsize=64)
def style_sheet(chosen: str) -> str:
    """The style sheet that gives a page this accent, with the switches of css/tokens.css."""
    light, dark = themes(chosen)
    rules = (
        f"--{name.replace('_', '-')}:var(--light,{day}) var(--dark,{night})"
        for name, day, night in zip(Tokens._fields, light, dark, strict=True)
    )
    return f":root{{{';'.join(rules)}}}"


def digest(chosen: str) -> str:
    """A mark of the style sheet's content, so that its address can be cached for good."""
    return hashlib.sha256(style_sheet(chosen).encode()).hexdigest()[:8]


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio"""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _readable(colour: Lch, surfaces: Iterable[str], step: float) -> Lch:
    """Move a colour's lightness by steps until it can be read on each of the surfaces."""
    for surface in surfaces:
        while contrast(_hex(colour), surface) < LEAST:  # black and white can be read on any of them
            colour = _moved(colour, step)
    return colour


def _moved(colour: Lch, by: float) -> Lch:
    return colour._replace(lightness=min(1.0, max(0.0, colour.lightness + by)))


# -- colour spaces ---------------------------------------------------------------------------


def _channels(colour: str) -> Rgb:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def _each(rgb: Rgb, change: Callable[[float], float]) -> Rgb:
    red, green, blue = map(change, rgb)
    return red, green, blue


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def _encoded(value: float) -> float:
    return value * 12.92 if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055


def _luminance(colour: str) -> float:
    red, green, blue = _each(_channels(colour), _linear)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _lch(colour: str) -> Lch:
    red, green, blue = _each(_channels(colour), _linear)
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    medium = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    lightness = 0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short
    a = 1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short
    return Lch(lightness, math.hypot(a, b), math.atan2(b, a))


def _rgb(colour: Lch) -> Rgb:
    """Linear, and outside of 0 to 1 for a colour that screens don't have."""
    a, b = colour.chroma * math.cos(colour.hue), colour.chroma * math.sin(colour.hue)
    long = (colour.lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (colour.lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (colour.lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def _hex(colour: Lch) -> str:
    """The nearest colour that screens have: of the same lightness and hue, with less chroma."""
    while colour.chroma > 0 and not all(-0.0005 <= value <= 1.0005 for value in _rgb(colour)):
        colour = colour._replace(chroma=max(0.0, colour.chroma - 0.004))
    channels = _each(_rgb(colour), lambda value: _encoded(min(1.0, max(0.0, value))))
    return "#" + "".join(f"{round(value * 255):02x}" for value in channels)
