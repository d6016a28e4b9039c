"""Unicode's files become the tables that names are compared by."""
# ruff: noqa: RUF001

import pytest
from django.core.management.base import CommandError

from rooms.management.commands.unicode_tables import SCRIPTS, families, tables
from rooms.text import unicode_tables
from rooms.text.lookalikes import prototype
from rooms.text.scripts import script

CONFUSABLES = """# confusables.txt
# © 2022 Unicode®, Inc.
# Version: 15.0.0

0430 ;\t0061 ;\tMA\t# ( а → a ) CYRILLIC SMALL LETTER A → LATIN SMALL LETTER A
ff41 ;\t0430 ;\tMA\t# ( ａ → а )
05e1 ;\t006f ;\tMA\t# ( \u200eס\u200e → o ) HEBREW LETTER SAMEKH → LATIN SMALL LETTER O
0661 ;\t006c ;\tMA\t# ( \u200e١\u200e → l ) ARABIC-INDIC DIGIT ONE → LATIN SMALL LETTER L
00e6 ;\t0061 0065 ;\tMA\t# ( æ → ae ) LATIN SMALL LETTER AE → LATIN SMALL LETTER A, E
"""
RANGES = """# Scripts-15.0.0.txt
0041..005A    ; Latin # L&  [26] LATIN CAPITAL LETTER A..LATIN CAPITAL LETTER Z
005B          ; Latin # none in truth
0061          ; Latin
10400..1044F  ; Deseret
1F600         ; Common
"""


def test_characters_are_families_directly_or_by_way_of_others() -> None:
    assert families(CONFUSABLES) == [[0x61, 0x430, 0xFF41]]


def test_the_module_says_what_it_was_made_of() -> None:
    source = tables(CONFUSABLES.encode("utf-8-sig"), RANGES.encode())
    made: dict[str, object] = {}
    exec(source, made)  # noqa: S102  it is what this test has made
    assert str(made["__doc__"]).startswith("Unicode 15.0.0: ")
    scripts = {name: ranges.split() for name, ranges in dict(made["SCRIPTS"]).items()}  # type: ignore[call-overload]
    assert scripts.keys() == SCRIPTS
    assert scripts["LATIN"] == ["41-5b", "61"]
    assert scripts["DESERET"] == ["10400-1044f"]
    assert str(made["FAMILIES"]).split() == ["61", "430", "ff41;"]


def test_files_of_two_versions_are_refused() -> None:
    with pytest.raises(CommandError, match="different versions"):
        tables(CONFUSABLES.encode(), RANGES.replace("15.0.0", "17.0.0").encode())


def test_another_file_is_refused() -> None:
    with pytest.raises(CommandError, match="isn't what it should be"):
        tables(RANGES.encode(), CONFUSABLES.encode())


def test_the_tables_are_of_these_scripts() -> None:
    assert unicode_tables.SCRIPTS.keys() == SCRIPTS


@pytest.mark.parametrize(
    ("char", "name"),
    [
        ("a", "LATIN"),
        ("ꭰ", "CHEROKEE"),
        ("я", "CYRILLIC"),
        ("葛", "HAN"),
        ("\U0010ffff", ""),
        ("1", ""),
    ],
)
def test_a_character_has_a_script(char: str, name: str) -> None:
    assert script(char) == name


@pytest.mark.parametrize(
    ("char", "stands_for"),
    [
        ("а", "a"),
        ("т", "t"),
        ("ο", "o"),
        ("|", "l"),
        ("0", "o"),
        ("ס", "ס"),
    ],
)
def test_a_character_stands_for_those_that_look_like_it(char: str, stands_for: str) -> None:
    assert prototype(char) == stands_for
