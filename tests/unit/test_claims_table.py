"""Every promise of README.md and SECURITY.md has a row in tests/claims.md, and tests that exist."""

import re
from functools import cache

import pytest

from tests.processes import ROOT

TABLE = (ROOT / "tests" / "claims.md").read_text()
ROWS = re.findall(r"^\| (?!promise)(.+?) \| (.+) \|$", TABLE, re.MULTILINE)
NAMED = sorted(set(re.findall(r"`([\w/-]+\.(?:py|test\.js))::([^`]+)`", TABLE)))


def section(file: str, begin: str, end: str) -> str:
    """What is between two lines that begin so."""
    found = re.search(rf"^{begin}.*?$(.*?)^{end}", (ROOT / file).read_text(), re.M | re.S)
    assert found, (file, begin)
    return found[1]


@cache
def promises() -> list[str]:
    """Bullets by their words; rows, paragraphs and the bullets of SECURITY by what leads them."""
    leads = re.compile(r"^(?:- )?\*\*(.+?)\*\*", re.MULTILINE)
    return [
        *re.findall(r"^- (.+)", section("README.md", "What you can rely on", "## Contents"), re.M),
        *re.findall(
            r"^\| ([A-Z][\w ]+) \| ", section("README.md", "## Using it", r"\| command"), re.M
        ),
        *leads.findall(section("README.md", "## Moderation", "## Settings")),
        *leads.findall(section("README.md", "### Accounts", "### Behind a proxy")),
        *leads.findall(section("SECURITY.md", "## What is defended", "## What is not")),
    ]


def test_every_promise_has_a_row() -> None:
    assert len(promises()) > 40
    assert [one for one in promises() if not any(one.startswith(begin) for begin, _ in ROWS)] == []


def test_every_row_is_a_promise_with_a_test() -> None:
    for begin, shown in ROWS:
        assert any(one.startswith(begin) for one in promises()), begin
        assert "::" in shown, begin


@pytest.mark.parametrize(("file", "name"), NAMED, ids=lambda part: part)
def test_every_test_that_is_named_exists(file: str, name: str) -> None:
    source = (ROOT / "tests" / file).read_text()
    declaration = f'test("{name}' if file.endswith(".js") else f"def {name}("
    assert declaration in source
