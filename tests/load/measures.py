"""What each row of the table does to a server, and the figures that come of it."""

import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from itertools import count

import msgspec

from tests.load import talking
from tests.load.audience import Audience
from tests.load.dialects import Dialect, cookie
from tests.load.errors import Wrong
from tests.load.lines import Arrivals, Line
from tests.load.loop import Loop
from tests.load.machine import Usage
from tests.load.pages import Ask, Readers
from tests.load.people import (
    HALL,
    HALL_PEOPLE,
    PEOPLE,
    ROOM_MESSAGES,
    ROOM_PEOPLE,
    ROOMS,
    room_slug,
    small_rooms,
)
from tests.load.servers import Server
from tests.load.talking import WARM_SECONDS, Talk
from tests.load.texts import in_room, mark
from tests.processes import PATIENCE, ServerProcess

Figures = dict[str, float]

CALM_SECONDS = 2.0  # for what an arrival leaves to be done: who is here is told in gathered edges
PING_SECONDS = 25.0  # of Socket.IO; the site's is 20: an idle socket is measured with its pings
HISTORIES = (1_000, 1_000_000)
PAGES_ASKED = 200  # of each history, from each place


class Visit:
    """A server that runs, and sockets to it."""

    def __init__(self, server: Server, process: ServerProcess) -> None:
        self.server = server
        self.process = process
        self.pid = process.process.pid
        self.loop = Loop()
        self.dialect = server.dialect()
        self.arrivals = Arrivals(self.loop, [process.port], self.dialect)

    def audience(self, room: int, people: Sequence[int]) -> Audience:
        return self.audiences([(room, people)])[0]

    def audiences(self, plan: Sequence[tuple[int, Sequence[int]]]) -> list[Audience]:
        lines = self.arrivals.open([(person, room) for room, people in plan for person in people])
        by_room: dict[int | None, list[Line]] = {}
        for line in lines:
            by_room.setdefault(line.room, []).append(line)
        return [Audience(self.loop, by_room[room], self.dialect) for room, _ in plan]


@contextmanager
def visiting(server: Server, messages: int = ROOM_MESSAGES) -> Iterator[Visit]:
    with server.running(messages) as process:
        visit = Visit(server, process)
        try:
            yield visit
        except Wrong as wrong:
            raise Wrong(f"{server.name}: {wrong}\n{process.output[-2000:]}") from wrong
        finally:
            visit.arrivals.close()
            visit.loop.close()


# -- talking ---------------------------------------------------------------------------------


def fan_out(server: Server, seconds: float, *, sockets: int, window: int) -> Figures:
    with visiting(server) as visit:
        hall = visit.audience(HALL, range(sockets))
        return _figures(
            talking.in_turns(visit.loop, [hall], visit.pid, window=window, seconds=seconds)
        )


def late(server: Server, seconds: float, *, sockets: int, rate: float) -> Figures:
    with visiting(server) as visit:
        hall = visit.audience(HALL, range(sockets))
        return _figures(
            talking.at_a_rate(visit.loop, hall, visit.pid, rate=rate, seconds=2 * seconds)
        )


def rooms(server: Server, seconds: float) -> Figures:
    with visiting(server) as visit:
        everywhere = visit.audiences(small_rooms())
        return _figures(
            talking.in_turns(visit.loop, everywhere, visit.pid, window=1, seconds=seconds)
        )


def _figures(talk: Talk) -> Figures:
    """With delays in milliseconds."""
    figures = {name: value for name, value in asdict(talk).items() if name != "usage"}
    return {**figures, **talk.usage, "p50": talk.p50 * 1000, "p99": talk.p99 * 1000}


# -- sockets ---------------------------------------------------------------------------------


def connect(server: Server, seconds: float, *, sockets: int) -> Figures:
    with visiting(server) as visit:
        visit.arrivals.open([(person, None) for person in range(sockets, sockets + 64)])
        with _shares(visit) as figures:
            begin = time.perf_counter()
            visit.arrivals.open([(person, None) for person in range(sockets)])
            figures["connections"] = sockets / (time.perf_counter() - begin)
    return figures


def memory(server: Server, seconds: float, *, sockets: int) -> Figures:
    """Beside what the first fifty have cost, who made the server load whatever it needs."""
    with visiting(server) as visit:
        visit.arrivals.open([(person, HALL) for person in range(HALL_PEOPLE - 50, HALL_PEOPLE)])
        visit.loop.run_for(CALM_SECONDS)
        before = visit.process.memory
        visit.arrivals.open([(person, 1 + person % ROOMS) for person in range(sockets)])
        visit.loop.run_for(CALM_SECONDS)
        return {"kib": (visit.process.memory - before) * 1024 / sockets}


