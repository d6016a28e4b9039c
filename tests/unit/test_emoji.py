"""A reaction is exactly one emoji, and has one form whatever keyboard it comes from."""

import json

import pytest

from rooms.text.emoji import one_form
from tests.processes import ROOT

DATA = ROOT / "static/vendor/emoji-picker-element-data-1.8.0/en/emojibase/data.json"
PARTS = 2  # the group of bare skin tones and hair styles


def published() -> list[str]:
    """Return every emoji of the picker's data, in every skin tone."""
    return [
        form
        for one in json.loads(DATA.read_text())
        if one["group"] != PARTS
        for form in (one["emoji"], *(skin["emoji"] for skin in one.get("skins", ())))
    ]


def test_every_known_emoji_is_accepted_unchanged() -> None:
    forms = {emoji: one_form(emoji) for emoji in published()}
    assert len(forms) > 3900
    assert not [emoji for emoji, form in forms.items() if form is None]
    assert all(form and one_form(form) == form for form in forms.values())
    bare = "".maketrans("", "", "\ufe0e\ufe0f")
    assert all(
        form and form.translate(bare) == emoji.translate(bare) for emoji, form in forms.items()
    )


def test_variation_selectors_make_no_difference() -> None:
    for emoji in published():
        bare = emoji.translate("".maketrans("", "", "\ufe0f"))
        styled = "".join(
            char if char in "\u200d\u20e3" or 0x1F3FB <= ord(char) <= 0x1F3FF else f"{char}\ufe0f"
            for char in bare
        )
        assert one_form(bare) == one_form(emoji), emoji
        # Flag letters and tags have no variation selectors.
        if not any(0x1F1E6 <= ord(char) <= 0x1F1FF or ord(char) >= 0xE0000 for char in bare):
            assert one_form(styled) == one_form(emoji), emoji


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("👍", "👍"),
        ("👍\ufe0f", "👍"),
        ("👍\ufe0f🏽", "👍🏽"),
        ("❤", "❤\ufe0f"),
        ("❤\ufe0e", "❤\ufe0f"),
        ("☝\ufe0f🏽", "☝🏽"),
        ("1\u20e3", "1\ufe0f\u20e3"),
        ("👁\u200d🗨", "👁\ufe0f\u200d🗨\ufe0f"),
        ("🇩🇪", "🇩🇪"),
        ("🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",) * 2,
        ("\U0001fae8", "\U0001fae8"),  # from 2022, unknown to Python 3.11
        ("\U0001faea", "\U0001faea"),  # from 2025
        ("\U0001faff", "\U0001faff"),  # not assigned yet
        ("\U0001f9d1\u200d\U0001fa70", "\U0001f9d1\u200d\U0001fa70"),  # a dancer, from 2025
        ("\U0001f9d1\u200d\U0001faff", "\U0001f9d1\u200d\U0001faff"),  # not assigned yet
    ],
)
def test_every_spelling_of_an_emoji_has_one_form(typed: str, kept: str) -> None:
    assert one_form(typed) == kept


@pytest.mark.parametrize(
    "text",
    [
        "", "a", "1", "#", "1^", "^_^", "°", "✓", "🀀", "\u200d", "\ufe0f", "\u20e3", "🏽", "🇩",
        "🇩🇪🇩🇪", "👍" * 2, "👍" * 20, "👍 ", " 👍", "👍\n", "ok👍", "\u202e👍", "👍\u202e",
        "\u200d👍", "👍\u200d", "👍\u200d👍", "👍\u200d😂", "😂🏽", "👍🏽🏽", "👍\ufe0f\ufe0f",
        "👍\u0301",
        "👍\u20e0", "👍\u0336\u0336\u0336", "🏴\U000e0067", "🏴\U000e007f", "\U000e0067", "<b>",
        "\u200d".join("👩👨👧👦👶"), "\ufe0f👍", "1\ufe0f", "\u20e31",
    ],
)  # fmt: skip
def test_anything_but_exactly_one_emoji_is_refused(text: str) -> None:
    assert one_form(text) is None
