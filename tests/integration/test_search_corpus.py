"""189 kinds of queries over messages in eight languages, on both databases: a small part of
what `tests/load/search` measures."""

import os
import shutil
import subprocess
import sys
from operator import attrgetter

import msgspec
import pytest

from tests.conftest import Measure
from tests.load.search.answers import Checked, percentile
from tests.processes import ROOT
from tests.site import DEFAULTS, fresh, furnished

MESSAGES = 5_000

pytestmark = pytest.mark.thorough


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
)
def checked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Checked:
    postgres = request.getfixturevalue("postgres_server") if request.param == "postgres" else None
    data = tmp_path_factory.mktemp("corpus")
    shutil.copytree(fresh(), data, dirs_exist_ok=True)
    env = {
        **os.environ,
        **DEFAULTS,
        "CHATSITE_DATA": str(data),
        "DATABASE_URL": furnished(postgres) if postgres else "",
    }
    command = [sys.executable, "-m", "tests.load.search.check", str(MESSAGES)]
    printed = subprocess.run(command, cwd=ROOT, env=env, check=True, stdout=subprocess.PIPE).stdout
    return msgspec.json.decode(printed, type=Checked)


def test_a_search_finds_what_a_look_at_every_message_does(checked: Checked) -> None:
    found = [one for one in checked.usual if one.hits]
    assert len(found) > len(checked.usual) / 3
    assert checked.wrong == []


def test_a_search_takes_a_moment_of_a_processor(checked: Checked, measure: Measure) -> None:
    """On an idle machine with 1,000,000 messages, 95 searches of 100 take at most 50 ms, 99 at most
    150, and none takes 500. A busy one takes twice as much for the same."""
    took = [one.processor * 1000 for one in checked.usual]
    middle, most, nearly_all = (percentile(took, share) for share in (0.5, 0.95, 0.99))
    measure(f"a search of {MESSAGES} messages: {middle:.1f} ms, of a hundred five {most:.1f}")
    assert most < 100
    assert nearly_all < 300
    assert max(took) < 500


def test_the_worst_query_ends_in_time_and_keeps_no_memory(checked: Checked) -> None:
    slowest = max(checked.worst, key=attrgetter("processor"))
    assert slowest.processor < 0.5, slowest.text
    assert checked.grown < 50
