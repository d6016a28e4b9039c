"""Every promise of the READMEs and SECURITY.md has a row in tests/claims.md whose tests exist."""

import re
from functools import cache

import pytest

from tests.processes import ROOT

TABLE = (ROOT / "tests" / "claims.md").read_text()
ROWS = re.findall(r"^\| (?!promise)(.+?) \| (.+) \|$", TABLE, re.MULTILINE)
NAMED = sorted(set(re.findall(r"`([\w/-]+\.(?:py|test\.js))::([^`]+)`", TABLE)))


def section(file: str, begin: str, end: str) -> str:
    """Return the text between two lines with these beginnings."""
    found = re.search(rf"^{begin}.*?$(.*?)^{end}", (ROOT / file).read_text(), re.M | re.S)
    assert found, (file, begin)
    return found[1]


@cache
def promises() -> list[str]:
    """Bullets of the README by their words; its rows, and elsewhere paragraphs and bullets, by what
    leads them."""
    leads = re.compile(r"^(?:- )?\*\*(.+?)\*\*", re.MULTILINE)
    rely = section("README.md", "What you can rely on", "## Using it")
    using = section("README.md", "## Using it", "## Real-Time")
    return [
        *re.findall(r"^- (.+)", rely, re.M),
        *re.findall(r"^\| ([A-Z][\w ]+) \| ", using, re.M),
        *leads.findall(section("rooms/admin/README.md", "## Moderators", "## Rooms without")),
        *leads.findall(section("chatsite/README.md", "## Accounts", "## Behind a proxy")),
        *leads.findall(section("rooms/protocol/README.md", "## What clients", "## Reference")),
        *leads.findall(section("SECURITY.md", "## What is defended", "## What is not")),
    ]


def test_every_promise_has_a_row() -> None:
    assert len(promises()) > 50
    assert [one for one in promises() if not any(one.startswith(begin) for begin, _ in ROWS)] == []


def test_every_row_is_a_promise_with_a_test() -> None:
    for begin, shown in ROWS:
        assert any(one.startswith(begin) for one in promises()), begin
        assert "::" in shown, begin


@pytest.mark.parametrize(("file", "name"), NAMED, ids=lambda part: part)
def test_every_named_test_exists(file: str, name: str) -> None:
    source = (ROOT / "tests" / file).read_text()
    declaration = f'test("{name}' if file.endswith(".js") else f"def {name}("
    assert declaration in source
