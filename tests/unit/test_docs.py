"""The pages for people are true: links lead somewhere, files that are named exist, and what the
code lists as well is the same."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from rooms.protocol.commands import COMMAND_TYPES
from rooms.protocol.events import EVENTS
from tests.processes import ROOT

FOLDERS = ("chatsite", "rooms", "static", "tests")
PAGES = [
    *sorted(ROOT.glob("*.md")),
    *(
        page
        for folder in FOLDERS
        for page in sorted((ROOT / folder).rglob("*.md"))
        if "node_modules" not in page.parts
    ),
]
MAX_LINES = 150  # of the README: two screens

by_name = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def prose(page: Path) -> str:
    """The page without its code."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.M | re.S)
    return re.sub(r"(`+).+?\1", "", text)


def links(page: Path) -> Iterator[tuple[Path, str]]:
    """The pages that this one links to, each with an anchor, which may be empty."""
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if not re.match(r"[a-z]+:", target):
            path, _, anchor = target.partition("#")
            yield (page.parent / path if path else page).resolve(), anchor


def anchors(page: Path) -> set[str]:
    """What GitHub makes of the headings."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.M | re.S)
    headings = re.findall(r"^#+ (.+)$", text, re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@by_name
def test_every_link_leads_to_a_file_and_to_a_heading_in_it(page: Path) -> None:
    for target, anchor in links(page):
        assert target.exists(), target
        assert not anchor or anchor in anchors(target), (target, anchor)


@by_name
def test_every_file_that_is_named_exists(page: Path) -> None:
    named = re.findall(
        r"`((?:\w[\w-]*/)+[\w.-]+\.(?:py|js|css|html|md|json|toml))`", page.read_text()
    )
    for name in named:
        places = (ROOT, page.parent, page.parent.parent, ROOT / "tests", ROOT / "static" / "js")
        assert any((place / name).exists() for place in places), name


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page not in reached:
            reached.add(page)
            waiting += [target for target, _ in links(page) if target.suffix == ".md"]
    assert [page for page in PAGES if page not in reached] == []


def test_the_readme_stays_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= MAX_LINES


def test_the_commands_and_events_to_begin_with_are_of_the_protocol() -> None:
    rows = re.findall(
        r"^\| `([\w.]+)` \| .+? \| `([\w.]+)` \| .+ \|$", (ROOT / "README.md").read_text(), re.M
    )
    assert len(rows) == 10
    events = {str(event.__struct_config__.tag) for event in EVENTS}
    assert {command for command, _ in rows} <= COMMAND_TYPES
    assert {event for _, event in rows} <= events


def test_the_operator_s_table_has_every_setting() -> None:
    code = (ROOT / "chatsite" / "settings.py").read_text()
    read = set(re.findall(r"\benv\.\w+\(\s*\"([A-Z_]+)\"", code)) - {"OIDC_"}
    text = (ROOT / "chatsite" / "README.md").read_text()
    first_cells = re.findall(r"^\| (`[A-Z_]+`(?:, `[A-Z_]+`)*) \|", text, re.M)
    told = {name for cell in first_cells for name in re.findall(r"`(\w+)`", cell)}
    assert len(read) > 10
    assert read == {name for name in told if not name.startswith("OIDC_")}


def test_the_picture_of_the_layers_is_the_contract() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    contracts = {one["name"]: one for one in settings["tool"]["importlinter"]["contracts"]}
    text = (ROOT / "rooms" / "README.md").read_text()
    picture = re.findall(r"^([a-z]+(?: · [a-z]+)*)  ", text, re.M)
    layers = contracts["rooms is layered"]["layers"]
    assert [{*line.split(" · ")} for line in picture] == [
        {*re.split(r" [|:] ", layer)} for layer in layers
    ]
    subjects = contracts["operations are layered by subject"]["layers"]
    assert " → ".join(f"`{subject}`" for subject in subjects) in " ".join(text.split())
