"""static/css/code.css: every code colour has enough contrast, in both themes."""

import re
from pathlib import Path

import pytest

from rooms.text import highlighting

CSS = (Path(__file__).parents[2] / "static/css/code.css").read_text()
THEMED = re.findall(
    r"(--[\w-]+): var\(--light, (#[0-9a-f]{6})\) var\(--dark, (#[0-9a-f]{6})\);", CSS
)
LIGHT = {name: light for name, light, _dark in THEMED}
DARK = {name: dark for name, _light, dark in THEMED}
READABLE = 4.5  # WCAG 2.2, 1.4.3
# Shown as plain text on purpose: operators, variables, and words unknown to the lexer.
UNCOLOURED = {"g", "nx", "nv", "vc", "vg", "vi", "vm", "o", "pm"}


def luminance(colour: str) -> float:
    shares = (int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5))
    linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_measured_as_the_guidelines_say() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_every_colour_is_readable_on_its_surface(theme: dict[str, str]) -> None:
    inks = theme.keys() - {"--code-surface"}
    assert len(inks) > 10
    poor = {ink for ink in inks if contrast(theme[ink], theme["--code-surface"]) < READABLE}
    assert not poor


def test_every_used_colour_is_defined() -> None:
    used = set(re.findall(r"var\((--code-(?!paper)[\w-]+)\)", CSS))
    assert used == LIGHT.keys()


def test_every_class_has_a_colour_or_is_plain_on_purpose() -> None:
    styled = set(re.findall(r"\.(\w+)(?=[,)])", CSS))
    assert highlighting.TOKEN_CLASSES - styled - UNCOLOURED == set()
    assert styled - highlighting.TOKEN_CLASSES == set()
