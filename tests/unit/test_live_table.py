"""The list of what an open page shows names existing tests, and every event."""

import re

import pytest

from rooms.protocol.events import EVENTS
from tests.processes import ROOT

LIST = (ROOT / "tests" / "live.md").read_text()
ROWS = [line for line in LIST.splitlines() if re.match(r"\| \d+ ", line)]
NAMED = sorted(set(re.findall(r"`(\w+/[\w.]+)(?:::([^`]+))?`", "\n".join(ROWS))))
# Not news: the first frame, the last one, and `read.changed` in bulk.
NO_NEWS = {"welcome", "server.restarting", "reads.changed"}


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_every_named_test_exists(file: str, name: str) -> None:
    source = (ROOT / "tests" / file).read_text()
    declaration = f'test("{name}"' if file.endswith(".js") else f"def {name or 'test_'}"
    assert declaration in source


def test_every_row_is_numbered_and_has_a_test() -> None:
    assert [int(row.split("|")[1]) for row in ROWS] == [*range(1, len(ROWS) + 1)]
    for row in ROWS:
        assert ".py" in row.split("|")[4] or ".js" in row.split("|")[4], row


def test_every_event_shows_somewhere() -> None:
    events = {str(event.__struct_config__.tag) for event in EVENTS} - NO_NEWS
    told = {event for row in ROWS for event in re.findall(r"`(\w+\.[\w*]+)`", row.split("|")[3])}
    unknown = {
        event
        for event in events
        if event not in told and f"{event.partition('.')[0]}.*" not in told
    }
    assert not unknown
