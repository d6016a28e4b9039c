"""The table of attacks names existing tests."""

import re

import pytest

from tests.processes import ROOT

TABLE = (ROOT / "tests" / "hostile" / "README.md").read_text()
NAMED = sorted(set(re.findall(r"`([\w/]+\.py)::(\w+)`", TABLE)))


@pytest.mark.parametrize(("file", "name"), NAMED, ids=lambda part: part)
def test_every_named_test_exists(file: str, name: str) -> None:
    assert re.search(
        rf"^(?:async )?def {name}\(", (ROOT / "tests" / file).read_text(), re.MULTILINE
    )


def test_every_row_names_a_test() -> None:
    rows = [line for line in TABLE.splitlines() if re.match(r"\| \d+ ", line)]
    assert [int(row.split("|")[1]) for row in rows] == list(range(53, 73))
    assert [row for row in rows if "::" not in row] == []


def test_every_test_file_of_the_folder_is_named() -> None:
    """The table names exactly the test files of its folder."""
    here = {f"hostile/{path.name}" for path in (ROOT / "tests" / "hostile").glob("test_*.py")}
    assert here == {file for file, _ in NAMED if file.startswith("hostile/")}
