"""The measurements, as a table for this folder's README and as JSON with every round."""

import json
import statistics
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tests.load import machine
from tests.load.measures import Figures
from tests.load.rows import ROWS, Bar, Medians
from tests.load.servers import PEERS, SERVERS

BUSY = 0.95  # of its core: beyond it the load may be what limits, not the server
OTHERS = 0.1  # of a core: beyond it the machine was busy with something else

# row → server → rounds
Rounds = dict[str, dict[str, list[Figures]]]


def medians(rounds: dict[str, list[Figures]]) -> Medians:
    """Of each figure of each server by itself."""
    return {
        server: {name: statistics.median(one[name] for one in each) for name in each[0]}
        for server, each in rounds.items()
        if each
    }


def is_limited_by_load(figures: Figures) -> bool:
    return figures.get("load", 0) > BUSY


def table(results: Rounds) -> str:
    """Markdown. A dagger marks where the crowd was slower than the server."""
    servers = [key for key in SERVERS if any(key in row for row in results.values())]
    names = [SERVERS[key].name for key in servers]
    lines = [
        _line(["work", *names, "bar", "reached"]),
        _line(["---", *["---:"] * len(names), "---", "---"]),
    ]
    for key, rounds in results.items():
        row, middle = ROWS[key], medians(rounds)
        cells = [_cell(key, middle.get(server)) for server in servers]
        bars = "; ".join(str(bar) for bar in row.bars)
        reached = "; ".join(_reached(bar, middle) for bar in row.bars)
        lines.append(_line([row.work, *cells, bars, reached]))
    return "\n".join(lines)


def shares(results: Rounds) -> str:
    """How busy both sides were, in percent of their cores."""
    servers = [key for key in SERVERS if any(key in row for row in results.values())]
    names = [SERVERS[key].name for key in servers]
    lines = [_line(["server / load, % of a core", *names]), _line(["---", *["---:"] * len(names)])]
    for key, rounds in results.items():
        middle = medians(rounds)
        if any("load" in figures for figures in middle.values()):
            lines.append(_line([key, *(_share(middle.get(server)) for server in servers)]))
    return "\n".join(lines)


def notes(results: Rounds) -> str:
    """What a reader must know."""
    measured = [one for rounds in results.values() for one in medians(rounds).values()]
    said = [f"{name}: {value}" for name, value in {**machine.describe(), **versions()}.items()]
    if any(is_limited_by_load(one) for one in measured):
        said.insert(0, "† the load was at its limit here: the server is at least that fast")
    others = max((one.get("others", 0) for one in measured), default=0)
    if others > OTHERS:
        said.insert(
            0,
            f"**The machine was busy with something else**, which took up to {others:.0%} of a "
            "core that was measured. Measure again when it is quiet.",
        )
    return "\n".join(f"- {line}" for line in said)


def save(path: Path, results: Rounds) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    content: dict[str, Any] = {
        "machine": machine.describe(),
        "versions": versions(),
        "rows": {
            key: {
                "work": ROWS[key].work,
                "medians": medians(rounds),
                "bars": [
                    {"bar": str(bar), "value": bar.value(medians(rounds))} for bar in ROWS[key].bars
                ],
                "rounds": rounds,
            }
            for key, rounds in results.items()
        },
    }
    path.write_text(json.dumps(content, indent=1) + "\n")


def versions() -> dict[str, str]:
    found = {name: version(name) for name in ("django", "channels", "daphne")}
    for requirement in (PEERS.parent / "requirements.txt").read_text().splitlines():
        name, _, number = requirement.partition("==")
        if name in {"gunicorn", "python-socketio", "socketify", "uvicorn"}:
            found[name] = number.split()[0]
    packages = json.loads((PEERS / "package.json").read_text())["dependencies"]
    return {**found, **packages}


def _cell(key: str, figures: Figures | None) -> str:
    if figures is None:
        return "–"
    return ROWS[key].show(figures) + (" †" if is_limited_by_load(figures) else "")


def _reached(bar: Bar, middle: Medians) -> str:
    """A ratio of which either side may be more than was measured proves nothing."""
    sides = [middle[key] for key in ("site", bar.peer) if key in middle]
    return "†" if any(is_limited_by_load(one) for one in sides) else bar.verdict(middle)


def _share(figures: Figures | None) -> str:
    if figures is None or "load" not in figures:
        return "–"
    return f"{figures['server'] * 100:.0f} / {figures['load'] * 100:.0f}"


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
