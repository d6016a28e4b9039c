"""Every choice of a test is drawn from one seed. It replays the choices; the machine's own timing
is never the same twice."""

import random

import pytest

SPARE_SECONDS = 120  # for what a test does beside the faults whose time is an option


@pytest.fixture
def dice(request: pytest.FixtureRequest) -> random.Random:
    seed = request.config.getoption("fault_seed")
    print(f"Repeat with --fault-seed {seed}")  # noqa: T201  pytest shows it when the test fails
    return random.Random(f"{seed} {request.node.name}")


@pytest.fixture
def fault_seconds(request: pytest.FixtureRequest) -> float:
    seconds: float = request.config.getoption("fault_seconds")
    return seconds


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A long run is no hung one."""
    seconds = config.getoption("fault_seconds") + SPARE_SECONDS
    for item in items:
        if "fault_seconds" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.timeout(seconds))
