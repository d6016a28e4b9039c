"""The table of attacks names tests that exist."""

import re

import pytest

from tests.processes import ROOT

TABLE = (ROOT / "tests" / "hostile" / "README.md").read_text()
NAMED = sorted(set(re.findall(r"`([\w/]+\.py)::(\w+)`", TABLE)))


@pytest.mark.parametrize(("file", "name"), NAMED, ids=lambda part: part)
def test_every_test_that_is_named_exists(file: str, name: str) -> None:
    assert re.search(
        rf"^(?:async )?def {name}\(", (ROOT / "tests" / file).read_text(), re.MULTILINE
    )


def test_no_row_is_without_a_test() -> None:
    rows = [line for line in TABLE.splitlines() if re.match(r"\| \d+ ", line)]
    assert [int(row.split("|")[1]) for row in rows] == list(range(53, 73))
    assert [row for row in rows if "::" not in row] == []


def test_every_test_of_the_folder_is_named() -> None:
    """So that the table is what there is."""
    here = {f"hostile/{path.name}" for path in (ROOT / "tests" / "hostile").glob("test_*.py")}
    assert here == {file for file, _ in NAMED if file.startswith("hostile/")}
