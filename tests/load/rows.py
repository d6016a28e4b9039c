"""The table: what is measured of whom, and what the site has to reach."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from tests.load import measures
from tests.load.measures import Figures
from tests.load.servers import SERVERS, Server

PAGES = ("site", "tutorial", "django", "express")
EVERYBODY = tuple(key for key in SERVERS if key not in ("django", "express"))
REAL = tuple(key for key in EVERYBODY if key != "raw")

Measure = Callable[[Server, float], Figures]
Medians = dict[str, Figures]  # of each server


@dataclass(frozen=True)
class Bar:
    """The site's `figure` is at least (`most`: at most) so many times that of a peer, or without
    one, so much. None where the peer wasn't measured."""

    figure: str
    bound: float
    peer: str = ""
    most: bool = False
    unit: str = ""

    def __str__(self) -> str:
        sign = "≤" if self.most else "≥"
        if not self.peer:
            return f"{sign} {self.bound:g} {self.unit}".rstrip()
        return f"{sign} {self.bound:g} × {SERVERS[self.peer].name}".strip()

    def value(self, medians: Medians) -> float | None:
        if "site" not in medians or (self.peer and self.peer not in medians):
            return None
        against = medians[self.peer][self.figure] if self.peer else 1
        return medians["site"][self.figure] / against if against else None

    def verdict(self, medians: Medians) -> str:
        value = self.value(medians)
        if value is None:
            return "–"
        reached = value <= self.bound if self.most else value >= self.bound
        return f"{value:.2f} {'✓' if reached else '✗'}"


@dataclass(frozen=True)
class Row:
    key: str
    work: str
    contenders: tuple[str, ...]
    measure: Measure
    bars: tuple[Bar, ...]
    show: Callable[[Figures], str]
    rounds: int = 100  # at most: what takes minutes and hardly varies is done once


def _number(figure: str) -> Callable[[Figures], str]:
    return lambda figures: f"{figures[figure]:,.0f}"


def _decimal(figure: str) -> Callable[[Figures], str]:
    return lambda figures: f"{figures[figure]:.2f}"


def _delays(figures: Figures) -> str:
    return f"{figures['p50']:.1f} / {figures['p99']:.1f}"


def _rooms(figures: Figures) -> str:
    return f"{figures['messages']:,.0f} ({figures['p99']:.0f} ms)"


def _history(figures: Figures) -> str:
    slowest = max(figures["newest_1000000"], figures["middle_1000000"])
    return f"{figures['newest']:.2f} / {figures['middle']:.2f} ({slowest:.1f} ms)"


ROWS = {
    row.key: row
    for row in (
        Row(
            "fan-out-1000",
            "fan-out to 1,000 sockets, 8 messages under way: deliveries/s",
            EVERYBODY,
            partial(measures.fan_out, sockets=1000, window=8),
            (Bar("deliveries", 2, "socketio"),),
            _number("deliveries"),
        ),
        Row(
            "fan-out-200",
            "fan-out to 200 sockets, 1 message under way: deliveries/s",
            EVERYBODY,
            partial(measures.fan_out, sockets=200, window=1),
            (Bar("deliveries", 0.7, "socketio"),),
            _number("deliveries"),
        ),
        Row(
            "late-200",
            "200 sockets, 20 messages/s: delay of the last delivery, p50 / p99 ms",
            EVERYBODY,
            partial(measures.late, sockets=200, rate=20),
            (Bar("p99", 1.5, "socketio", most=True),),
            _delays,
        ),
        Row(
            "rooms",
            "200 rooms of 5, 1 message under way in each: messages/s (p99)",
            EVERYBODY,
            measures.rooms,
            (Bar("messages", 0.4, "socketio"), Bar("p99", 150, most=True, unit="ms")),
            _rooms,
        ),
        Row(
            "connect",
            "sockets opened and authenticated, 64 at a time: 1/s",
            REAL,
            partial(measures.connect, sockets=1000),
            (Bar("connections", 1.5, "tutorial"),),
            _number("connections"),
        ),
        Row(
            "memory",
            "memory of an idle socket with a room open: KiB",
            REAL,
            partial(measures.memory, sockets=1000),
            (Bar("kib", 40, most=True, unit="KiB"),),
            _number("kib"),
        ),
        Row(
            "page",
            "pages with 50 messages, of 200 rooms in turn, 16 at a time: 1/s",
            PAGES,
            partial(measures.pages, readers=16),
            (Bar("pages", 3, "tutorial"), Bar("pages", 1, "django")),
            _number("pages"),
        ),
        Row(
            "history",
            "50 messages of 1,000,000, newest / middle: × the time among 1,000",
            ("site",),
            measures.history,
            (Bar("ratio", 1.3, most=True),),
            _history,
            rounds=1,
        ),
        Row(
            "idle",
            "5,000 idle sockets: % of a core",
            ("site", "socketio"),
            measures.idle,
            (Bar("percent", 3, most=True, unit="%"),),
            _decimal("percent"),
            rounds=1,
        ),
        Row(
            "start",
            "from the command to the first page: s",
            ("site",),
            measures.start,
            (Bar("start", 1.5, most=True, unit="s"),),
            _decimal("start"),
        ),
    )
}
