"""The order in which files are dealt to the processes that share a run: the longest first.

Folders whose tests mostly wait go first: the faults, then the browsers. Within a folder, the
dearest files go first, so that a run ends with small ones and no process waits long for another.
"""

import pytest

FOLDERS = ["faults", "engines", "browser", "hostile", "integration", "unit"]
SECONDS = {"server": 1.0, "transactional_db": 0.15, "db": 0.05}  # roughly, by what a test uses


def sort(items: list[pytest.Item]) -> None:
    costs: dict[str, float] = {}
    for item in items:
        costs[file_of(item)] = costs.get(file_of(item), 0) + seconds(item)
    items.sort(key=lambda item: (rank(item), -costs[file_of(item)], file_of(item)))


def rank(item: pytest.Item) -> int:
    folder = item.nodeid.split("/")[1]
    return FOLDERS.index(folder) if folder in FOLDERS else 0


def file_of(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[0]


def seconds(item: pytest.Item) -> float:
    used = {*getattr(item, "fixturenames", ()), *(mark.name for mark in item.iter_markers())}
    return next((cost for name, cost in SECONDS.items() if name in used), 0.005)