def idle(server: Server, seconds: float) -> Figures:
    with visiting(server) as visit:
        visit.arrivals.open([(person, 1 + person % ROOMS) for person in range(PEOPLE)])
        visit.loop.run_for(CALM_SECONDS)
        with _shares(visit) as figures:
            visit.loop.run_for(PING_SECONDS)
    return {**figures, "percent": figures["server"] * 100}


@contextmanager
def _shares(visit: Visit) -> Iterator[Figures]:
    """What the server and the load use of their cores meanwhile."""
    figures: Figures = {}
    watch = Usage(visit.pid)
    yield figures
    figures.update(watch.read())


# -- pages -----------------------------------------------------------------------------------


def pages(server: Server, seconds: float, *, readers: int) -> Figures:
    """Each of another room than the one before, and of another person, as when many are at work: a
    cache that lives for a second has no page twice."""
    with visiting(server) as visit:
        crowd = Readers(visit.loop, visit.process.port, _asks(server, visit.process.port))
        crowd.begin(readers)
        visit.loop.run_for(WARM_SECONDS)
        crowd.wait_for(readers)
        before, last = crowd.answers, crowd.last
        with _shares(visit) as figures:
            visit.loop.run_for(seconds)
            crowd.wait_for(before + readers)
        figures["pages"] = (crowd.answers - before) / (crowd.last - last)
        crowd.close()
    return figures


def _asks(server: Server, port: int) -> Iterator[Ask]:
    """Without end: every room in turn, by one of its people in turn."""
    folder = "rooms" if server.key == "site" else "chat"
    wanted = {
        room: tuple(mark(in_room(room, n)).encode() for n in range(1, ROOM_MESSAGES + 1))
        for room, _ in small_rooms()
    }
    for turn in count():
        for room, people in small_rooms():
            line = f"GET /{folder}/{room_slug(room)}/ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
            yield Ask(f"{line}{cookie(people[turn % ROOM_PEOPLE])}\r\n".encode(), wanted[room])


def history(server: Server, seconds: float) -> Figures:
    """Milliseconds of a page, and how much longer it takes where there are a thousand times as
    many messages."""
    figures: Figures = {}
    for size in HISTORIES:
        with visiting(server, size) as visit:
            for place, before in (("newest", size + 1), ("middle", size // 2)):
                figures[f"{place}_{size}"] = _page_time(visit, before) * 1000
    few, many = HISTORIES
    for place in ("newest", "middle"):
        figures[place] = figures[f"{place}_{many}"] / figures[f"{place}_{few}"]
    return {**figures, "ratio": max(figures["newest"], figures["middle"])}


def _page_time(visit: Visit, before: int) -> float:
    """The median of many, not all of the same page."""
    (line,) = visit.arrivals.open([(0, 1)])
    line.socket.setblocking(True)
    visit.loop.forget(line.descriptor)
    visit.arrivals.arrived.remove(line)
    with line.socket:
        return statistics.median(
            _ask(line, visit.dialect, before - index % 50) for index in range(PAGES_ASKED)
        )


def _ask(line: Line, dialect: Dialect, before: int) -> float:
    ask = {"type": "history", "room": room_slug(1), "before": before, "limit": 50, "ref": "page"}
    begin = time.perf_counter()
    line.send(msgspec.json.encode(ask))
    while True:
        for payload in line.payloads(line.receive(), dialect):
            if dialect.is_reply(payload):
                took = time.perf_counter() - begin
                numbers = [one["number"] for one in msgspec.json.decode(payload)["messages"]]
                if numbers != [*range(before - 50, before)]:
                    raise Wrong(f"a page before {before} has the messages {numbers}")
                return took


# -- the start -------------------------------------------------------------------------------


def start(server: Server, seconds: float) -> Figures:
    """From the command to the first page, on a site that has been up before."""
    with server.running(ready=False) as process:
        begin = time.perf_counter()
        while True:
            try:
                answer = process.get("/accounts/login/")
                break
            except ConnectionRefusedError:
                if time.perf_counter() - begin > PATIENCE:
                    raise Wrong(f"{server.name} never answered:\n{process.output}") from None
                time.sleep(0.002)  # a poll against a deadline
        took = time.perf_counter() - begin
    if answer.status != 200:
        raise Wrong(f"{server.name} answered its first visitor with {answer.status}")
    return {"start": took}
