"""Name folding for look-ups, the same in Python and in the scripts."""

import json
import re
import sys
import unicodedata

import pytest

from rooms.text.folding import _is_accent, fold
from tests.processes import ROOT

TEXTS = json.loads((ROOT / "tests/tables/fold.json").read_text())["texts"]


@pytest.mark.parametrize(("text", "folded"), TEXTS, ids=ascii)
def test_a_name_is_found_however_it_is_written(text: str, folded: str) -> None:
    assert fold(text) == folded
    assert fold(unicodedata.normalize("NFD", text)) == folded
    assert fold(unicodedata.normalize("NFC", text)) == folded
    assert fold(folded) == folded


@pytest.mark.parametrize(
    ("one", "other"), [("か", "が"), ("फूल", "फल"), ("ג", "ב"), ("n", "m"), ("ა", "ბ"), ("1", "2")]
)
def test_different_letters_stay_different(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_the_scripts_treat_the_same_marks_as_accents() -> None:
    """Python's Unicode tables may be newer than the scripts', but they agree on every mark both
    know."""
    source = (ROOT / "static/js/lib/fold.js").read_text()
    ranges = re.findall(r"\\u\{(\w+)\}(?:-\\u\{(\w+)\})?", source.partition("new RegExp")[0])
    theirs = {
        code for first, last in ranges for code in range(int(first, 16), int(last or first, 16) + 1)
    }
    ours = {code for code in range(sys.maxunicode + 1) if _is_accent(chr(code))}
    assert len(theirs) > 700
    assert theirs <= ours
    if unicodedata.unidata_version == "14.0.0":
        assert theirs == ours
