"""All of a test's choices come from one seed, which replays them. The machine's timing is never the
same twice."""

import random
from collections.abc import Iterator

import pytest

from tests.faults.cluster import Cluster, deployed
from tests.services import RedisServer

KILL_SECONDS = 20  # until as much is done that the next one follows
SPARE_SECONDS = 120  # for the rest of a test: how long its faults last is an option


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
)
def cluster(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Cluster]:
    """Two workers, on either database; files with other needs have their own."""
    postgres = request.getfixturevalue("postgres_server") if request.param == "postgres" else None
    redis = RedisServer()
    try:
        folder = tmp_path_factory.mktemp("workers")
        with deployed(folder, workers=2, redis=redis, postgres=postgres) as cluster:
            yield cluster
    finally:
        redis.kill()


@pytest.fixture
def dice(request: pytest.FixtureRequest) -> random.Random:
    seed = request.config.getoption("fault_seed")
    print(f"Repeat with --fault-seed {seed}")  # noqa: T201  pytest shows it when the test fails
    return random.Random(f"{seed} {request.node.name}")


@pytest.fixture
def fault_seconds(request: pytest.FixtureRequest) -> float:
    seconds: float = request.config.getoption("fault_seconds")
    return seconds


@pytest.fixture
def fault_jobs(request: pytest.FixtureRequest) -> int:
    jobs: int = request.config.getoption("fault_jobs")
    return jobs


@pytest.fixture
def fault_kills(request: pytest.FixtureRequest) -> int:
    kills: int = request.config.getoption("fault_kills")
    return kills


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Give a long run its time: it isn't a hung one."""
    lasts = {
        "fault_seconds": config.getoption("fault_seconds"),
        "fault_kills": config.getoption("fault_kills") * KILL_SECONDS,
    }
    for item in items:
        for name in lasts.keys() & {*getattr(item, "fixturenames", ())}:
            item.add_marker(pytest.mark.timeout(lasts[name] + SPARE_SECONDS))
