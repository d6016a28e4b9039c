"""All of a test's choices come from one seed, which replays them. The machine's timing is never the
same twice."""

import random

import pytest

KILL_SECONDS = 20  # until as much is done that the next one follows
SPARE_SECONDS = 120  # for the rest of a test: how long its faults last is an option


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
