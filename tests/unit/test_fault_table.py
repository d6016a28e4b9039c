"""The table of faults names existing tests."""

import re

import pytest

from tests.processes import ROOT

TABLE = ROOT / "tests" / "faults" / "README.md"
NAMED = sorted(set(re.findall(r"`([\w/]+\.(?:py|test\.js))::([^`]+)`", TABLE.read_text())))


@pytest.mark.parametrize(("file", "name"), NAMED, ids=lambda part: part)
def test_every_named_test_exists(file: str, name: str) -> None:
    source = (ROOT / "tests" / file).read_text()
    declaration = f'test("{name}"' if file.endswith(".js") else f"def {name}("
    assert declaration in source


def test_every_row_names_a_test() -> None:
    rows = [line for line in TABLE.read_text().splitlines() if re.match(r"\| \d+ ", line)]
    assert [int(row.split("|")[1]) for row in rows] == list(range(1, 65))
    for row in rows:
        assert "::" in row or "the same" in row.split("|")[4], row
