"""The accent colour: whatever an owner chooses, everything drawn with it can be read."""

import re
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms import colours
from rooms.colours import DARK, LIGHT, Tokens, contrast, themes
from rooms.forms.site import ACCENTS
from tests.processes import ROOT

TEXT = 4.5  # WCAG 2.2, 1.4.3
EXTREMES = [f"#{red}{green}{blue}" for red, green, blue in product(("00", "80", "ff"), repeat=3)]


def tokens_of_the_site() -> list[dict[str, str]]:
    """The tokens of css/tokens.css, for light and for dark."""
    text = (ROOT / "static/css/tokens.css").read_text()
    one = r"--([\w-]+): var\(--light, (#[0-9a-f]{6})\) var\(--dark, (#[0-9a-f]{6})\);"
    found = re.findall(one, text)
    return [{name: both[at] for name, *both in found} for at in (0, 1)]


def assert_readable(chosen: str) -> None:
    for tokens, surfaces in zip(themes(chosen), (LIGHT, DARK), strict=True):
        for surface in (*surfaces, tokens.accent_soft):
            assert contrast(tokens.accent, surface) >= TEXT, (chosen, tokens, surface)
            assert contrast(tokens.accent_strong, surface) >= TEXT, (chosen, tokens, surface)
        assert contrast(tokens.on_accent, tokens.accent) >= TEXT, (chosen, tokens)
        assert contrast(tokens.on_accent, tokens.accent_strong) >= TEXT, (chosen, tokens)


@pytest.mark.parametrize("chosen", [*dict(ACCENTS), *EXTREMES])
def test_an_accent_can_be_read_in_light_and_dark(chosen: str) -> None:
    assert_readable(chosen)


@given(st.integers(0, 0xFFFFFF))
def test_any_accent_can_be_read_in_light_and_dark(number: int) -> None:
    assert_readable(f"#{number:06x}")


@pytest.mark.parametrize("chosen", dict(ACCENTS))
def test_a_colour_that_can_be_read_stays_as_it_was_chosen(chosen: str) -> None:
    light, _dark = themes(chosen)
    assert light.accent == chosen


def test_the_surfaces_are_those_of_the_site() -> None:
    for tokens, surfaces in zip(tokens_of_the_site(), (LIGHT, DARK), strict=True):
        names = ("paper", "sunken", "raised", "hover", "pressed")
        assert {tokens[name] for name in names} == set(surfaces)


def test_the_style_sheet_sets_the_site_s_own_tokens() -> None:
    sheet = colours.style_sheet("#1d5fa8")
    names = re.findall(r"--([\w-]+):var\(--light,#\w{6}\) var\(--dark,#\w{6}\)", sheet)
    assert names == [name.replace("_", "-") for name in Tokens._fields]
    assert all(name in tokens for tokens in tokens_of_the_site() for name in names)
    assert colours.digest("#1d5fa8") != colours.digest("#1d5fa9")
